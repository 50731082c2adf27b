import { attemptMark, rememberAttempts, stoppedSince, type Attempt } from '../attempts.ts';
import type { Call, CallContext, Next, Operation } from '../call.ts';
import type { Classification, Classifier, ErrorClass } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { sleep } from '../clock.ts';
import { CircuitBreakerOpenError } from '../errors.ts';
import type { StopReason } from '../events.ts';
import type { Host, HostOptions } from '../host.ts';
import type { Outcome } from '../pipeline.ts';
import type { Policy } from '../policy.ts';
import { checkOptions, Settings, type ValuesOf } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import { Alone } from './alone.ts';
import { backoffMs, type Jitter } from './backoff.ts';

/** How a retry waits and when it stops. All of it is optional. */
export interface RetryOptions extends HostOptions {
  /** Shown to people and on metrics. Default `retry`. */
  readonly name?: string;
  /** `immediate` does not wait; `exponential` waits longer each time. Default `exponential`. */
  readonly strategy?: 'immediate' | 'exponential';
  /** Most calls of the operation, the first one included; 1 or more. Default 3. */
  readonly maxAttempts?: number;
  /** Milliseconds that the first delay is drawn from. Default 1,000. */
  readonly baseMs?: number;
  /** Growth of the delays; 1 or more. Default 2. */
  readonly factor?: number;
  /** The most that a computed delay may be, in milliseconds. Default 30,000. */
  readonly maxMs?: number;
  /**
   * The longest wait that the other side may ask for (`Retry-After`), in milliseconds. A longer one is not cut short,
   * that would be impolite and useless: the retry stops. Default 60,000.
   */
  readonly maxRetryAfterMs?: number;
  /** How chance changes the delays. Default `full`. */
  readonly jitter?: Jitter;
  /**
   * Whether the operation may run twice. Default true: who writes a retry around a call says so. With false, only what
   * surely had no effect is repeated.
   */
  readonly idempotent?: boolean;
  /** Whether to wait for an open circuit's next test instead of giving up. Default false. */
  readonly waitForOpenCircuit?: boolean;
  /** Whether to repeat what an inner retry has already given up on, so that attempts multiply. Default false. */
  readonly repeatRetried?: boolean;
  /** Decides what is worth repeating. Default `classify`. */
  readonly classify?: Classifier;
}

const spec = {
  maxAttempts: { min: 1, max: 1_000, unit: 'attempts', default: 3 },
  baseMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 1_000 },
  factor: { min: 1, max: 1_000, unit: 'factor', default: 2 },
  maxMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
  maxRetryAfterMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 60_000 },
} as const;

/** Stops of an inner retry after which an outer one must not begin again: the attempts would multiply. */
const FINAL_FOR_OUTER_LAYERS: ReadonlySet<StopReason> = new Set<StopReason>([
  'exhausted',
  'budget',
  'not-safe-to-repeat',
  'already-retried',
  'retry-after-too-long',
]);

/** Stops that are the normal course of things when they come at the first attempt. */
const NOT_WORTH_AN_EVENT: ReadonlySet<StopReason> = new Set<StopReason>([
  'persistent',
  'aborted',
  'circuit-open',
  'refused',
  'already-retried',
]);

