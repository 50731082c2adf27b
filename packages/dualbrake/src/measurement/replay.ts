import { breakerSettings } from '../policies/circuit-breaker.ts';
import { circuitLimits, windowFor, type BreakerValues, type WindowKind } from '../policies/circuit-settings.ts';
import { Circuit, REFUSED } from '../policies/circuit.ts';
import { FAILED, SLOW } from '../policies/window.ts';
import type { LoggedOutcome } from './outcome-log.ts';

/** What is replayed, and under which numbers. */
export interface ReplayOptions {
  /** What the breaker counts; its shape, not a number that can be changed. */
  readonly window: WindowKind;
  /** The settings to be tried, as `settings.values` has them. */
  readonly settings: Readonly<Record<string, number>>;
}

/** What a breaker with these settings would have done. An estimate: see `replay`. */
export interface ReplayResult {
  readonly calls: number;
  readonly openings: number;
  /** Calls that it would not have made. */
  readonly refused: number;
  /** Calls that it would have made, and that counted against the dependency. */
  readonly failuresLetThrough: number;
  /** Calls that would have gone well, and that it would have refused. */
  readonly successesRefused: number;
  /** Milliseconds in which it would not have been closed. */
  readonly openMs: number;
  /** Calls whose result nobody knows, because the real breaker refused them. */
  readonly assumed: number;
}

/**
 * Puts recorded outcomes through the breaker's own state machine with other settings.
 *
 * It is an estimate: a call is taken to begin and end at the same moment; times are exact to 100 ms and durations to
 * a doubling; and a call that was refused is taken to have come to what the last call before it came to.
 *
 * @param outcomes oldest first, such as `record.log.from(since)`
 * @throws InvalidSettingsError when the settings make no sense
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

/** Of many good calls in a row, only the last ones change what a closed circuit counts. */
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
