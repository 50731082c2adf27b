/** Everything that this library throws of its own. The dependency's own errors are thrown on as they are. */
export abstract class RecoveryError extends Error {
  /** Never changes between releases; compare this, not the message. */
  abstract readonly code: string;
}

/** One of our policies did not make the call: the operation did not run, so repeating it later is safe. */
export abstract class RefusedError extends RecoveryError {}

/** What a `CircuitBreakerOpenError` tells beside its message. */
export interface OpenCircuit {
  readonly breaker: string;
  /** Milliseconds since the circuit opened. */
  readonly openForMs: number;
  /** Milliseconds until the next test; 0 when a test is running now. */
  readonly retryAfterMs: number;
  /** Why it opened, in words, without anything from the error's message. */
  readonly reason: string;
}

/** The circuit is open, or its test calls are under way: the dependency was not called. */
export class CircuitBreakerOpenError extends RefusedError {
  override readonly name = 'CircuitBreakerOpenError';
  readonly code = 'CIRCUIT_OPEN';
  readonly breaker: string;
  readonly openForMs: number;
  readonly retryAfterMs: number;
  readonly reason: string;

  constructor({ breaker, openForMs, retryAfterMs, reason }: OpenCircuit) {
    super(
      `Circuit breaker "${breaker}" is open since ${seconds(openForMs)} ago (${reason}); ` +
        (retryAfterMs > 0 ? `it tests again in ${seconds(retryAfterMs)}.` : 'a test call is under way.'),
    );
    this.breaker = breaker;
    this.openForMs = openForMs;
    this.retryAfterMs = retryAfterMs;
    this.reason = reason;
  }
}

/** The deadline had passed before the call could start. */
export class DeadlineExceededError extends RefusedError {
  override readonly name = 'DeadlineExceededError';
  readonly code = 'DEADLINE_EXCEEDED';
  /** The pipeline that did not start the call. */
  readonly pipeline: string;

  constructor(pipeline: string) {
    super(`The deadline of the call had passed before "${pipeline}" could start it.`);
    this.pipeline = pipeline;
  }
}

/** The operation did not settle within its limit. Whether it took effect is unknown. */
export class CallTimeoutError extends RecoveryError {
  override readonly name = 'CallTimeoutError';
  readonly code = 'CALL_TIMEOUT';
  /** The limit in force, in milliseconds: the policy's own, or what was left until the deadline if that was less. */
  readonly limitMs: number;

  constructor(limitMs: number) {
    super(`The call did not answer within ${Math.round(limitMs)} ms.`);
    this.limitMs = limitMs;
  }
}

/** The operation failed and so did its fallback. */
export class FallbackFailedError extends RecoveryError {
  override readonly name = 'FallbackFailedError';
  readonly code = 'FALLBACK_FAILED';
  /** The operation's own error first, then the fallback's. */
  readonly errors: readonly [primary: unknown, fallback: unknown];

  /** `cause` is the operation's own error. */
  constructor(primary: unknown, fallback: unknown) {
    super('The call failed, and so did its fallback; `errors` has both.', { cause: primary });
    this.errors = [primary, fallback];
  }
}

/** Options or settings were wrong. Names every problem at once; nothing was changed. */
export class InvalidSettingsError extends RecoveryError {
  override readonly name = 'InvalidSettingsError';
  readonly code = 'INVALID_SETTINGS';
  /** One sentence per problem: the option, the value given and what would be right. */
  readonly issues: readonly string[];

  constructor(subject: string, issues: readonly string[]) {
    super(`${subject}: ${issues.join('; ')}.`);
    this.issues = issues;
  }
}

function seconds(durationMs: number): string {
  return durationMs < 1_000 ? `${Math.round(durationMs)} ms` : `${Math.round(durationMs / 100) / 10} s`;
}
