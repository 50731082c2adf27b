import type { HistoryPoint, HistoryView } from '../../src/contract.ts';

/** History for charts: one point per time span, including spans without calls. */
export interface Grid {
  /** Start of each span, in seconds since the epoch. */
  readonly times: readonly number[];
  /** `undefined` for a span without calls, `null` for one before the recording began. */
  readonly points: readonly (HistoryPoint | null | undefined)[];
  readonly stepS: number;
}

export function gridOf({ from, to, resolution_s: stepS, partial, points }: HistoryView): Grid {
  const stepMs = stepS * 1_000;
  const byTime = new Map(points.map((point) => [Math.floor(Date.parse(point.at) / stepMs), point]));
  const known = points[0] === undefined ? undefined : Math.floor(Date.parse(points[0].at) / stepMs);
  const times: number[] = [];
  const found: (HistoryPoint | null | undefined)[] = [];
  for (let span = Math.floor(Date.parse(from) / stepMs); span <= Math.floor(Date.parse(to) / stepMs); span += 1) {
    times.push(span * stepS);
    const isBefore = partial && (known === undefined || span < known);
    found.push(byTime.get(span) ?? (isBefore ? null : undefined));
  }
  return { times, points: found, stepS };
}

/** Calls per second by outcome. */
export interface CallRates {
  readonly succeeded: readonly (number | null)[];
  readonly failed: readonly (number | null)[];
  readonly blocked: readonly (number | null)[];
}

export function callRates({ points, stepS }: Grid): CallRates {
  const rate = (count: (point: HistoryPoint) => number): (number | null)[] =>
    points.map((point) => (point === null ? null : point === undefined ? 0 : count(point) / stepS));
  return {
    succeeded: rate(({ success, slow, ignored, cancelled }) => success + slow + ignored + cancelled),
    failed: rate(({ failure, timeout }) => failure + timeout),
    blocked: rate((point) => point.rejected_open + point.rejected_override + point.rejected_probe_limit),
  };
}

/**
 * The latency in milliseconds that the share `p` of the calls stayed below, interpolated within its bucket; `null`
 * without calls.
 */
export function percentile(durations: readonly number[], boundsMs: readonly number[], p: number): number | null {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = total * p;
  let seen = 0;
  for (const [bucket, count] of durations.entries()) {
    if (count > 0 && seen + count >= wanted) {
      const low = bucket === 0 ? 0 : (boundsMs[bucket - 1] ?? 0);
      const high = boundsMs[bucket];
      // Above the last bound only that bound is known.
      return high === undefined ? low : low + ((wanted - seen) / count) * (high - low);
    }
    seen += count;
  }
  return boundsMs.at(-1) ?? null;
}

export function percentiles({ points }: Grid, boundsMs: readonly number[], p: number): (number | null)[] {
  return points.map((point) => (!point ? null : percentile(point.durations, boundsMs, p)));
}
