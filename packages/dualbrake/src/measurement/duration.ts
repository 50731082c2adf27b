/**
 * What a duration measures: a call through a breaker, the recovery of a breaker, or an attempt, an operation or a delay of a retry.
 *
 * @example
 * ```ts
 * const shown: readonly DurationKind[] = ['call-success', 'call-failure'];
 * ```
 */
export type DurationKind = 'call-success' | 'call-failure' | 'recovery' | 'attempt' | 'operation' | 'delay';

/**
 * Receives each duration of one breaker or retry when it is recorded.
 *
 * @example
 * ```ts
 * const print: RecordedDuration = (kind, durationMs) => log.info(`${kind}: ${durationMs} ms`);
 * ```
 */
export type RecordedDuration = (kind: DurationKind, durationMs: number) => void;

/**
 * Receives each duration of a measurement when it is recorded. `id` is that of the breaker or retry, or `OVERFLOW`.
 *
 * @example
 * ```ts
 * const print: DurationListener = (id, kind, durationMs) => log.info(`${id} ${kind}: ${durationMs} ms`);
 * const stop = Measurement.of(defaultRegistry).onDuration(print);
 * ```
 */
export type DurationListener = (id: string, kind: DurationKind, durationMs: number) => void;
