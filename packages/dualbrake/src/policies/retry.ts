import { attemptList, rememberAttempts, type Attempt } from '../attempts.ts';
import { isOurs } from '../brand.ts';
import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Classification, Classifier, ErrorClass } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { judgedBy } from '../classify/condition.ts';
import { sleep } from '../clock.ts';
import { discard } from '../discard.ts';
import { RefusedError, ResultFailedError, type CircuitBreakerOpenError } from '../errors.ts';
import type { StopReason } from '../events.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { classifyCall, isImpatience } from '../limits.ts';
import type { Policy } from '../policy.ts';
import type { RetryRecorder } from '../recorder.ts';
import type { RetryReport } from '../reports.ts';
import { beginAttempt, see, tellGivenUp, wasRetried } from '../retried.ts';
import { checkOptions, Settings, type ValuesOf } from '../settings.ts';
import { streamEnd } from '../stream-progress.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from './standalone.ts';
import { allowsAnother, budgetIssues, giveBackTo, recordFirst, type AttemptBudget } from './attempt-budget.ts';
import { backoffMs, type Jitter } from './backoff.ts';
import type { ResultJudge } from './circuit-breaker-options.ts';
import { adaptiveRules, ruleFor, ruleIssues, type RetryRule } from './retry-rule.ts';

/**
 * Options of a retry: how long it waits, and when it stops. All are optional.
 *
 * @example
 * ```ts
 * const options: RetryOptions = {
 *   name: 'students-retry',
 *   maxAttempts: 4,
 *   baseMs: 200,
 *   budget: retryBudget({ ratio: 0.1 }),
 * };
 * const policy = retry(options);
 * ```
 */
export interface RetryOptions extends HostOptions {
  /** Shown in reports and metrics. Default `retry`. */
  readonly name?: string;
  /**
   * `immediate` does not wait; `exponential` waits longer after each attempt; `adaptive` follows `rules`, or built-in
   * rules for locks, rate limits and overloaded resources if none are given. Default `exponential`.
   */
  readonly strategy?: 'immediate' | 'exponential' | 'adaptive';
  /** Most attempts, including the first; 1 to 1,000. Default 3. */
  readonly maxAttempts?: number;
  /** Base of the delays: the first delay before jitter, in milliseconds. Default 1,000. */
  readonly baseMs?: number;
  /** Backoff factor: multiplies the delay after each attempt; 1 to 1,000. Default 2. */
  readonly factor?: number;
  /** Upper limit of a computed delay, in milliseconds. Default 30,000. */
  readonly maxMs?: number;
  /**
   * The longest `Retry-After` that the retry waits for, in milliseconds. If the server asks for more, the retry stops
   * rather than coming back too early. Default 60,000.
   */
  readonly maxRetryAfterMs?: number;
  /** How the delays are randomized. Default `full`. */
  readonly jitter?: Jitter;
  /**
   * Whether the operation may run twice. Default true. With false, an attempt is only repeated if it certainly had no
   * effect. `idempotent` in the options of a call takes precedence.
   */
  readonly idempotent?: boolean;
  /** Whether to wait for the next probe of an open circuit, if the deadline allows, rather than give up. Default false. */
  readonly waitForOpenCircuit?: boolean;
  /** Whether to retry errors that an inner retry has already given up on. Attempts then multiply. Default false. */
  readonly repeatRetried?: boolean;
  /** How to retry certain errors. The first rule whose condition holds applies. */
  readonly rules?: readonly RetryRule[];
  /** Shared limit on retries, so they cannot become the load that keeps a dependency down. Default: none. */
  readonly budget?: AttemptBudget;
  /** Checks results. A result that it classifies as a failure is retried like an error, after its body is released. */
  readonly judge?: ResultJudge;
  /**
   * What to do with the last result if `judge` rejects it: return it (`answer`), or throw `ResultFailedError` (`throw`).
   * Default `answer`.
   */
  readonly judgedFailure?: 'answer' | 'throw';
  /** Classifies errors, and so decides which are retried. Must be synchronous. Default `classify`. */
  readonly classify?: Classifier;
}

