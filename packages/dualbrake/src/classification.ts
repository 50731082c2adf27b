/** What kind of failure this is, in the client's three words, plus our own two. */
export type ErrorClass = 'transient' | 'persistent' | 'system' | 'cancelled' | 'refused';

/** What an outcome says about the dependency and about trying again. */
export interface Classification {
  /**
   * `transient` clears by itself; `persistent` fails until somebody changes something; `system` means that a resource
   * under us is unwell; `cancelled` is the caller's own decision; `refused` means that one of our policies did not
   * make the call.
   */
  readonly class: ErrorClass;
  /** Whether the same call can succeed a little later. Says nothing about whether repeating it is safe. */
  readonly retryable: boolean;
  /** Whether it is evidence that the dependency is unwell. Not derivable from `class`: a deadlock is not. */
  readonly countsAgainstBreaker: boolean;
  /** Whether the operation got to the other side. A wrong `no` charges a card twice. */
  readonly reachedServer: 'no' | 'maybe' | 'yes';
  /** `no` when it is known to have been rejected or rolled back. */
  readonly applied: 'no' | 'maybe';
  /** Milliseconds that the other side asked for, unclamped; absent is not 0. */
  readonly retryAfterMs?: number;
  /** Coarse label for messages and metrics: `timeout`, `connect`, `rate-limit`, `auth`, `lock`, `disk`, ... */
  readonly kind: string;
  /** Whose failure it is, hence whose breaker counts it. */
  readonly scope: 'dependency' | 'local' | 'request';
  /** The rule that decided: `postgres.40P01`, `http.503`, `unknown`, ... */
  readonly rule: string;
}

/** What the caller knows about the failed call and the error itself cannot say. */
export interface ClassifyContext {
  /** The caller's signal: when it is aborted the caller left, whatever the error looks like. */
  readonly signal?: AbortSignal;
  /** What kind of thing was called: a lost connection of a `database` is `system`, of an `http` peer `transient`. */
  readonly dependency?: 'database' | 'cache' | 'http' | 'smtp' | 'filesystem' | (string & {});
  /** Wall clock in milliseconds since the epoch, for `Retry-After` dates; default `Date.now()`. */
  readonly now?: number;
}

/** Decides what a failure means. Must not throw. */
export type Classifier = (error: unknown, context?: ClassifyContext) => Classification;
