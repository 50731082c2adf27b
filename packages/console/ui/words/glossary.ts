/** Every state and number that the console shows, in one sentence, with its formula where it has one. */
export interface Explanation {
  readonly title: string;
  readonly sentence: string;
  readonly formula?: string;
  readonly group: 'States' | 'Orders' | 'Numbers' | 'Retries' | 'Errors' | 'Incidents' | 'Settings' | 'This console';
}

export const glossary = {
  closed: { group: 'States', title: 'Closed', sentence: 'Calls flow; failures are counted.' },
  open: {
    group: 'States',
    title: 'Open',
    sentence:
      'Calls are blocked: they fail at once, without reaching the dependency, until the breaker tests by itself.',
  },
  'half-open': {
    group: 'States',
    title: 'Half-open',
    sentence: 'A few calls are let through as a test: their success closes the breaker, a failure opens it again.',
  },
  isolated: {
    group: 'States',
    title: 'Isolated',
    sentence:
      'An operator blocks all calls until an end; nothing is tested, and the breaker’s own judgement goes on underneath.',
  },
  'held-closed': {
    group: 'States',
    title: 'Held closed',
    sentence: 'An operator lets all calls through whatever fails: the protection is off until an end.',
  },
  'no-calls': {
    group: 'States',
    title: 'No calls',
    sentence: 'Nothing has been called since the start, so there is nothing to judge; that is no error.',
  },
  'no-report': {
    group: 'States',
    title: 'No report',
    sentence: 'Nothing has been heard of it for a while: what is shown of it is old.',
  },
  trip: {
    group: 'Orders',
    title: 'Trip',
    sentence: 'Opens a breaker now; its usual waiting time begins, then it tests by itself.',
  },
  isolate: {
    group: 'Orders',
    title: 'Isolate',
    sentence: 'Blocks all calls until an end or a release; unlike a trip, nothing is tested meanwhile.',
  },
  'hold-closed': {
    group: 'Orders',
    title: 'Hold closed',
    sentence:
      'Lets all calls through for 30 minutes at most, whatever fails; for a breaker that is wrong, not for a dependency that is.',
  },
  'half-open-now': {
    group: 'Orders',
    title: 'Half-open now',
    sentence: 'Ends the wait of an open breaker: the next call is its test.',
  },
  reset: {
    group: 'Orders',
    title: 'Close and reset',
    sentence: 'Closes a breaker and forgets the failures that it has counted; its settings stay.',
  },
  release: {
    group: 'Orders',
    title: 'Release',
    sentence: 'Ends an isolation or a holding closed: what the breaker itself has judged holds again.',
  },
  calls: {
    group: 'Numbers',
    title: 'Calls',
    sentence: 'Calls that were let through to the dependency since the start.',
  },
  failures: {
    group: 'Numbers',
    title: 'Failed',
    sentence: 'Calls that failed in a way that counts against the dependency; mistakes of the caller do not.',
  },
  refused: {
    group: 'Numbers',
    title: 'Blocked',
    sentence: 'Calls that were refused without being tried, because the breaker was open or held.',
  },
  'failure-ratio': {
    group: 'Numbers',
    title: 'Failure ratio',
    sentence: 'Share of the calls in the window that failed; a dash while the window is empty.',
    formula: 'failed ÷ calls, both in the window',
  },
  'next-test': {
    group: 'Numbers',
    title: 'Next test',
    sentence: 'When an open breaker lets a call through as a test; somebody must call for it to happen.',
  },
  'last-recovery': {
    group: 'Numbers',
    title: 'Last recovery',
    sentence: 'How long it took from opening to closing, the last time.',
  },
  mttr: {
    group: 'Numbers',
    title: 'Mean time to recover',
    sentence:
      'Mean time from opening to a closing that stayed closed, over its incidents; never shown without count and p95. Drills are left out.',
    formula: 'Σ time to recover ÷ incidents',
  },
  latency: {
    group: 'Numbers',
    title: 'Latency',
    sentence: 'How long calls took, by percentile: p95 means that 95 of 100 calls were faster.',
  },
  'loop-delay': {
    group: 'Numbers',
    title: 'Loop delay',
    sentence:
      'How late the process runs what is due, 99th percentile of the last ten seconds; above 200 ms everything in it is slow, this console too.',
  },
  'as-of': {
    group: 'This console',
    title: 'As of',
    sentence:
      'When the numbers were true. After 15 seconds without a sign of the server they turn grey and say how old they are.',
  },
  operations: {
    group: 'Retries',
    title: 'Operations',
    sentence: 'What callers asked for; each is one attempt or several.',
  },
  attempt: { group: 'Retries', title: 'Attempt', sentence: 'One try of an operation; the first one is no retry.' },
  'first-try': { group: 'Retries', title: 'First try', sentence: 'Operations that succeeded at once.' },
  'after-retry': {
    group: 'Retries',
    title: 'After retry',
    sentence: 'Operations that failed at first and were saved by trying again.',
  },
  exhausted: { group: 'Retries', title: 'Exhausted', sentence: 'Operations whose last allowed attempt failed, too.' },
  'not-retryable': {
    group: 'Retries',
    title: 'Not retryable',
    sentence: 'Operations that failed in a way that trying again cannot mend, such as a wrong request.',
  },
  denied: {
    group: 'Retries',
    title: 'Denied',
    sentence: 'Retries that were not made: the budget was used up, the deadline too close, or the breaker open.',
  },
  aborted: { group: 'Retries', title: 'Aborted', sentence: 'Operations that the caller gave up.' },
  amplification: {
    group: 'Retries',
    title: 'Amplification',
    sentence: 'How much more the dependency is called because of retries; much above 1 makes an outage worse.',
    formula: 'attempts ÷ operations',
  },
  'wasted-wait': {
    group: 'Retries',
    title: 'Waited in vain',
    sentence: 'Time that operations spent waiting between attempts and that failed all the same.',
  },
  'average-delay': { group: 'Retries', title: 'Average wait', sentence: 'Mean time waited before a retry.' },
  transient: {
    group: 'Errors',
    title: 'Transient',
    sentence: 'May work in a moment: time-outs, lost connections, too many requests. Retried.',
  },
  persistent: {
    group: 'Errors',
    title: 'Persistent',
    sentence:
      'Will fail each time: not found, not allowed, not valid. Told at once, never retried, and not held against the dependency.',
  },
  system: {
    group: 'Errors',
    title: 'System',
    sentence: 'The dependency or this machine is unwell: database, file system, memory. Counts against the breaker.',
  },
  cancelled: { group: 'Errors', title: 'Cancelled', sentence: 'The caller left before there was an answer.' },
  refused_class: {
    group: 'Errors',
    title: 'Refused',
    sentence: 'A breaker, a limit or a budget of this program said no; the dependency was not called.',
  },
  rule: {
    group: 'Errors',
    title: 'Type',
    sentence:
      'The rule that recognised the error, such as ECONNREFUSED or HTTP 503; _OTHER is everything that found no room.',
  },
  incident: {
    group: 'Incidents',
    title: 'Incident',
    sentence:
      'Begins when a breaker opens, takes in what fails with it, and ends when all of it has stayed closed for a minute.',
  },
  'time-to-detect': {
    group: 'Incidents',
    title: 'Time to detect',
    sentence: 'From the first failure that counted to the opening.',
  },
  'time-to-acknowledge': {
    group: 'Incidents',
    title: 'Time to acknowledge',
    sentence: 'From the opening until somebody said that they are on it.',
  },
  'time-to-recover': {
    group: 'Incidents',
    title: 'Time to recover',
    sentence: 'From the opening to the closing that stayed closed.',
  },
  flaps: {
    group: 'Incidents',
    title: 'Flaps',
    sentence: 'How often it opened again before it had been closed for a minute.',
  },
  acknowledge: {
    group: 'Incidents',
    title: 'Acknowledge',
    sentence: 'Tells the others that you are on it; changes nothing else.',
  },
  drill: {
    group: 'Incidents',
    title: 'Drill',
    sentence: 'A fault put in on purpose, with an end and a stop condition; counted apart from what is real.',
  },
  revision: {
    group: 'Settings',
    title: 'Revision',
    sentence: 'One saving of settings: who, when, why and what. Restoring one makes a new one.',
  },
  drift: {
    group: 'Settings',
    title: 'Drift',
    sentence: 'What runs is not what the active revision says, because the code has set it otherwise since.',
  },
  preview: {
    group: 'Settings',
    title: 'Preview',
    sentence:
      'An estimate: the recorded outcomes of up to the last hour, run again through a breaker with the new numbers.',
  },
  'empties-window': {
    group: 'Settings',
    title: 'Empties the window',
    sentence: 'What the breaker has counted so far is forgotten when this is saved.',
  },
  audit: {
    group: 'This console',
    title: 'Audit',
    sentence:
      'Every order is written down before and after it is carried out, in a chain in which a changed line shows.',
  },
  neighbours: {
    group: 'Numbers',
    title: 'Neighbours',
    sentence: 'Breakers that fail together, because one needs the other or both guard the same pipeline.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

export type TermName = keyof typeof glossary;

export function explain(term: TermName): Explanation {
  return glossary[term];
}
