import type { ConfigView, SettingChange } from '../../src/contract.ts';
import { limitText, numberText, wordsOf } from './words.ts';

/** Names that are not the words of their identifiers. */
const names: Readonly<Record<string, string>> = {
  failureThreshold: 'Consecutive failures to open',
  consecutiveFailures: 'Consecutive failures to open',
  failureRatio: 'Failure ratio to open',
  slowCallRatio: 'Slow-call ratio to open',
  slowCallMs: 'Slow-call limit',
  windowCalls: 'Window size',
  windowMs: 'Window length',
  resetTimeoutFactor: 'Backoff factor',
  resetJitter: 'Jitter',
  halfOpenCalls: 'Successful probes to close',
  rampUpMs: 'Ramp-up time',
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
  const words = name.replace(/Ms$/, '').replaceAll(/([A-Z])/g, ' $1');
  return wordsOf(words.toLowerCase());
}

/** `30 s`, `5`, `0.5`, `off`. */
export function settingValue(name: string, value: number | null): string {
  if (value === 0 && offAtZero.has(name)) return 'off';
  if (value !== null && name.endsWith('Ms')) return limitText(value);
  return value !== null && !Number.isInteger(value) ? String(value) : numberText(value);
}

type Members = ConfigView['members'] | undefined;

/** The name of a breaker or retry; its ID while the members are loading. */
export function memberName(id: string, members: Members): string {
  return members?.find((member) => member.id === id)?.name ?? id;
}

/** `Reset timeout`, for a setting in a change. */
export function changedSetting(
  { member, setting }: Pick<SettingChange, 'member' | 'setting'>,
  members: Members,
): string {
  return settingName(setting, members?.find(({ id }) => id === member)?.spec);
}

/** `database: Consecutive failures to open 5 → 8`. */
export function changeLine(change: SettingChange, members: Members): string {
  const [from, to] = [change.from, change.to].map((value) => changedValue(change.setting, value));
  return `${memberName(change.member, members)}: ${changedSetting(change, members)} ${from} → ${to}`;
}

export function changedValue(setting: string, value: number | null): string {
  return value === null ? 'code default' : settingValue(setting, value);
}
