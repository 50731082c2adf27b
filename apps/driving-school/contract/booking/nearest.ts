/** Free times near one that is taken. */
import { conflictsOf } from './claims.ts';
import { judge } from './judge.ts';
import type { BookingWorld, Proposal } from './world.ts';
import type { RuleName } from '../rules.ts';

const quarterMs = 15 * 60_000;

/** Limits of the search. */
export interface NearestOptions {
  /** Times are searched in [from, to), in milliseconds: the period that the world covers. */
  readonly from: number;
  readonly to: number;
  /** Rules that have been overridden. */
  readonly overridden?: readonly RuleName[];
  /** Default 3. */
  readonly count?: number;
}

/**
 * Finds the free times nearest to a proposal, with the same student, instructor and vehicle, that no rule refuses. Times
 * begin at quarter hours before and after it; of two that are equally near, the later comes first.
 *
 * @returns instants in milliseconds, the nearest first
 */
export function nearestTimes(
  proposal: Proposal,
  world: BookingWorld,
  { from, to, overridden = [], count = 3 }: NearestOptions,
): number[] {
  const lengthMs = proposal.ends_at - proposal.starts_at;
  const isFree = (starts_at: number): boolean => {
    if (starts_at < from || starts_at + lengthMs > to) return false;
    const moved = { ...proposal, relay_after: null, starts_at, ends_at: starts_at + lengthMs };
    if (conflictsOf(moved, world).length > 0) return false;
    return judge(moved, world).every(({ kind, rule }) => kind === 'advice' || overridden.includes(rule));
  };
  const base = Math.round(proposal.starts_at / quarterMs) * quarterMs;
  const steps = Math.ceil(Math.max(to - base, base - from, 0) / quarterMs);
  const found = base !== proposal.starts_at && isFree(base) ? [base] : [];
  for (let step = 1; step <= steps && found.length < count; step += 1) {
    for (const candidate of [base + step * quarterMs, base - step * quarterMs]) {
      if (found.length < count && isFree(candidate)) found.push(candidate);
    }
  }
  return found;
}
