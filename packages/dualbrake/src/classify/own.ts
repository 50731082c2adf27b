import { read, readText } from './safe-read.ts';
import { evidence, row, type Found, type Row } from './rule.ts';

const rows = new Map<string, Row>(
  ['CIRCUIT_OPEN', 'BULKHEAD_FULL', 'RATE_LIMITED', 'DEADLINE_EXCEEDED'].map((code) => [
    code,
    row(`dualbrake.${code}`, 'refused', 'refused', 'docs: errors of this library'),
  ]),
);
rows.set('CALL_TIMEOUT', row('dualbrake.CALL_TIMEOUT', 'timeout', 'transient', 'docs: errors of this library'));
/** The limit was the caller's, so this says nothing about the health of the dependency. */
export const impatience = row('dualbrake.CALL_TIMEOUT.caller', 'timeout', 'transient', 'docs: errors of this library', {
  countsAgainstBreaker: false,
  scope: 'request',
});
rows.set(
  'INVALID_SETTINGS',
  row('dualbrake.INVALID_SETTINGS', 'invalid', 'persistent', 'docs: errors of this library', { reachedServer: 'no' }),
);
for (const errorClass of ['transient', 'persistent', 'system'] as const) {
  // Injected faults choose their class. The operation was never called.
  const code = `INJECTED_${errorClass.toUpperCase()}`;
  const answered = errorClass === 'persistent' ? 'yes' : 'no';
  rows.set(
    code,
    row(`dualbrake.${code}`, 'injected', errorClass, 'docs: errors of this library', { reachedServer: answered }),
  );
}

const names = new Set([
  'InjectedFaultError',
  'CircuitBreakerOpenError',
  'BulkheadFullError',
  'RateLimitError',
  'DeadlineExceededError',
  'CallTimeoutError',
  'InvalidSettingsError',
]);

/** Errors of this library. Checks code and name, because other libraries use the same codes. */
export function ownRule(error: unknown): Found | undefined {
  const code = readText(error, 'code');
  const found = code === undefined ? undefined : rows.get(code);
  if (found === undefined || !names.has(readText(error, 'name') ?? '')) return undefined;
  const isImpatience = code === 'CALL_TIMEOUT' && read(error, 'limitedBy') === 'caller';
  return { row: isImpatience ? impatience : found, rank: evidence.own };
}

/** The rows of the table. */
export const ownRows: readonly Row[] = [...rows.values(), impatience];
