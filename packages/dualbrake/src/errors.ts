import { brandError, isInstance } from './brand.ts';
import { framesBack, framesOff } from './frames.ts';

/**
 * Base class of all errors that this library creates. Errors of the operation itself are rethrown unchanged.
 *
 * All are native errors: `message`, `name` and `stack` are writable, `structuredClone` supports them, and their other fields are
 * enumerable, so loggers include them.
 *
 * @example
 * ```ts
 * try {
 *   await circuitBreaker().execute(() => database.getStudent(id));
 * } catch (error) {
 *   if (error instanceof RecoveryError) log.warn(error.code);
 *   else throw error;
 * }
 * ```
 */
export abstract class RecoveryError extends Error {
  /** Stable across releases. Compare this, not the message. */
  abstract readonly code: string;

  static {
    brandError(this, 'RecoveryError');
  }

  /** Makes `instanceof` work for errors from another copy of this package. Never throws. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/**
 * Created without stack frames: an outage causes thousands of refusals per second, frames are most of the cost of an error, and those
 * of a timer are useless. `stackTraces: true` adds the frames of the caller.
 */
abstract class FramelessError extends RecoveryError {
  constructor(message: string, options?: ErrorOptions) {
    const limit = framesOff();
    try {
      super(message, options);
    } finally {
      framesBack(limit);
    }
  }
}

/**
 * Base class of refusals: a policy did not run the operation, so it is safe to try again later.
 *
 * @example
 * ```ts
 * try {
 *   await bulkhead({ limit: 10 }).execute(() => database.getStudent(id));
 * } catch (error) {
 *   if (!(error instanceof RefusedError)) throw error;
 *   log.info('too busy; the student was not read');
 * }
 * ```
 */
export abstract class RefusedError extends FramelessError {
  static {
    brandError(this, 'RefusedError');
  }
}

/** The fields of a `CircuitBreakerOpenError`. */
export interface OpenCircuit {
  readonly breaker: string;
  /** Milliseconds since the circuit opened. */
  readonly openForMs: number;
  /** Milliseconds until the next test call; 0 while one is running. */
  readonly retryAfterMs: number;
  /** Why it opened, in words. Contains nothing from the messages of errors. */
  readonly reason: string;
  /** Whether an operator has isolated the breaker. Then `retryAfterMs` is the time until that ends. Default false. */
  readonly isolated?: boolean;
}

/**
 * Thrown while the circuit is open, or half-open with all test calls taken. The dependency was not called.
 *
 * @example
 * ```ts
 * try {
 *   await circuitBreaker({ name: 'database' }).execute(() => database.getStudent(id));
 * } catch (error) {
 *   if (!(error instanceof CircuitBreakerOpenError)) throw error;
 *   log.warn(`${error.breaker} is open (${error.reason}), try again in ${error.retryAfterMs} ms`);
 * }
 * ```
 */
export class CircuitBreakerOpenError extends RefusedError {
  static {
    brandError(this, 'CircuitBreakerOpenError');
  }

  declare readonly name: 'CircuitBreakerOpenError';
  readonly code = 'CIRCUIT_OPEN';
  readonly breaker: string;
  readonly openForMs: number;
  readonly retryAfterMs: number;
  readonly reason: string;
  /** Whether an operator has isolated the breaker. The dependency may be healthy. */
  readonly isolated: boolean;

  constructor({ breaker, openForMs, retryAfterMs, reason, isolated = false }: OpenCircuit) {
    super(openMessage(breaker, openForMs, retryAfterMs, reason, isolated));
    this.breaker = breaker;
    this.openForMs = openForMs;
    this.retryAfterMs = retryAfterMs;
    this.reason = reason;
    this.isolated = isolated;
  }
}

/**
 * Thrown when the deadline had passed before the operation started.
 *
 * @example
 * ```ts
 * try {
 *   await retry().execute(() => database.getStudent(id), { withinMs: 0 });
 * } catch (error) {
 *   if (error instanceof DeadlineExceededError) log.info(`${error.pipeline} did not start the call`);
 * }
 * ```
 */
export class DeadlineExceededError extends RefusedError {
  static {
    brandError(this, 'DeadlineExceededError');
  }