const spec = {
  maxAttempts: { min: 1, max: 1_000, unit: 'attempts', default: 3 },
  baseMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 1_000 },
  factor: { min: 1, max: 1_000, unit: 'factor', default: 2 },
  maxMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 },
  maxRetryAfterMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 60_000 },
} as const;

/** Reasons to stop that are normal after a first attempt, and so send no event. */
const NOT_WORTH_AN_EVENT: ReadonlySet<StopReason> = new Set<StopReason>([
  'persistent',
  'aborted',
  'circuit-open',
  'refused',
  'already-retried',
]);

/**
 * Repeats a failed call while that is safe, useful and within the caller's deadline.
 *
 * @example
 * ```ts
 * const policy = new Retry({ maxAttempts: 4, baseMs: 200 });
 * const student = await policy.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export class Retry implements Policy {
  readonly name: string;
  readonly kind = 'retry';
  readonly settings: Settings<typeof spec>;
  readonly #strategy: 'immediate' | 'exponential' | 'adaptive';
  readonly #rules: readonly RetryRule[];
  readonly #jitter: Jitter;
  readonly #idempotent: boolean;
  readonly #waitForOpenCircuit: boolean;
  readonly #repeatRetried: boolean;
  readonly #classify: Classifier;
  readonly #judge: ResultJudge | undefined;
  readonly #throwsJudged: boolean;
  readonly #budget: AttemptBudget | undefined;
  readonly #standalone: Standalone;
  readonly #counts = { calls: 0, repeated: 0, retries: 0, succeededAfterRetry: 0 };
  readonly #gaveUp: Partial<Record<StopReason, number>> = {};
  readonly #errors: Partial<Record<ErrorClass, number>> = {};
  #delayMsTotal = 0;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: RetryOptions = {}) {
    const subject = `retry "${typeof options?.name === 'string' ? options.name : 'retry'}"`;
    checkOptions(
      subject,
      options,
      spec,
      {
        name: 'string',
        strategy: ['immediate', 'exponential', 'adaptive'],
        jitter: ['full', 'equal', 'decorrelated', 'none'],
        idempotent: 'boolean',
        waitForOpenCircuit: 'boolean',
        repeatRetried: 'boolean',
        rules: 'anything',
        budget: 'anything',
        judge: 'sync function',
        judgedFailure: ['answer', 'throw'],
        classify: 'sync function',
        ...hostOptions,
      },
      [...ruleIssues(options?.rules), ...budgetIssues(options?.budget)],
    );
    this.name = options.name ?? 'retry';
    this.settings = new Settings(subject, spec, { ...options });
    this.#strategy = options.strategy ?? 'exponential';
    this.#rules = options.rules ?? (options.strategy === 'adaptive' ? adaptiveRules : []);
    this.#jitter = options.jitter ?? 'full';
    this.#idempotent = options.idempotent ?? true;
    this.#waitForOpenCircuit = options.waitForOpenCircuit ?? false;
    this.#repeatRetried = options.repeatRetried ?? false;
    this.#classify = options.classify ?? classify;
    this.#judge = options.judge;
    this.#throwsJudged = options.judgedFailure === 'throw';
    this.#budget = options.budget;
    this.#standalone = new Standalone(this, options);
  }

  /**
   * Runs the operation, and repeats it if it fails.
   *
   * @throws the last attempt's error, unchanged; `attemptsOf(error)` has the others. If the caller aborts during a wait,
   *   the signal's reason.
   */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T> {
    return this.#standalone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T>> {
    return this.#standalone.executeOutcome(operation, options);
  }

  /** The same for an operation that returns items one by one. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    return this.#standalone.executeStream(operation, options);
  }

  attach(host: Host): void {
    this.#standalone.attach(host);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    this.#counts.calls += 1;
    if (this.#budget !== undefined) recordFirst(this.#budget, call.host.clock.now());
    const recorder = call.executor.host.recorder?.retry(this);
    if (recorder !== undefined) return this.#runRecorded(call, next, recorder);
    const began = beginAttempt();
    const result = start(call, next);
    const judge = this.#judge;
    // A closure per call, because a failure must know its call.
    const failed = (error: unknown): Promise<T> => this.#again(call, next, began, { threw: true, error }, undefined);
    if (judge === undefined) return result.then(undefined, failed);
    return result.then((value) => {
      const found = judged(judge, value);
      return found === undefined ? value : this.#again(call, next, began, { threw: false, value, found }, undefined);
    }, failed);
  }

  /** The same, with the outcome reported to a recorder. */
  #runRecorded<T>(call: Call<T>, next: Next<T>, recorder: RetryRecorder): Promise<T> {
    const { clock } = call.executor.host;
    const startedAt = clock.now();
    const began = beginAttempt();
    recorder.began();
    const recorded: Recorded = { recorder, startedAt, attemptAt: startedAt, waitedMs: 0 };
    const again = (failure: Failure<T>): Promise<T> => this.#again(call, next, began, failure, recorded);
    return start(call, next).then(
      (value) => {
        const found = this.#judge === undefined ? undefined : judged(this.#judge, value);
        if (found !== undefined) return again({ threw: false, value, found });
        const tookMs = clock.now() - startedAt;
        recorder.succeeded(1, tookMs, tookMs);
        return value;
      },
      (error: unknown) => again({ threw: true, error }),
    );
  }

  /** Continues after a failed first attempt. @param trip when that attempt began, which identifies this call */
  async #again<T>(
    call: Call<T>,
    next: Next<T>,
    trip: number,
    first: Failure<T>,
    recorded: Recorded | undefined,
  ): Promise<T> {
    const failed: Attempt[] = [];
    let failure = first;
    let previousMs = 0;
    let began = trip;
    /** When the budget granted the failed attempt; `undefined` for the first one, and without a budget. */
    let takenAt: number | undefined;
    for (let current = call; ;) {
      const limits = this.settings.values;
      const { error } = failure.threw ? failure : { error: undefined };
      const found = failure.threw ? classifyCall(this.#classify, error, call) : failure.found;
      this.#errors[found.class] = (this.#errors[found.class] ?? 0) + 1;
      if (takenAt !== undefined && failure.threw && error instanceof RefusedError) this.#giveBack(call, takenAt);
      const attempt = current.attempt - call.attempt + 1;
      const result = failure.threw ? error : failure.value;
      const wasRetriedInside = wasRetried(result, current, trip, began);
      const sighting = see(result, trip);
      const ruled = this.#rules.length === 0 ? undefined : ruleFor(this.#rules, error, found);
      // Awaited only if it is a promise: an await costs a microtask turn.
      const rule = ruled instanceof Promise ? await ruled : ruled;
      const delayMs = this.#delayMs(error, found, attempt, previousMs, limits, rule, call.host.random);
      // The clock is asked for those whom it concerns.
      const now = this.#budget === undefined && call.limitedTo === undefined ? 0 : call.host.clock.now();
      takenAt = this.#budget === undefined ? undefined : now;
      const stoppedBy = this.#stop(error, found, attempt, delayMs, wasRetriedInside, limits, rule, call, now);
      if (stoppedBy !== undefined) {
        if (recorded !== undefined) tellGaveUp(recorded, attempt, stoppedBy, found, call);
        tellGivenUp(sighting, stoppedBy, call);
        return this.#giveUp(call, stoppedBy, failure, found, failed, trip);
      }
      failed.push({ attempt, error, delayMs });
      this.#counts.retries += 1;
      this.#delayMsTotal += delayMs;
      if (call.trace !== undefined) call.trace.waitedMs += delayMs;
      // No delay means no timer and no microtask turn. The timer is set before the event is sent, because a listener may
      // advance the clock, as tests do.
      const waiting = delayMs > 0 ? this.#wait(call, delayMs, failed, recorded, attempt, takenAt) : undefined;
      if (call.listening) call.emit(this.name, { type: 'retry', attempt, delayMs, error, classification: found });
      if (!failure.threw) discard(failure.value);
      if (recorded !== undefined) tellWaits(recorded, attempt, delayMs, found, call);
      if (waiting !== undefined) await waiting;
      if (recorded !== undefined) {
        recorded.recorder.continues(attempt);
        recorded.attemptAt = call.host.clock.now();
      }
      previousMs = delayMs;
      current = call.withAttempt(current.attempt + 1);
      began = beginAttempt();
      this.#counts.repeated += 1;
      try {
        const value = await start(current, next);
        const verdict = this.#judge === undefined ? undefined : judged(this.#judge, value);
        if (verdict === undefined) {
          this.#counts.succeededAfterRetry += 1;
          if (recorded !== undefined) tellSucceeded(recorded, attempt + 1, call);
          return value;
        }
        failure = { threw: false, value, found: verdict };
      } catch (thrown) {
        failure = { threw: true, error: thrown };
      }
    }
  }

  report(): RetryReport {
    const { calls, repeated, retries, succeededAfterRetry } = this.#counts;
    return {
      strategy: this.#strategy,
      calls,
      attempts: calls + repeated,
      retries,
      succeededAfterRetry,
      averageDelayMs: retries > 0 ? this.#delayMsTotal / retries : undefined,
      gaveUp: { ...this.#gaveUp },
      errors: { ...this.#errors },
    };
  }

  /** Why there must be no further attempt, or `undefined`. The order matters: the first reason is reported. */
  #stop(
    error: unknown,
    found: Classification,
    attempt: number,
    delayMs: number,
    wasRetriedInside: boolean,
    { maxAttempts, maxRetryAfterMs }: ValuesOf<typeof spec>,
    rule: RetryRule | undefined,
    call: Call<unknown>,
    now: number,
  ): StopReason | undefined {
    if (call.aborted || found.class === 'cancelled') return 'aborted';
    if (call.stream?.begun === true) return 'already-begun';
    // The caller's time is up: another attempt would not give them more.
    if (isImpatience(found)) return 'deadline';
    if (wasRetriedInside && !this.#repeatRetried) return 'already-retried';
    const isOpenCircuit = isOurs(error, 'CIRCUIT_OPEN');
    if (isOpenCircuit && !this.#waitForOpenCircuit) return 'circuit-open';
    if (found.class === 'refused' && !isOpenCircuit) return 'refused';
    if (!found.retryable && !isOpenCircuit) return 'persistent';
    const idempotent = call.idempotent ?? this.#idempotent;
    if (!idempotent && found.reachedServer !== 'no' && found.applied !== 'no') return 'not-safe-to-repeat';
    if (attempt >= (rule?.maxAttempts ?? maxAttempts)) return 'exhausted';
    if (!isOpenCircuit && found.retryAfterMs !== undefined && found.retryAfterMs > maxRetryAfterMs) {
      return 'retry-after-too-long';
    }
    if (call.deadline !== Infinity && now + delayMs >= call.deadline) return 'deadline';
    // Last, because the budget counts what it grants; and before the wait, so no call waits only to be refused.
    if (this.#budget !== undefined && !allowsAnother(this.#budget, now)) return 'budget';
    return undefined;
  }

  /** Milliseconds before the next attempt. What the server asks for takes precedence over the computed delay. */
  #delayMs(
    error: unknown,
    found: Classification,
    attempt: number,
    previousMs: number,
    limits: ValuesOf<typeof spec>,
    rule: RetryRule | undefined,
    random: () => number,
  ): number {
    const asked = isOurs(error, 'CIRCUIT_OPEN') ? (error as CircuitBreakerOpenError).retryAfterMs : found.retryAfterMs;
    if (asked !== undefined && asked > 0) return asked;
    // Follow a Retry-After of 0 only once: a server that always sends 0 must not get all attempts in a burst.
    if (asked === 0 && attempt === 1) return 0;
    if (rule?.delayMs !== undefined) {
      const always = { baseMs: rule.delayMs, factor: 1, maxMs: rule.delayMs };
      return backoffMs(1, 0, this.#jitter === 'decorrelated' ? 'full' : this.#jitter, always, random);
    }
    if ((rule?.strategy ?? this.#strategy) === 'immediate') return 0;
    const { baseMs = limits.baseMs } = rule ?? {};
    return backoffMs(attempt, previousMs, this.#jitter, { ...limits, baseMs }, random);
  }

  /** Waits for the delay. If the caller aborts, it ends at once with their reason. */
  async #wait(
    call: Call<unknown>,
    delayMs: number,
    failed: readonly Attempt[],
    recorded: Recorded | undefined,
    attempt: number,
    takenAt: number | undefined,
  ): Promise<void> {
    try {
      await sleep(call.host.clock, delayMs, call);
    } catch (reason) {
      this.#count('aborted', call);
      recorded?.recorder.left(attempt, call.host.clock.now() - recorded.startedAt, recorded.waitedMs);
      if (takenAt !== undefined) this.#giveBack(call, takenAt);
      if (call.trace !== undefined) call.trace.attemptList = failed;
      rememberAttempts(reason, attemptList(failed, 'aborted'));
      throw reason;
    }
  }

  /** Ends the call: throws the last attempt's error, or returns its result. */
  #giveUp<T>(
    call: Call<unknown>,
    stoppedBy: StopReason,
    failure: Failure<T>,
    classification: Classification,
    failed: readonly Attempt[],
    trip: number,
  ): T {
    const attempts = failed.length + 1;
    const error = failure.threw
      ? failure.error
      : call.framed(new ResultFailedError(failure.value, classification.rule));
    this.#count(stoppedBy, call);
    const list = attemptList([...failed, { attempt: attempts, error, stoppedBy }], stoppedBy);
    if (call.trace !== undefined) call.trace.attemptList = list;
    rememberAttempts(failure.threw || this.#throwsJudged ? error : failure.value, list);
    if (call.listening && (attempts > 1 || !NOT_WORTH_AN_EVENT.has(stoppedBy))) {
      call.emit(this.name, { type: 'gave-up', attempts, stoppedBy, error, classification });
    }
    if (!failure.threw && !this.#throwsJudged) return failure.value;
    // The error that stands for the result has just been created.
    if (!failure.threw) tellGivenUp(see(error, trip), stoppedBy, call);
    throw error;
  }

  /** Gives back an attempt that the budget granted but that was not made. */
  #giveBack(call: Call<unknown>, takenAt: number): void {
    if (this.#budget !== undefined) giveBackTo(this.#budget, call.host.clock.now(), takenAt);
  }

  #count(stoppedBy: StopReason, call: Call<unknown>): void {
    this.#gaveUp[stoppedBy] = (this.#gaveUp[stoppedBy] ?? 0) + 1;
    if (call.trace !== undefined) call.trace.stoppedBy = stoppedBy;
  }
}

/** What is recorded about one call. */
interface Recorded {
  readonly recorder: RetryRecorder;
  readonly startedAt: number;
  /** When the running attempt began. */
  attemptAt: number;
  waitedMs: number;
}

function tellWaits(
  recorded: Recorded,
  attempt: number,
  delayMs: number,
  found: Classification,
  call: Call<unknown>,
): void {
  const attemptMs = call.host.clock.now() - recorded.attemptAt;
  recorded.waitedMs += delayMs;
  recorded.recorder.waits(attempt, attemptMs, delayMs, found, call);
}

function tellSucceeded(recorded: Recorded, attempt: number, call: Call<unknown>): void {
  const now = call.host.clock.now();
  recorded.recorder.succeeded(attempt, now - recorded.attemptAt, now - recorded.startedAt);
}

function tellGaveUp(
  { recorder, startedAt, attemptAt, waitedMs }: Recorded,
  attempt: number,
  stoppedBy: StopReason,
  found: Classification,
  call: Call<unknown>,
): void {
  const now = call.host.clock.now();
  recorder.gaveUp(attempt, now - attemptAt, now - startedAt, waitedMs, stoppedBy, found, call);
}

/** How an attempt failed: it threw, or `judge` rejected its result. */
type Failure<T> =
  | { readonly threw: true; readonly error: unknown }
  | { readonly threw: false; readonly value: T; readonly found: Classification };

function judged(judge: ResultJudge, value: unknown): Classification | undefined {
  return value === streamEnd ? undefined : judgedBy(judge, value);
}

/**
 * Repeats failed calls, as `new Retry(options)`. By default up to three attempts, with random delays of up to 1 s and 2 s.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const students = pipeline('students', [retry({ maxAttempts: 4, baseMs: 200 }), timeout({ limitMs: 2_000 })]);
 * const student = await students.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export function retry(options?: RetryOptions): Retry {
  return new Retry(options);
}
