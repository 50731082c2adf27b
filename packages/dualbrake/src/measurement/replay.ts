import { breakerSettings } from '../policies/circuit-breaker.ts';
import { circuitLimits, windowFor, type BreakerValues, type WindowKind } from '../policies/circuit-settings.ts';
import { Circuit, REFUSED } from '../policies/circuit.ts';
import { FAILED, SLOW } from '../policies/window.ts';
import type { LoggedOutcome } from './outcome-log.ts';

/**
 * The breaker to replay outcomes through.
 *
 * @example
 * ```ts
 * const options: ReplayOptions = { window: 'consecutive', settings: { failureThreshold: 3 } };
 * const { openings } = replay([], options);
 * ```
 */
export interface ReplayOptions {
  /** Kind of the breaker's window. */
  readonly window: WindowKind;
  /** The settings to try, named as in `settings.values`. */
  readonly settings: Readonly<Record<string, number>>;
}

/**
 * An estimate of what a breaker with other settings would have done; see `replay` for its limits.
 *
 * @example
 * ```ts
 * const result: ReplayResult = replay([], { window: 'consecutive', settings: { failureThreshold: 3 } });
 * log.info(`it would have refused ${result.refused} of ${result.calls} calls`);
 * ```
 */
export interface ReplayResult {
  readonly calls: number;
  readonly openings: number;
  /** Calls that it would have refused. */
  readonly refused: number;
  /** Failing calls that it would have let through. */
  readonly failuresLetThrough: number;
  /** Successful calls that it would have refused. */
  readonly successesRefused: number;
  /** Time in which it would not have been closed, in milliseconds. */
  readonly openMs: number;
  /** Calls whose outcome is assumed, because the real breaker refused them. */
  readonly assumed: number;
}

/**
 * Replays recorded outcomes through the breaker's state machine with other settings.
 *
 * The result is an estimate: calls are assumed to start and end at the same moment, times are exact to 100 ms and durations to a
 * factor of two, and a call that was refused is assumed to have ended like the last one before it.
 *
 * @param outcomes oldest first, such as `record.log.from(since)`
 * @throws InvalidSettingsError when the settings are invalid
 * @example
 * ```ts
 * const measurement = Measurement.of(defaultRegistry, { loggedOutcomes: 36_000 });
 * const outcomes = measurement.breakers().get('students.database')?.log?.from(0) ?? [];
 * const { refused, calls } = replay(outcomes, { window: 'consecutive', settings: { failureThreshold: 3 } });
 * log.info(`a threshold of 3 would have refused ${refused} of ${calls} calls`);
 * ```
 */
export function replay(outcomes: Iterable<LoggedOutcome>, { window, settings }: ReplayOptions): ReplayResult {
  const { values } = breakerSettings('replay', { window, ...settings });
  const limits = circuitLimits(values, window);
  const slowCallMs = values.slowCallMs;
  const result = {
    calls: 0,
    openings: 0,
    refused: 0,
    failuresLetThrough: 0,
    successesRefused: 0,
    openMs: 0,
    assumed: 0,
  };
  let circuit: Circuit | undefined;
  let lastKnown = 0;
  let openedAt: number | undefined;
  let now = 0;
  for (const { at, outcome, upToMs, count } of outcomes) {
    now = at;
    circuit ??= new Circuit(now, windowFor(values, now));
    const enough = whatMatters(count, outcome, circuit, values);
    result.calls += count - enough;
    for (let call = 0; call < enough; call += 1) {
      result.calls += 1;
      const isNeutral = outcome === 'ignored' || outcome === 'cancelled';
      if (outcome === 'rejected') result.assumed += 1;
      else if (!isNeutral) lastKnown = judgedAs(outcome, upToMs, slowCallMs);
      if (circuit.isDue(now)) circuit.enter('half-open', limits, now);
      const permit = circuit.admit(limits, now);
      if (permit === REFUSED) {
        result.refused += 1;
        if (!isNeutral && lastKnown === 0) result.successesRefused += 1;
        continue;
      }
      if (isNeutral) {
        circuit.forget(permit);
        continue;
      }
      if ((lastKnown & FAILED) !== 0) result.failuresLetThrough += 1;
      const transition = circuit.record(permit, lastKnown, limits, now);
      if (transition?.to === 'open') {
        result.openings += 1;
        openedAt ??= now;
      } else if (transition?.to === 'closed' && openedAt !== undefined) {
        result.openMs += now - openedAt;
        openedAt = undefined;
      }
    }
  }
  if (openedAt !== undefined) result.openMs += now - openedAt;
  return result;
}

/** Of many successful calls in a row, only the last ones change the counts of a closed circuit. */
function whatMatters(
  count: number,
  outcome: LoggedOutcome['outcome'],
  circuit: Circuit,
  { windowCalls, windowMs }: BreakerValues,
): number {
  if (outcome !== 'success' || circuit.state !== 'closed' || circuit.isRestrained || windowMs !== undefined)
    return count;
  return Math.min(count, windowCalls ?? 1);
}

function judgedAs(outcome: LoggedOutcome['outcome'], upToMs: number, slowCallMs: number): number {
  const isSlow = slowCallMs > 0 && upToMs > slowCallMs;
  const isFailed = outcome === 'failure' || outcome === 'timeout';
  return (isFailed ? FAILED : 0) | (isSlow ? SLOW : 0);
}
