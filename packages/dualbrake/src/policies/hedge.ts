import { captureContext, inThisContext, type InContext } from '../async-context.ts';
import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Classifier } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { discard } from '../discard.ts';
import { HedgeSupersededError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { LazySignal } from '../lazy-signal.ts';
import { classifyCall } from '../limits.ts';
import { placesOf, type Places, type Policy } from '../policy.ts';
import type { HedgeReport } from '../reports.ts';
import { beginAttempt, wasRetried } from '../retried.ts';
import { checkOptions, Settings } from '../settings.ts';
import { StreamBranch } from '../stream-progress.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from './standalone.ts';
import { allowsAnother, budgetIssues, recordFirst, type AttemptBudget } from './attempt-budget.ts';

/**
 * Options of a hedge: when it starts another attempt, and how many.
 *
 * @example
 * ```ts
 * const options: HedgeOptions = { name: 'replicas', delayMs: 100, maxHedges: 2, idempotent: true };
 * const policy = hedge(options);
 * ```
 */
export interface HedgeOptions extends HostOptions {
  /** Shown in reports and metrics. Default `hedge`. */
  readonly name?: string;
  /** Milliseconds to wait for a result before starting the next attempt; 0 to start all attempts at once. */
  readonly delayMs: number;
  /** Attempts besides the first one; 1 to 100. Default 1. */
  readonly maxHedges?: number;
  /** Must be `true`: several attempts may run to the end, so only an operation that may run twice can be hedged. */
  readonly idempotent: true;
  /** Shared limit on extra attempts, such as the budget of the retries. Default: none. */
  readonly budget?: AttemptBudget;
  /** Classifies errors, and so decides which failures are worth another attempt. Must be synchronous. Default `classify`. */
  readonly classify?: Classifier;
}

const spec = {
  delayMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
  maxHedges: { min: 1, max: 100, unit: 'attempts', default: 1 },
} as const;

/**
 * Starts a slow call a second time and returns whichever result comes first. The other attempts are aborted and their
 * results are dropped. For the slow tail of idempotent reads.
 *
 * @example
 * ```ts
 * const replicas = new Hedge({ delayMs: 100, idempotent: true });
 * const student = await replicas.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export class Hedge implements Policy {
  readonly name: string;
  readonly kind = 'hedge';
  readonly settings: Settings<typeof spec>;
  readonly #classify: Classifier;
  readonly #budget: AttemptBudget | undefined;
  readonly #standalone: Standalone;
  readonly #counts = { calls: 0, hedges: 0, wonByHedge: 0, denied: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: HedgeOptions) {
    const subject = `hedge "${typeof options?.name === 'string' ? options.name : 'hedge'}"`;
    const { delayMs, idempotent } = Object(options) as Partial<HedgeOptions>;
    checkOptions(
      subject,
      options,
      spec,
      {
        name: 'string',
        idempotent: 'boolean',
        budget: 'anything',
        classify: 'sync function',
        ...hostOptions,
      },
      [
        ...budgetIssues(options?.budget),
        ...(delayMs === undefined ? ['delayMs must be given'] : []),
        ...(idempotent === true ? [] : ['idempotent must be true: attempts run at the same time']),
      ],
    );
    this.name = options.name ?? 'hedge';
    this.settings = new Settings(subject, spec, { ...options });
    this.#classify = options.classify ?? classify;
    this.#budget = options.budget;
    this.#standalone = new Standalone(this, options);
  }

  /**
   * Runs the operation, with extra attempts while it is slow or fails.
   *
   * @throws the error of the first attempt that is not worth repeating, otherwise of the last one, unchanged
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

  link(next: Next<unknown>, outer: readonly Policy<unknown>[]): Next<unknown> {
    const places = placesOf(outer);
    return (call) => this.#race(call, next, places);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    return this.#race(call, next, []);
  }

  #race<T>(call: Call<T>, next: Next<T>, places: readonly Places[]): Promise<T> {
    this.#counts.calls += 1;
    if (this.#budget !== undefined) recordFirst(this.#budget, call.host.clock.now());
    return new Promise<T>((resolve, reject) => new Race(this, call, next, places, resolve, reject).begin());
  }

  report(): HedgeReport {
    return { ...this.#counts };
  }

  /**
   * For `Race`: whether another attempt may start. If so, counts and reports it.
   *
   * @internal
   */
  mayStart(call: Call<unknown>, attempt: number, afterMs: number): boolean {
    const now = call.host.clock.now();
    if (now >= call.deadline) return false;
    if (this.#budget !== undefined && !allowsAnother(this.#budget, now)) {
      this.#counts.denied += 1;
      return false;
    }
    this.#counts.hedges += 1;
    if (call.listening) call.emit(this.name, { type: 'hedge', attempt, afterMs });
    return true;
  }

  /**
   * For `Race`: whether another attempt may succeed after this error.
   *
   * @internal
   */
  isWorthAnother(error: unknown, call: Call<unknown>): boolean {
    const found = classifyCall(this.#classify, error, call);
    return found.retryable && found.class !== 'cancelled' && !call.aborted;
  }

  /**
   * For `Race`: counts a call that an extra attempt has answered.
   *
   * @internal
   */
  wonByHedge(): void {
    this.#counts.wonByHedge += 1;
  }
}

/** The attempts of one call. */
class Race<T> {
  readonly #hedge: Hedge;
  readonly #call: Call<T>;
  readonly #next: Next<T>;
  readonly #places: readonly Places[];
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  /** Signals of the running attempts, by number of the attempt. */
  readonly #running = new Map<number, LazySignal>();
  #startedAt = 0;
  #attempts = 0;
  #isOver = false;
  /** For streams: the attempt that has sent its first item. */
  #begun: number | undefined;
  #cancelNext: (() => void) | undefined;
  #inContext: InContext | undefined;

  constructor(
    policy: Hedge,
    call: Call<T>,
    next: Next<T>,
    places: readonly Places[],
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#hedge = policy;
    this.#call = call;
    this.#next = next;
    this.#places = places;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    this.#startedAt = this.#call.host.clock.now();
    this.#start();
    this.#scheduleNext();
  }

  #start(): void {
    const call = this.#call;
    this.#attempts += 1;
    const attempt = this.#attempts;
    const signal = new LazySignal(undefined, call.lazySignal);
    this.#running.set(attempt, signal);
    let own = call.withAttempt(call.attempt + attempt - 1).withLimit(signal, call.deadline);
    if (call.stream !== undefined) own = own.withStream(new StreamBranch(call.stream, () => this.#begins(attempt)));
    const began = beginAttempt();
    start(own, this.#next).then(
      (value) => this.#answered(attempt, signal, value),
      (error: unknown) => this.#failed(attempt, signal, error, wasRetried(error, own, began, began)),
    );
  }

  /** An attempt at a stream has its first item: it continues, whatever happens next, and the others are aborted. */
  #begins(attempt: number): void {
    this.#begun = attempt;
    this.#running.delete(attempt);
    if (attempt > 1) this.#hedge.wonByHedge();
    this.#end();
  }

  /** Schedules the next attempt, unless the race is over or no attempt is left. */
  #scheduleNext(): void {
    const { delayMs, maxHedges } = this.#hedge.settings.values;
    if (this.#isOver || this.#attempts > maxHedges) return;
    if (delayMs === 0) {
      if (this.#startAnother()) this.#scheduleNext();
      return;
    }
    // The extra attempt must run in the caller's async context, whichever context the timer fires in.
    this.#inContext ??= captureContext() ?? inThisContext;
    this.#cancelNext = this.#call.host.clock.after(delayMs, () => this.#inContext?.(() => this.#timeHasCome()));
  }

  #timeHasCome(): void {
    this.#cancelNext = undefined;
    if (this.#startAnother()) this.#scheduleNext();
  }

  #startAnother(): boolean {
    const afterMs = this.#call.host.clock.now() - this.#startedAt;
    if (this.#isOver || this.#call.aborted || !this.#hedge.mayStart(this.#call, this.#attempts + 1, afterMs))
      return false;
    this.#start();
    return true;
  }

  #answered(attempt: number, signal: LazySignal, value: T): void {
    this.#running.delete(attempt);
    if (attempt === this.#begun) {
      signal.release();
      this.#resolve(value);
      return;
    }
    if (this.#isOver) {
      signal.release();
      discard(value);
      this.#loserEnded();
      return;
    }
    signal.letGo(value);
    if (attempt > 1) this.#hedge.wonByHedge();
    this.#end();
    this.#resolve(value);
  }

  #failed(attempt: number, signal: LazySignal, error: unknown, wasRetriedInside: boolean): void {
    signal.letGo(error);
    this.#running.delete(attempt);
    if (attempt === this.#begun) {
      signal.release();
      this.#reject(error);
      return;
    }
    if (this.#isOver) {
      this.#loserEnded();
      return;
    }
    if (!this.#hedge.isWorthAnother(error, this.#call)) {
      this.#end();
      this.#reject(error);
      return;
    }
    // After a failure there is nothing to wait for: start the next attempt now, if one is left.
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    const isLeft = !wasRetriedInside && this.#attempts <= this.#hedge.settings.values.maxHedges;
    if (isLeft && this.#startAnother()) this.#scheduleNext();
    else if (this.#running.size === 0) {
      this.#end();
      this.#reject(error);
    }
  }

  /** Ends the race: aborts running attempts, and keeps the places of outer bulkheads until those have ended. */
  #end(): void {
    this.#isOver = true;
    this.#cancelNext?.();
    if (this.#running.size === 0) return;
    for (const places of this.#places) places.take(this.#call);
    const reason = new HedgeSupersededError();
    for (const signal of this.#running.values()) signal.abort(reason);
  }

  #loserEnded(): void {
    if (this.#running.size > 0) return;
    for (const places of this.#places) places.giveBack(this.#call);
  }
}

/**
 * Starts slow calls a second time, as `new Hedge(options)`. Only for operations that may run twice.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const read = pipeline('students.read', [timeout({ limitMs: 1_000 }), hedge({ delayMs: 100, idempotent: true })]);
 * const student = await read.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export function hedge(options: HedgeOptions): Hedge {
  return new Hedge(options);
}