/** Repeats a failed call while that is safe, useful and within the caller's deadline. */
export class Retry implements Policy {
  readonly name: string;
  readonly kind = 'retry';
  readonly settings: Settings<typeof spec>;
  readonly #strategy: 'immediate' | 'exponential';
  readonly #jitter: Jitter;
  readonly #idempotent: boolean;
  readonly #waitForOpenCircuit: boolean;
  readonly #repeatRetried: boolean;
  readonly #classify: Classifier;
  readonly #alone: Alone;
  readonly #counts = { calls: 0, attempts: 0, retries: 0, succeededAfterRetry: 0 };
  readonly #gaveUp: Partial<Record<StopReason, number>> = {};
  readonly #errors: Partial<Record<ErrorClass, number>> = {};
  #delayMsTotal = 0;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: RetryOptions = {}) {
    const subject = `retry "${typeof options?.name === 'string' ? options.name : 'retry'}"`;
    checkOptions(subject, options, spec, {
      name: 'string',
      strategy: ['immediate', 'exponential'],
      jitter: ['full', 'equal', 'decorrelated', 'none'],
      idempotent: 'boolean',
      waitForOpenCircuit: 'boolean',
      repeatRetried: 'boolean',
      classify: 'function',
      clock: 'clock',
      random: 'function',
      onEvent: 'function',
    });
    this.name = options.name ?? 'retry';
    this.settings = new Settings(subject, spec, { ...options });
    this.#strategy = options.strategy ?? 'exponential';
    this.#jitter = options.jitter ?? 'full';
    this.#idempotent = options.idempotent ?? true;
    this.#waitForOpenCircuit = options.waitForOpenCircuit ?? false;
    this.#repeatRetried = options.repeatRetried ?? false;
    this.#classify = options.classify ?? classify;
    this.#alone = new Alone(this, options);
  }

  /**
   * Runs the operation, again if need be.
   *
   * @throws the last attempt's error as it is, `attemptsOf(error)` has the others; the signal's reason when the caller
   *   leaves during a wait
   */
  execute<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<T> {
    return this.#alone.execute(operation, context);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T>> {
    return this.#alone.executeOutcome(operation, context);
  }

  attach(host: Host): void {
    this.#alone.attach(host);
  }

  async run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const failed: Attempt[] = [];
    let previousMs = 0;
    this.#counts.calls += 1;
    for (let current = call; ; current = call.withAttempt(current.attempt + 1)) {
      const mark = attemptMark();
      this.#counts.attempts += 1;
      try {
        const value = await next(current);
        if (failed.length > 0) this.#counts.succeededAfterRetry += 1;
        return value;
      } catch (error) {
        const limits = this.settings.values;
        const found = this.#classify(error, call.classifyContext());
        this.#errors[found.class] = (this.#errors[found.class] ?? 0) + 1;
        const attempt = current.attempt - call.attempt + 1;
        const delayMs = this.#delayMs(error, found, attempt, previousMs, limits, call.host.random);
        const stoppedBy = this.#stop(error, found, attempt, delayMs, mark, limits, call);
        if (stoppedBy !== undefined) throw this.#giveUp(call, stoppedBy, error, found, failed);
        failed.push({ attempt, error, delayMs });
        this.#counts.retries += 1;
        this.#delayMsTotal += delayMs;
        if (call.origin.trace !== undefined) call.origin.trace.waitedMs += delayMs;
        if (call.listening) call.emit(this.name, { type: 'retry', attempt, delayMs, error, classification: found });
        await this.#wait(call, delayMs, failed);
        previousMs = delayMs;
      }
    }
  }

  report(): Readonly<Record<string, ReportValue>> {
    const { retries } = this.#counts;
    return {
      strategy: this.#strategy,
      ...this.#counts,
      averageDelayMs: retries > 0 ? this.#delayMsTotal / retries : undefined,
      gaveUp: { ...this.#gaveUp },
      errors: { ...this.#errors },
    };
  }

  /** Why there must be no further attempt, if so. The order matters: the first reason is the one reported. */
  #stop(
    error: unknown,
    found: Classification,
    attempt: number,
    delayMs: number,
    mark: number,
    { maxAttempts, maxRetryAfterMs }: ValuesOf<typeof spec>,
    call: Call<unknown>,
  ): StopReason | undefined {
    if (call.aborted || found.class === 'cancelled') return 'aborted';
    const inner = this.#repeatRetried ? undefined : stoppedSince(error, mark);
    if (inner !== undefined && FINAL_FOR_OUTER_LAYERS.has(inner)) return 'already-retried';
    const isOpenCircuit = error instanceof CircuitBreakerOpenError;
    if (isOpenCircuit && !this.#waitForOpenCircuit) return 'circuit-open';
    if (found.class === 'refused' && !isOpenCircuit) return 'refused';
    if (!found.retryable && !isOpenCircuit) return 'persistent';
    if (!this.#idempotent && found.reachedServer !== 'no' && found.applied !== 'no') return 'not-safe-to-repeat';
    if (attempt >= maxAttempts) return 'exhausted';
    if (!isOpenCircuit && found.retryAfterMs !== undefined && found.retryAfterMs > maxRetryAfterMs) {
      return 'retry-after-too-long';
    }
    if (call.deadline !== Infinity && call.host.clock.now() + delayMs >= call.deadline) return 'deadline';
    return undefined;
  }

  /** What the other side asked for wins over what we compute. */
  #delayMs(
    error: unknown,
    found: Classification,
    attempt: number,
    previousMs: number,
    limits: ValuesOf<typeof spec>,
    random: () => number,
  ): number {
    const asked = error instanceof CircuitBreakerOpenError ? error.retryAfterMs : found.retryAfterMs;
    if (asked !== undefined && asked > 0) return asked;
    if (this.#strategy === 'immediate' || asked === 0) return 0;
    return backoffMs(attempt, previousMs, this.#jitter, limits, random);
  }

  /** No timer for no delay. Leaving during the wait ends it at once, with the caller's reason. */
  async #wait(call: Call<unknown>, delayMs: number, failed: readonly Attempt[]): Promise<void> {
    if (delayMs <= 0) return;
    try {
      await sleep(call.host.clock, delayMs, call);
    } catch (reason) {
      this.#count('aborted', call);
      rememberAttempts(reason, failed, 'aborted');
      throw reason;
    }
  }

  #giveUp(
    call: Call<unknown>,
    stoppedBy: StopReason,
    error: unknown,
    classification: Classification,
    failed: readonly Attempt[],
  ): unknown {
    const attempts = failed.length + 1;
    this.#count(stoppedBy, call);
    rememberAttempts(error, [...failed, { attempt: attempts, error, stoppedBy }], stoppedBy);
    if (call.listening && (attempts > 1 || !NOT_WORTH_AN_EVENT.has(stoppedBy))) {
      call.emit(this.name, { type: 'gave-up', attempts, stoppedBy, error, classification });
    }
    return error;
  }

  #count(stoppedBy: StopReason, call: Call<unknown>): void {
    this.#gaveUp[stoppedBy] = (this.#gaveUp[stoppedBy] ?? 0) + 1;
    if (call.origin.trace !== undefined) call.origin.trace.stoppedBy = stoppedBy;
  }
}

/** A retry policy. Without options: three attempts, delays drawn from up to 1 s and 2 s. */
export function retry(options?: RetryOptions): Retry {
  return new Retry(options);
}
