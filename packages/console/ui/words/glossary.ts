/** Every state and number that the console shows, in one sentence, with its formula where it has one. */
export interface Explanation {
  readonly title: string;
  readonly sentence: string;
  readonly formula?: string;
  readonly group: 'States' | 'Actions' | 'Numbers' | 'Retries' | 'Errors' | 'Incidents' | 'Settings' | 'This console';
}

export const glossary = {
  closed: { group: 'States', title: 'Closed', sentence: 'Calls flow; failures are counted.' },
  open: {
    group: 'States',
    title: 'Open',
    sentence:
      'Calls are blocked: they fail immediately, without reaching the dependency, until the breaker tests it again.',
  },
  'half-open': {
    group: 'States',
    title: 'Half-open',
    sentence: 'A few calls are let through as probes: success closes the breaker, a failure opens it again.',
  },
  isolated: {
    group: 'States',
    title: 'Isolated',
    sentence:
      'An operator blocks all calls until a set time. Nothing is probed; the automatic state is still tracked underneath.',
  },
  'held-closed': {
    group: 'States',
    title: 'Held closed',
    sentence: 'An operator lets all calls through, whatever fails: protection is off until a set time.',
  },
  'no-calls': {
    group: 'States',
    title: 'No calls',
    sentence: 'No calls since the start, so there is nothing to measure. This is not an error.',
  },
  'no-report': {
    group: 'States',
    title: 'No report',
    sentence: 'No report for a while: the values shown are out of date.',
  },
  trip: {
    group: 'Actions',
    title: 'Trip',
    sentence: 'Opens a breaker now. Its usual reset timeout applies, then it probes the dependency.',
  },
  isolate: {
    group: 'Actions',
    title: 'Isolate',
    sentence: 'Blocks all calls until a set time or a release. Unlike a trip, nothing is probed in the meantime.',
  },
  'hold-closed': {
    group: 'Actions',
    title: 'Hold closed',
    sentence:
      'Lets all calls through, whatever fails, for 30 minutes at most. Use it when the breaker is wrong, not the dependency.',
  },
  'half-open-now': {
    group: 'Actions',
    title: 'Half-open now',
    sentence: 'Ends the reset timeout of an open breaker: the next call is its probe.',
  },
  reset: {
    group: 'Actions',
    title: 'Close and reset',
    sentence: 'Closes a breaker and clears its failure counts; its settings stay.',
  },
  release: {
    group: 'Actions',
    title: 'Release',
    sentence: 'Ends an isolation or a hold: the breaker returns to its automatic state.',
  },
  calls: {
    group: 'Numbers',
    title: 'Calls',
    sentence: 'Calls let through to the dependency since the start.',
  },
  failures: {
    group: 'Numbers',
    title: 'Failed',
    sentence: 'Calls that failed in a way that counts against the dependency. Caller errors don’t count.',
  },
  refused: {
    group: 'Numbers',
    title: 'Blocked',
    sentence: 'Calls rejected without being attempted, because the breaker was open or isolated.',
  },
  'failure-ratio': {
    group: 'Numbers',
    title: 'Failure ratio',
    sentence: 'Share of the calls in the window that failed; a dash while the window is empty.',
    formula: 'failed ÷ calls, both in the window',
  },
  'next-test': {
    group: 'Numbers',
    title: 'Next probe',
    sentence: 'When an open breaker lets a call through as a probe. It takes a call for that to happen.',
  },
  'last-recovery': {
    group: 'Numbers',
    title: 'Last recovery',
    sentence: 'How long the last recovery took, from opening to closing.',
  },
  mttr: {
    group: 'Numbers',
    title: 'Mean time to recover',
    sentence:
      'Mean time from opening to the closing that lasted, over all incidents; always shown with count and p95. Drills and isolations don’t count.',
    formula: 'Σ time to recover ÷ incidents',
  },
  latency: {
    group: 'Numbers',
    title: 'Latency',
    sentence: 'How long calls took, by percentile: p95 means that 95 % of calls were faster.',
  },
  'loop-delay': {
    group: 'Numbers',
    title: 'Event-loop delay',
    sentence:
      'How late the process runs its timers, 99th percentile over the last ten seconds. Above 200 ms everything in it is slow, including this console.',
  },
  'as-of': {
    group: 'This console',
    title: 'As of',
    sentence:
      'When the numbers were current. After 15 seconds without contact with the server they turn grey and show their age.',
  },
  operations: {
    group: 'Retries',
    title: 'Operations',
    sentence: 'Calls as the caller sees them; each takes one or more attempts.',
  },
  attempt: {
    group: 'Retries',
    title: 'Attempt',
    sentence: 'One execution of an operation. The first attempt is not a retry.',
  },
  'first-try': {
    group: 'Retries',
    title: 'First attempt',
    sentence: 'Operations that succeeded on the first attempt.',
  },
  'after-retry': {
    group: 'Retries',
    title: 'After retry',
    sentence: 'Operations that failed at first and succeeded after a retry.',
  },
  exhausted: { group: 'Retries', title: 'Exhausted', sentence: 'Operations whose last allowed attempt failed.' },
  'not-retryable': {
    group: 'Retries',
    title: 'Not retryable',
    sentence: 'Operations that failed in a way a retry can’t fix, such as an invalid request.',
  },
  denied: {
    group: 'Retries',
    title: 'Denied',
    sentence: 'Retries that weren’t made: the budget was used up, the deadline was too close, or the breaker was open.',
  },
  aborted: { group: 'Retries', title: 'Aborted', sentence: 'Operations that the caller cancelled.' },
  amplification: {
    group: 'Retries',
    title: 'Amplification',
    sentence: 'How many attempts each operation costs the dependency. Well above 1, retries make an outage worse.',
    formula: 'attempts ÷ operations',
  },
  'wasted-wait': {
    group: 'Retries',
    title: 'Wasted delay',
    sentence: 'Time that operations spent waiting between attempts and failed all the same.',
  },
  'average-delay': { group: 'Retries', title: 'Average delay', sentence: 'Mean delay before a retry.' },
  transient: {
    group: 'Errors',
    title: 'Transient',
    sentence: 'May succeed a little later: timeouts, lost connections, too many requests. Retried.',
  },
  persistent: {
    group: 'Errors',
    title: 'Persistent',
    sentence:
      'Fails every time: not found, not allowed, not valid. Reported immediately, never retried, and not counted against the dependency.',
  },
  system: {
    group: 'Errors',
    title: 'System',
    sentence: 'The dependency or this machine is failing: database, file system, memory. Counts against the breaker.',
  },
  cancelled: { group: 'Errors', title: 'Cancelled', sentence: 'The caller left before there was an answer.' },
  refused_class: {
    group: 'Errors',
    title: 'Refused',
    sentence: 'A breaker, limit or budget of this application rejected the call; the dependency wasn’t called.',
  },
  rule: {
    group: 'Errors',
    title: 'Type',
    sentence:
      'The rule that classified the error, such as ECONNREFUSED or HTTP 503. _OTHER collects the types beyond the limit.',
  },
  incident: {
    group: 'Incidents',
    title: 'Incident',
    sentence:
      'Begins when a breaker opens, includes the breakers that fail with it, and ends when all of them have stayed closed for a minute.',
  },
  'time-to-detect': {
    group: 'Incidents',
    title: 'Time to detect',
    sentence: 'From the first failure that counted to the opening.',
  },
  'time-to-acknowledge': {
    group: 'Incidents',
    title: 'Time to acknowledge',
    sentence: 'From the opening until someone acknowledged it.',
  },
  'time-to-recover': {
    group: 'Incidents',
    title: 'Time to recover',
    sentence: 'From the opening to the closing that lasted. Drills and isolations by operators don’t count.',
  },
  flaps: {
    group: 'Incidents',
    title: 'Flaps',
    sentence: 'How often a breaker opened again within a minute of closing.',
  },
  acknowledge: {
    group: 'Incidents',
    title: 'Acknowledge',
    sentence: 'Tells others that you are on it; changes nothing else.',
  },
  drill: {
    group: 'Incidents',
    title: 'Drill',
    sentence: 'A fault injected on purpose, with an end and a stop condition; counted separately from real failures.',
  },
  revision: {
    group: 'Settings',
    title: 'Revision',
    sentence: 'One saved change of settings: who, when, why and what. Restoring one creates a new one.',
  },
  drift: {
    group: 'Settings',
    title: 'Drift',
    sentence: 'Running settings differ from the active revision, because code has changed them since.',
  },
  preview: {
    group: 'Settings',
    title: 'Preview',
    sentence: 'An estimate: the recorded outcomes of up to an hour, replayed through a breaker with the new settings.',
  },
  'empties-window': {
    group: 'Settings',
    title: 'Empties the window',
    sentence: 'Saving this clears what the breaker has counted so far.',
  },
  audit: {
    group: 'This console',
    title: 'Audit',
    sentence: 'Every action is recorded before and after it is carried out. The log is tamper-evident.',
  },
  neighbours: {
    group: 'Numbers',
    title: 'Neighbours',
    sentence: 'Breakers that fail together, because one depends on the other or both guard the same pipeline.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

export type TermName = keyof typeof glossary;

export function explain(term: TermName): Explanation {
  return glossary[term];
}
