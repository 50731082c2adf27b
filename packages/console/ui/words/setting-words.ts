import { limitText, numberText } from './words.ts';

const names: Readonly<Record<string, string>> = {
  failureThreshold: 'Consecutive failures to open',
  consecutiveFailures: 'Consecutive failures to open',
  failureRatio: 'Failure ratio to open',
  slowCallRatio: 'Slow-call ratio to open',
  slowCallMs: 'Slow-call limit',
  minimumCalls: 'Minimum calls',
  windowCalls: 'Window size',
  windowMs: 'Window length',
  resetTimeoutMs: 'Reset timeout',
  resetTimeoutFactor: 'Backoff factor',
  maxResetTimeoutMs: 'Max reset timeout',
  resetJitter: 'Jitter',
  halfOpenCalls: 'Successful probes to close',
  rampUpMs: 'Ramp-up time',
  maxAttempts: 'Max attempts',
  baseMs: 'Initial delay',
  factor: 'Backoff factor',
  maxMs: 'Max delay',
  maxRetryAfterMs: 'Max Retry-After',
  limitMs: 'Timeout',
  intervalMs: 'Check interval',
  queue: 'Queue size',
  maxWaitMs: 'Max time in queue',
  minPerSecond: 'Minimum retries per second',
  ratio: 'Retry ratio',
};

/** Settings that 0 switches off. */
const offAtZero = new Set([
  'failureThreshold',
  'consecutiveFailures',
  'failureRatio',
  'slowCallMs',
  'rampUpMs',
  'resetJitter',
]);

/**
 * `Reset timeout`; an unknown name is split into words: `fooBarMs` is `Foo bar`.
 *
 * @param siblings settings of the same breaker: with a window, the threshold counts the failures in the window
 */
export function settingName(name: string, siblings: Readonly<Record<string, unknown>> = {}): string {
  if (name === 'failureThreshold' && 'consecutiveFailures' in siblings) return 'Failures in the window to open';
  const known = names[name];
  if (known !== undefined) return known;
  const words = name
    .replace(/Ms$/, '')
    .replaceAll(/([A-Z])/g, ' $1')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `30 s`, `5`, `0.5`, `off`. */
export function settingValue(name: string, value: number | null): string {
  if (value === 0 && offAtZero.has(name)) return 'off';
  if (value !== null && name.endsWith('Ms')) return limitText(value);
  return value !== null && !Number.isInteger(value) ? String(value) : numberText(value);
}
