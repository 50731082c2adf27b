import { chanceOf } from '../user-function.ts';

/**
 * How delays are randomized. With the computed delay as the ceiling: `full` draws from 0 to the ceiling, `equal` from its
 * upper half, `decorrelated` from the base delay to three times the previous delay; `none` uses the ceiling itself.
 *
 * @example
 * ```ts
 * const jitter: Jitter = 'decorrelated';
 * const policy = retry({ jitter, baseMs: 200 });
 * ```
 */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

/** The numbers that a delay is computed from. */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/**
 * Milliseconds to wait after a failed attempt. Always finite, from 0 to `maxMs`.
 *
 * With ceiling = min(maxMs, baseMs * factor^(attempt-1)): `full` is drawn from [0, ceiling], `equal` from its upper
 * half, `none` is the ceiling; `decorrelated` is drawn from [baseMs, 3 * previousMs], capped at `maxMs`.
 * Source of the names: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param attempt number of the failed attempt, starting at 1
 * @param previousMs the delay before that attempt; 0 for the first
 */
export function backoffMs(
  attempt: number,
  previousMs: number,
  jitter: Jitter,
  { baseMs, factor, maxMs }: BackoffLimits,
  random: () => number,
): number {
  if (jitter === 'decorrelated') {
    const longest = Math.max(baseMs, 3 * previousMs);
    return Math.min(maxMs, baseMs + chanceOf(random) * (longest - baseMs));
  }
  // Checked first because 0 * Infinity is NaN.
  const ceilingMs = baseMs === 0 ? 0 : Math.min(maxMs, baseMs * factor ** (attempt - 1));
  if (jitter === 'none') return ceilingMs;
  return jitter === 'full' ? chanceOf(random) * ceilingMs : ceilingMs / 2 + (chanceOf(random) * ceilingMs) / 2;
}
