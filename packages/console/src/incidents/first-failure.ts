import type { MemberOfKind } from 'dualbrake';
import type { OutcomeLog } from 'dualbrake/measurement';

/** The oldest failure in a breaker's window when it opened. @returns a clock reading, or undefined if it is unknown */
export function firstFailureAt(
  log: OutcomeLog | undefined,
  member: MemberOfKind<'circuit-breaker'>,
  openedAt: number,
): number | undefined {
  if (log === undefined) return undefined;
  const { windowMs = Infinity, windowCalls = Infinity } = member.settings;
  const isRun = member.report.window === 'consecutive';
  let first: number | undefined;
  let calls = 0;
  for (const { at, outcome, count } of log.backwards()) {
    if (at > openedAt) continue;
    if (outcome === 'rejected' || outcome === 'ignored' || outcome === 'cancelled') continue;
    if (openedAt - at > windowMs || calls >= windowCalls) break;
    const isFailure = outcome === 'failure' || outcome === 'timeout' || outcome === 'slow';
    if (isFailure) first = at;
    else if (isRun) break;
    calls += count;
  }
  return first;
}
