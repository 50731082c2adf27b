/**
 * The class of a failure.
 *
 * - `transient`: clears by itself
 * - `persistent`: fails until somebody changes something
 * - `system`: a resource the program depends on is unwell
 * - `cancelled`: the caller gave up
 * - `refused`: a policy did not make the call
 *
 * @example
 * ```ts
 * const worthAnAlert: readonly ErrorClass[] = ['persistent', 'system'];
 * ```
 */
export type ErrorClass = 'transient' | 'persistent' | 'system' | 'cancelled' | 'refused';

/**
 * What a failure says about the dependency and about a retry.
 *
 * @example
 * ```ts
 * const found: Classification = classify(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));
 * log.info(`${found.class}: ${found.retryable ? 'worth a retry' : 'permanent'} (${found.rule})`);
 * ```
 */
export interface Classification {
  readonly class: ErrorClass;
  /** Whether the same call can succeed a little later. Says nothing about whether repeating it is safe. */
  readonly retryable: boolean;
  /** Whether it is evidence that the dependency is unwell. Not derivable from `class`: a deadlock is transient and no evidence. */
  readonly countsAgainstBreaker: boolean;
  /** Whether the operation reached the other side. `no` only with proof: a wrong `no` charges a card twice. */
  readonly reachedServer: 'no' | 'maybe' | 'yes';
  /** `no` if the operation is known to have been rejected or rolled back. */
  readonly applied: 'no' | 'maybe';
  /** The delay that the other side asked for, in milliseconds, unclamped. Absent if it asked for none, which is not the same as 0. */
  readonly retryAfterMs?: number;
  /** Coarse label for messages and metrics: `timeout`, `connect`, `rate-limit`, `auth`, `lock`, `disk`, ... */
  readonly kind: string;
  /** What the failure is about, and therefore whose breaker counts it. */
  readonly scope: 'dependency' | 'local' | 'request';
  /** The rule that decided: `postgres.40P01`, `http.503`, `unknown`, ... */
  readonly rule: string;
}

/**
 * What the caller knows about the failed call and the error does not say.
 *
 * @example
 * ```ts
 * const context: ClassifyContext = { signal: request.signal, dependency: 'database' };
 * const { class: errorClass } = classify(new Error('Connection terminated unexpectedly'), context);
 * ```
 */
export interface ClassifyContext {
  /** The caller's signal. If it has aborted, the call was cancelled, whatever the error looks like. */
  readonly signal?: AbortSignal;
  /** What was called: a lost connection to a `database` is `system`, to an `http` server `transient`. */
  readonly dependency?: 'database' | 'cache' | 'http' | 'smtp' | 'filesystem' | (string & {});
  /** Milliseconds since the epoch, to compute delays from dates in `Retry-After`. Default `Date.now()`. */
  readonly now?: number;
}

/**
 * Decides what a failure means, synchronously. If it throws or returns something else than a classification, `classify` decides.
 *
 * @example
 * ```ts
 * const lenient: Classifier = (error, context) => ({ ...classify(error, context), countsAgainstBreaker: false });
 * const breaker = circuitBreaker({ classify: lenient });
 * ```
 */
export type Classifier = (error: unknown, context?: ClassifyContext) => Classification;
