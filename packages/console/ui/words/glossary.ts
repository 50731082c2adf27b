/** The terms of the console by group, each with its explanation. */
export const glossary = {
  States: {
    Closed: 'Calls flow; failures are counted.',
    Open: 'Calls are blocked: they fail immediately, without reaching the dependency, until the breaker probes it again.',
    'Half-open': 'A few calls are let through as probes: success closes the breaker, a failure opens it again.',
    Isolated:
      'An operator blocks all calls until a set time. The dependency is not probed; the automatic state is still tracked.',
    'Held closed': 'An operator lets all calls through, even if they fail: protection is off until a set time.',
    'No calls': 'No calls since the start, so there is nothing to measure. This is not an error.',
    'No report': 'No report for a while: the values shown are out of date.',
  },
  Actions: {
    Trip: 'Opens a breaker now. After its usual reset timeout it probes the dependency.',
    Isolate: 'Blocks all calls until a set time or a release. Unlike after a trip, the dependency is not probed.',
    'Hold closed':
      'Lets all calls through, even if they fail, for at most 30 minutes. Use it when the breaker is wrong, not the dependency.',
    'Half-open now': 'Ends the reset timeout of an open breaker: the next call is the probe.',
    'Close and reset': 'Closes a breaker and clears its failure counts. Its settings are kept.',
    Release: 'Ends an override: the breaker returns to its automatic state.',
  },
  Numbers: {
    Calls: 'Calls let through to the dependency since the start.',
    Failed: 'Calls that failed in a way that counts against the dependency. Caller errors don’t count.',
    Blocked: 'Calls rejected without being attempted, because the breaker was open or isolated.',
    'Failure ratio': 'Share of failed calls in the window; a dash while the window is empty.',
    'Next probe': 'When an open breaker lets the next call through as a probe.',
    'Last recovery': 'How long the last recovery took, from opening to closing.',
    'Mean time to recover':
      'Mean time from opening to final closing, over all incidents; always shown with count and p95. Drills and isolations don’t count.',
    Latency: 'How long calls took, by percentile: p95 means that 95 % of calls were faster.',
    'Event-loop delay':
      'How late the process runs its timers: 99th percentile over the last ten seconds. Above 200 ms the whole process is slow, including this console.',
    Neighbours: 'Breakers that fail together because one depends on the other or both protect the same pipeline.',
  },
  Retries: {
    Operations: 'Calls as the caller sees them. Each takes one or more attempts.',
    Attempt: 'One execution of an operation. The first attempt is not a retry.',
    'First attempt': 'Operations that succeeded on the first attempt.',
    'After retry': 'Operations that failed at first and succeeded after a retry.',
    Exhausted: 'Operations whose last allowed attempt failed.',
    'Not retryable': 'Operations that failed in a way a retry can’t fix, such as an invalid request.',
    Denied:
      'Retries that weren’t attempted: the budget was used up, the deadline was too close, or the breaker was open.',
    Aborted: 'Operations that the caller cancelled.',
    Amplification: 'Attempts per operation. Well above 1, retries make an outage worse.',
    'Wasted delay': 'Time that operations spent waiting for retries before they failed anyway.',
    'Average delay': 'Mean delay before a retry.',
  },
  Errors: {
    Transient:
      'May succeed a moment later, for example after a timeout, a lost connection or too many requests. Retried.',
    Persistent:
      'Fails every time, for example because something is not found, not allowed or invalid. Never retried, and not counted against the dependency.',
    System:
      'The dependency or this machine is failing, for example the database, the file system or memory. Counted by the breaker.',
    Cancelled: 'The caller cancelled before the call completed.',
    Refused: 'A breaker, limit or budget of this application rejected the call. The dependency wasn’t called.',
    Type: 'The rule that classified the error, such as ECONNREFUSED or HTTP 503. Types beyond the limit are counted as _OTHER.',
  },
  Incidents: {
    Incident:
      'Begins when a breaker opens, includes the breakers that fail with it, and ends once all of them have stayed closed for a minute.',
    'Time to detect': 'From the first counted failure until the breaker opened.',
    'Time to acknowledge': 'From the opening until someone acknowledged the incident.',
    'Time to recover': 'From the opening until the breakers closed for good. Drills and isolations don’t count.',
    Flaps: 'How often a breaker opened again within a minute of closing.',
    Acknowledge: 'Shows others that you are working on it. Nothing else changes.',
    Drill: 'A fault injected on purpose, with an end and stop conditions. Counted separately from real failures.',
  },
  Settings: {
    Revision: 'One saved change of settings: who, when, why and what. Restoring a revision creates a new one.',
    Drift: 'The running settings differ from the active revision because code has changed them since.',
    Preview: 'An estimate: the outcomes of up to the last hour, replayed through a breaker with the new settings.',
    'Empties the window': 'Saving this setting clears what the breaker has counted so far.',
  },
  'This console': {
    'As of':
      'When the values were current. After 15 seconds without contact with the server they turn grey and show their age.',
    Audit: 'The record of every action, written before and after it is carried out. Tamper-evident.',
  },
} as const;

/** How calculated numbers are defined. */
export const formulas: Readonly<Record<string, string>> = {
  'Failure ratio': 'failed ÷ calls, both in the window',
  'Mean time to recover': 'Σ time to recover ÷ incidents',
  Amplification: 'attempts ÷ operations',
};

type Groups = typeof glossary;
export type TermName = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups];

const explanations: Readonly<Record<TermName, string>> = Object.assign({}, ...Object.values(glossary));

export function isTerm(name: string): name is TermName {
  return name in explanations;
}

export function explain(term: TermName): string {
  return explanations[term];
}
