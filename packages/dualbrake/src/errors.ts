import { brandError, isInstance } from './brand.ts';
import { framesBack, framesOff } from './frames.ts';

/**
 * Everything that this library throws of its own. The dependency's own errors are thrown on as they are.
 *
 * All are native errors: `message`, `name` and `stack` can be written, `structuredClone` knows them, and what makes them
 * up beside their message are enumerable fields, for logs.
 */
export abstract class RecoveryError extends Error {
  /** Never changes between releases; compare this, not the message. */
  abstract readonly code: string;

  static {
    brandError(this, 'RecoveryError');
  }

  /** `instanceof` also knows the errors of another copy of this package, and never throws. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/**
 * Made without stack frames. In an outage refusals are made thousands of times a second, frames are most of what an
 * error costs, and a timer has none that anybody wants; `stackTraces: true` gives them those of the caller.
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

/** One of our policies did not make the call: the operation did not run, so repeating it later is safe. */
export abstract class RefusedError extends FramelessError {
  static {
    brandError(this, 'RefusedError');
  }
}

/** What a `CircuitBreakerOpenError` tells beside its message. */
export interface OpenCircuit {
  readonly breaker: string;
  /** Milliseconds since the circuit opened. */
  readonly openForMs: number;
  /** Milliseconds until the next test; 0 when a test is running now. */
  readonly retryAfterMs: number;
  /** Why it opened, in words, without anything from the error's message. */
  readonly reason: string;
  /** An operator blocks the calls, and `retryAfterMs` is the time until that ends; nothing is tested before. Default: no. */
  readonly isolated?: boolean;
}

/** The circuit is open, or its test calls are under way: the dependency was not called. */
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
  /** An operator blocks the calls: the dependency may be well. */
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

/** The deadline had passed before the call could start. */
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

/** As many calls run as may, and no place is left to wait. */
export class BulkheadFullError extends RefusedError {
  static {
    brandError(this, 'BulkheadFullError');
  }

  declare readonly name: 'BulkheadFullError';
  readonly code = 'BULKHEAD_FULL';
  readonly bulkhead: string;
  /** Calls that run. */
  readonly running: number;
  /** Calls that wait. */
  readonly waiting: number;

  constructor(bulkhead: string, running: number, waiting: number) {
    super(`Bulkhead "${bulkhead}" is full: ${running} calls run and ${waiting} wait.`);
    this.bulkhead = bulkhead;
    this.running = running;
    this.waiting = waiting;
  }
}

/** The rate of calls is used up, and no place is left to wait. */
export class RateLimitError extends RefusedError {
  static {
    brandError(this, 'RateLimitError');
  }

  declare readonly name: 'RateLimitError';
  readonly code = 'RATE_LIMITED';
  readonly rateLimit: string;
  /** Milliseconds until a call would be let through, if no other came first. */
  readonly retryAfterMs: number;

  constructor(rateLimit: string, retryAfterMs: number) {
    super(`Rate limit "${rateLimit}" is used up; the next call may be made in ${seconds(retryAfterMs)}.`);
    this.rateLimit = rateLimit;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The operation did not settle within its limit. Whether it took effect is unknown. */
export class CallTimeoutError extends FramelessError {
  static {
    brandError(this, 'CallTimeoutError');
  }

  declare readonly name: 'CallTimeoutError';
  readonly code = 'CALL_TIMEOUT';
  /** The limit in force, in milliseconds: the policy's own, or what was left until the deadline if that was less. */
  readonly limitMs: number;
  /**
   * Whose limit that was: `policy` for one of the pipeline's own, `caller` for a deadline that the caller gave or that
   * was inherited. The impatience of one caller says nothing about the dependency, so breakers do not count it.
   */
  readonly limitedBy: 'policy' | 'caller';

  /**
   * @param limitMs milliseconds
   * @param options `cause`: an error that came before, if there was one
   */
  constructor(limitMs: number, limitedBy: 'policy' | 'caller' = 'policy', options?: ErrorOptions) {
    const whose = limitedBy === 'caller' ? ', which was all the time that its caller had left' : '';
    super(`The call did not answer within ${Math.round(limitMs)} ms${whose}.`, options);
    this.limitMs = limitMs;
    this.limitedBy = limitedBy;
  }
}

/** The operation failed and so did what should have answered instead. */
export class FallbackFailedError extends RecoveryError {
  static {
    brandError(this, 'FallbackFailedError');
  }

  declare readonly name: 'FallbackFailedError';
  readonly code = 'FALLBACK_FAILED';
  /** The operation's own error first, then those of the fallbacks, in the order in which they were tried. */
  readonly errors: readonly [primary: unknown, ...fallbacks: unknown[]];

  /** `cause` is the operation's own error. */
  constructor(primary: unknown, ...fallbacks: readonly unknown[]) {
    super('The call failed, and so did its fallback; `errors` has all of them.', { cause: primary });
    this.errors = [primary, ...fallbacks];
  }
}

/** The last answer was judged a failure, and it was asked to be thrown. */
export class ResultFailedError extends RecoveryError {
  static {
    brandError(this, 'ResultFailedError');
  }

  declare readonly name: 'ResultFailedError';
  readonly code = 'RESULT_FAILED';
  /** The answer. */
  readonly value: unknown;

  /** @param rule the classification rule that judged it */
  constructor(value: unknown, rule: string) {
    super(`The call answered, but its answer counts as a failure (${rule}).`);
    this.value = value;
  }
}

/** Another attempt of the same hedged call has answered: the reason of the slower ones' signals. */
export class HedgeSupersededError extends FramelessError {
  static {
    brandError(this, 'HedgeSupersededError');
  }

  declare readonly name: 'HedgeSupersededError';
  readonly code = 'HEDGE_SUPERSEDED';

  constructor() {
    super('Another attempt of this call has answered first.');
  }
}

/** Options or settings were wrong. Names every problem at once; nothing was changed. */
export class InvalidSettingsError extends RecoveryError {
  static {
    brandError(this, 'InvalidSettingsError');
  }

  declare readonly name: 'InvalidSettingsError';
  readonly code = 'INVALID_SETTINGS';
  /** One sentence per problem: the option, the value given and what would be right. */
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
    return `Circuit breaker "${breaker}" blocks calls for another ${seconds(retryAfterMs)}, by an operator (${reason}).`;
  }
  const next = retryAfterMs > 0 ? `next probe in ${seconds(retryAfterMs)}.` : 'a probe is running.';
  return `Circuit breaker "${breaker}" has been open for ${seconds(openForMs)} (${reason}); ${next}`;
}

function seconds(durationMs: number): string {
  return durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${Math.round(durationMs / 100) / 10} s`;
}
