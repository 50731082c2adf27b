/** Settings in words; the code's names stay beside them where somebody may look for them in the code. */
const names: Readonly<Record<string, string>> = {
  failureThreshold: 'Failures in a row to open',
  consecutiveFailures: 'Failures in a row to open',
  failureRatio: 'Failure ratio to open',
  slowCallRatio: 'Ratio of slow calls to open',
  slowCallMs: 'A call is slow after',
  minimumCalls: 'Calls before it judges',
  windowCalls: 'Calls in the window',
  windowMs: 'Length of the window',
  resetTimeoutMs: 'Wait before a test',
  resetTimeoutFactor: 'Wait grows by',
  maxResetTimeoutMs: 'Longest wait',
  resetJitter: 'Jitter of the wait',
  halfOpenCalls: 'Test calls to close',
  rampUpMs: 'Ramp-up after closing',
  maxAttempts: 'Attempts at most',
  baseMs: 'First wait',
  factor: 'Wait grows by',
  maxMs: 'Longest wait',
  maxRetryAfterMs: 'Longest wait that a server may ask for',
  limitMs: 'Time limit',
  intervalMs: 'Interval of checks',
  queue: 'Places in the queue',
  maxWaitMs: 'Longest wait in the queue',
  minPerSecond: 'Retries a second in any case',
  ratio: 'Share of retries',
};

/** `Failures in a row to open`; a name that we do not know is taken apart: `fooBarMs` is `Foo bar`. */
export function settingName(name: string): string {
  const known = names[name];
  if (known !== undefined) return known;
  const words = name
    .replace(/Ms$/, '')
    .replaceAll(/([A-Z])/g, ' $1')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