  declare readonly name: 'DeadlineExceededError';
  readonly code = 'DEADLINE_EXCEEDED';
  /** The pipeline that did not start the call. */
  readonly pipeline: string;

  constructor(pipeline: string) {
    super(`The deadline of the call had passed before "${pipeline}" could start it.`);
    this.pipeline = pipeline;
  }
}

/**
 * Thrown when a bulkhead has reached its limit of concurrent calls and its queue is full.
 *
 * @example
 * ```ts
 * try {
 *   await bulkhead({ name: 'reports', limit: 2, queue: 10 }).execute(() => database.query('SELECT * FROM lessons'));
 * } catch (error) {
 *   if (error instanceof BulkheadFullError) log.warn(`${error.bulkhead}: ${error.running} running, ${error.waiting} queued`);
 * }
 * ```
 */
export class BulkheadFullError extends RefusedError {
  static {
    brandError(this, 'BulkheadFullError');
  }

  declare readonly name: 'BulkheadFullError';
  readonly code = 'BULKHEAD_FULL';
  readonly bulkhead: string;
  /** Number of running calls. */
  readonly running: number;
  /** Number of queued calls. */
  readonly waiting: number;

  constructor(bulkhead: string, running: number, waiting: number) {
    super(`Bulkhead "${bulkhead}" is full: ${running} running, ${waiting} queued.`);
    this.bulkhead = bulkhead;
    this.running = running;
    this.waiting = waiting;
  }
}

/**
 * Thrown when a rate limit is exceeded and its queue is full.
 *
 * @example
 * ```ts
 * try {
 *   await rateLimit({ name: 'mail', limit: 10, perMs: 1_000 }).execute(() => mailServer.send({ to: 'ana@example.com', text: 'Your lesson' }));
 * } catch (error) {
 *   if (error instanceof RateLimitError) log.warn(`try again in ${error.retryAfterMs} ms`);
 * }
 * ```
 */
export class RateLimitError extends RefusedError {
  static {
    brandError(this, 'RateLimitError');
  }

  declare readonly name: 'RateLimitError';
  readonly code = 'RATE_LIMITED';
  readonly rateLimit: string;
  /** Milliseconds until a call is allowed, if no other call comes first. */
  readonly retryAfterMs: number;

  constructor(rateLimit: string, retryAfterMs: number) {
    super(`Rate limit "${rateLimit}" is exceeded; the next call is allowed in ${seconds(retryAfterMs)}.`);
    this.rateLimit = rateLimit;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Thrown when the operation did not settle within its time limit. Whether it took effect is unknown.
 *
 * @example
 * ```ts
 * try {
 *   await timeout({ limitMs: 500 }).execute(({ signal }) => database.getStudent(id, { signal }));
 * } catch (error) {
 *   if (error instanceof CallTimeoutError) log.warn(`no answer within ${error.limitMs} ms, the ${error.limitedBy}'s limit`);
 * }
 * ```
 */
export class CallTimeoutError extends FramelessError {
  static {
    brandError(this, 'CallTimeoutError');
  }

  declare readonly name: 'CallTimeoutError';
  readonly code = 'CALL_TIMEOUT';
  /** The limit that expired, in milliseconds: the policy's own, or the time left until the deadline if that was shorter. */
  readonly limitMs: number;
  /**
   * `policy` if it was a limit of the pipeline, `caller` if it was a deadline set by the caller or inherited. A caller's short deadline
   * says nothing about the dependency, so breakers don't count it.
   */
  readonly limitedBy: 'policy' | 'caller';

  /**
   * @param limitMs milliseconds
   * @param options `cause`: an earlier error of the call, if any
   */
  constructor(limitMs: number, limitedBy: 'policy' | 'caller' = 'policy', options?: ErrorOptions) {
    const whose = limitedBy === 'caller' ? ", the time left until its caller's deadline" : '';
    super(`The call did not answer within ${Math.round(limitMs)} ms${whose}.`, options);
    this.limitMs = limitMs;
    this.limitedBy = limitedBy;
  }
}

/**
 * Thrown when the operation failed and every fallback failed as well.
 *
 * @example
 * ```ts
 * try {
 *   await fallback({ to: () => cache.get(id) }).execute(() => database.getStudent(id));
 * } catch (error) {
 *   if (error instanceof FallbackFailedError) log.warn(error.errors);
 * }
 * ```
 */
export class FallbackFailedError extends RecoveryError {
  static {
    brandError(this, 'FallbackFailedError');
  }

  declare readonly name: 'FallbackFailedError';
  readonly code = 'FALLBACK_FAILED';
  /** The operation's error, followed by the errors of the fallbacks in the order they were tried. */
  readonly errors: readonly [primary: unknown, ...fallbacks: unknown[]];

  /** `cause` is the operation's error. */
  constructor(primary: unknown, ...fallbacks: readonly unknown[]) {
    super('The call failed and so did its fallback; see `errors` for both.', { cause: primary });
    this.errors = [primary, ...fallbacks];
  }
}

/**
 * Thrown when the last result counts as a failure and the retry has `judgedFailure: 'throw'`.
 *
 * @example
 * ```ts
 * try {
 *   await retry({ judgedFailure: 'throw' }).execute(() => database.getStudent(id));
 * } catch (error) {
 *   if (error instanceof ResultFailedError) log.warn(error.value);
 * }
 * ```
 */
export class ResultFailedError extends RecoveryError {
  static {
    brandError(this, 'ResultFailedError');
  }

  declare readonly name: 'ResultFailedError';
  readonly code = 'RESULT_FAILED';
  /** The result. */
  readonly value: unknown;

  /** @param rule the classification rule that matched the result */
  constructor(value: unknown, rule: string) {
    super(`The call returned a result that counts as a failure (${rule}).`);
    this.value = value;
  }
}

/**
 * The abort reason of the slower attempts of a hedged call, once another attempt has returned a result.
 *
 * @example
 * ```ts
 * await hedge({ delayMs: 100, idempotent: true }).execute(({ signal }) => {
 *   signal.addEventListener('abort', () => {
 *     if (signal.reason instanceof HedgeSupersededError) log.info('another attempt was faster');
 *   });
 *   return database.getStudent(id, { signal });
 * });
 * ```
 */
export class HedgeSupersededError extends FramelessError {
  static {
    brandError(this, 'HedgeSupersededError');
  }

  declare readonly name: 'HedgeSupersededError';
  readonly code = 'HEDGE_SUPERSEDED';

  constructor() {
    super('Another attempt of this call completed first.');
  }
}

/**
 * Thrown for invalid options or settings. Lists every problem at once; nothing was changed.
 *
 * @example
 * ```ts
 * try {
 *   circuitBreaker({ failureThreshold: 0 });
 * } catch (error) {
 *   if (error instanceof InvalidSettingsError) for (const issue of error.issues) log.warn(issue);
 * }
 * ```
 */
export class InvalidSettingsError extends RecoveryError {
  static {
    brandError(this, 'InvalidSettingsError');
  }

  declare readonly name: 'InvalidSettingsError';
  readonly code = 'INVALID_SETTINGS';
  /** One sentence per problem: the option, its value and what would be valid. */
  readonly issues: readonly string[];

  constructor(subject: string, issues: readonly string[]) {
    super(`${subject}: ${issues.join('; ')}.`);
    this.issues = issues;
  }
}

function openMessage(
  breaker: string,
  openForMs: number,
  retryAfterMs: number,
  reason: string,
  isolated: boolean,
): string {
  if (isolated) {
    return `Circuit breaker "${breaker}" blocks all calls for another ${seconds(retryAfterMs)} (${reason}).`;
  }
  const next = retryAfterMs > 0 ? `next probe in ${seconds(retryAfterMs)}.` : 'a probe is running.';
  return `Circuit breaker "${breaker}" has been open for ${seconds(openForMs)} (${reason}); ${next}`;
}

function seconds(durationMs: number): string {
  return durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${Math.round(durationMs / 100) / 10} s`;
}
