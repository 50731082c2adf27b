import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { BulkheadFullError, DeadlineExceededError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { gatesOf, queues, type Gate, type Places, type Policy } from '../policy.ts';
import { rejected } from '../rejected.ts';
import type { BulkheadReport } from '../reports.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from './standalone.ts';
import { Leases, type Lease } from './leases.ts';
import { Waiter, WaitQueue, type LookAgain } from './wait-queue.ts';

/**
 * Options of a bulkhead: how many calls may run, and how many may wait.
 *
 * @example
 * ```ts
 * const options: BulkheadOptions = { name: 'reports', limit: 4, queue: 20, maxWaitMs: 2_000 };
 * const reports = bulkhead(options);
 * ```
 */
export interface BulkheadOptions extends HostOptions {
  /** Shown in reports, errors and metrics. Default `bulkhead`. */
  readonly name?: string;
  /** Calls that may run at once; 1 to 1,000,000. */
  readonly limit: number;
  /** Calls that may wait for a place; 0 to 1,000,000. Default 0: calls are refused at once when all places are taken. */
  readonly queue?: number;
  /** The longest time a call waits, in milliseconds; 0 for as long as its caller waits. Default 0. */
  readonly maxWaitMs?: number;
}

const spec = {
  limit: { min: 1, max: 1_000_000, unit: 'calls', default: 10 },
  queue: { min: 0, max: 1_000_000, unit: 'calls', default: 0 },
  maxWaitMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
} as const;

/** Microtask turns that a result may take to pass through one policy. The most in any built-in policy is five. */
const HOPS = 8;
/** The same for an answer on its way out of a call in another call's operation, by functions of the user's. */
const NESTED_HOPS = 40;
/** How soon the first in line looks for a place where nobody may tell him of it. Milliseconds. */
const LOOK_MS = 5;

/**
 * Limits how many calls run at once, so that one slow dependency cannot use up all of a program's resources.
 *
 * A place is held until the operation has settled, even if a timeout around or inside the bulkhead has answered
 * earlier: work that is still running still uses resources.
 *
 * @example
 * ```ts
 * const reports = new Bulkhead({ name: 'reports', limit: 4, queue: 20 });
 * const students = await reports.execute(({ signal }) => database.query('select * from students', [], { signal }));
 * ```
 */
export class Bulkhead implements Policy {
  readonly name: string;
  readonly kind = 'bulkhead';
  readonly settings: Settings<typeof spec>;
  /** For inner policies that answer before the work has ended. */
  readonly places: Places = {
    take: (call) => {
      this.#running += 1;
      if (call !== undefined && !this.#standalone.sharesTimers(call.host)) this.#abandoned.set(call, this.#lease(call));
    },
    giveBack: (call) => {
      const lease = call === undefined ? undefined : this.#abandoned.get(call);
      if (lease === undefined) this.#release();
      else if (lease.end()) this.#release();
    },
  };
  readonly #standalone: Standalone;
  readonly #line = new WaitQueue(
    {
      areLeft: (now) => {
        const { limit } = this.settings.values;
        if (this.#running >= limit) this.#dropGone(now);
        return this.#running < limit;
      },
      // Count the place before the call starts, so no other call can take it.
      take: () => {
        this.#running += 1;
      },
    },
    () => this.#admit(),
  );
  /** Calls further back in the queue poll less often. */
  readonly #lookAgainMs = (_now: number, before: number): number =>
    LOOK_MS * (1 + Math.floor(before / this.settings.values.limit));
  #running = 0;
  /** Places of calls that a runtime may end without notice. Created when first needed. */
  #leases: Leases | undefined;
  readonly #abandoned = new WeakMap<Call<unknown>, Lease>();
  /** Most microtask turns until a result has reached the outer gates; 0 without gates. */
  #hops = 0;
  readonly #counts = { calls: 0, refused: 0, waited: 0, left: 0 };
  // One pair of handlers for all calls: no allocation per call.
  readonly #good = <T>(value: T): T => {
    this.#release();
    return value;
  };
  readonly #bad = (error: unknown): never => {
    this.#release();
    throw error;
  };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: BulkheadOptions) {
    const subject = `bulkhead "${typeof options?.name === 'string' ? options.name : 'bulkhead'}"`;
    const others = { name: 'string', ...hostOptions } as const;
    checkOptions(subject, options, spec, others);
    // Required at run time too: no default fits every resource.
    if (options.limit === undefined) checkOptions(subject, { limit: Number.NaN }, spec, others);
    this.name = options.name ?? 'bulkhead';
    const onChange = (): void => {
      this.#announceQueue();
      this.#admit();
    };
    this.settings = new Settings(subject, spec, { ...options }, { onChange });
    this.#announceQueue();
    this.#standalone = new Standalone(this, options);
  }

  /**
   * Runs the operation as soon as a place is free.
   *
   * @throws BulkheadFullError when all places are taken and the queue is full, or after `maxWaitMs` in the queue;
   *   DeadlineExceededError when the call's deadline passes in the queue; otherwise the operation's own error, unchanged
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
    const gates = gatesOf(outer);
    const outermost = outer.findIndex((policy) => 'gate' in policy);
    if (gates.length > 0) this.#hops = Math.max(this.#hops, (outer.length - outermost) * HOPS);
    return (call) => this.#enter(call, next, gates);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    return this.#enter(call, next, []);
  }

  #enter<T>(call: Call<T>, next: Next<T>, gates: readonly Gate[]): Promise<T> {
    this.#counts.calls += 1;
    if (this.#isFree()) {
      this.#running += 1;
      if (this.#standalone.sharesTimers(call.host)) return start(call, next).then(this.#good, this.#bad);
      return this.#startLeased(call, next);
    }
    if (this.#leases !== undefined) {
      const { clock } = call.host;
      this.#line.dropGone(clock);
      this.#dropGone(clock.now());
      if (this.#isFree()) {
        this.#running += 1;
        return this.#startLeased(call, next);
      }
    }
    if (this.#line.size >= this.settings.values.queue) return rejected(this.refusal(call));
    return this.#wait(call, next, gates);
  }

  #announceQueue(): void {
    if (this.settings.values.queue > 0) queues.exist = true;
  }

  /** New calls never jump the queue. */
  #isFree(): boolean {
    return this.#running < this.settings.values.limit && this.#line.size === 0;
  }

  report(): BulkheadReport {
    return {
      running: this.#running,
      waiting: this.#line.size,
      ...this.#counts,
    };
  }

  #wait<T>(call: Call<T>, next: Next<T>, gates: readonly Gate[]): Promise<T> {
    const { maxWaitMs } = this.settings.values;
    const patienceMs = maxWaitMs === 0 ? Infinity : maxWaitMs;
    // Read the clock only when there is a deadline.
    const leftMs = call.deadline === Infinity ? Infinity : call.deadline - call.host.clock.now();
    const lookAgainMs = this.#standalone.sharesTimers(call.host) ? undefined : this.#lookAgainMs;
    this.#counts.waited += 1;
    return new Promise<T>((resolve, reject) => {
      const waiter = new QueuedCall(this, call, next, gates, lookAgainMs, leftMs <= patienceMs, resolve, reject);
      if (waiter.isNested) this.#hops = Math.max(this.#hops, NESTED_HOPS);
      this.#line.join(waiter, Math.min(leftMs, patienceMs));
    });
  }

  /**
   * For `QueuedCall`, which already holds a place.
   *
   * @internal
   */
  startQueued<T>({ own: call, rest: next, look, resolve, reject }: QueuedCall<T>): void {
    if (look !== undefined) {
      this.#startLeased(call, next).then(resolve, reject);
      return;
    }
    start(call, next).then(
      (value) => {
        this.#release();
        resolve(value);
      },
      (error: unknown) => {
        this.#release();
        reject(error);
      },
    );
  }

  /**
   * For `QueuedCall`: counts a call that has left the queue without a place.
   *
   * @internal
   */
  left(): void {
    this.#counts.left += 1;
  }

  #startLeased<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const lease = this.#lease(call);
    const end = (): void => {
      if (lease.end()) this.#release();
    };
    return start(call, next).then(
      (value) => {
        end();
        return value;
      },
      (error: unknown) => {
        end();
        throw error;
      },
    );
  }

  #lease(call: Call<unknown>): Lease {
    this.#leases ??= new Leases(() => {
      this.#running += 1;
    });
    return this.#leases.begin(call.host.clock);
  }

  #dropGone(now: number): void {
    if (this.#leases !== undefined) this.#running -= this.#leases.dropGone(now);
  }

  #release(): void {
    if (this.#line.size > 0 && this.#hops > 0) void this.#releaseSoon();
    else this.#freePlace();
  }

  /** Frees the place once outer breakers have recorded this result: they decide on the next queued call. */
  async #releaseSoon(): Promise<void> {
    for (let hop = 0; hop < this.#hops; hop += 1) await Promise.resolve();
    this.#freePlace();
  }

  #freePlace(): void {
    this.#running -= 1;
    this.#admit();
  }

  #admit(): void {
    if (this.#line.size > 0) this.#line.admit(0);
  }

  /**
   * Counts and reports a refusal. Also used by `QueuedCall`.
   *
   * @internal
   */
  refusal(call: Call<unknown>): BulkheadFullError {
    this.#counts.refused += 1;
    const error = call.framed(new BulkheadFullError(this.name, this.#running, this.#line.size));
    if (call.listening) call.emit(this.name, { type: 'refused', error });
    return error;
  }
}

/** A call in the queue. A class, because closures for each possible end would cost more than waiting. */
class QueuedCall<T> extends Waiter {
  readonly bulkhead: Bulkhead;
  readonly own: Call<T>;
  readonly rest: Next<T>;
  readonly hasDeadline: boolean;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;

  /** @param hasDeadline whether the call's deadline comes before the longest wait */
  constructor(
    owner: Bulkhead,
    call: Call<T>,
    next: Next<T>,
    gates: readonly Gate[],
    lookAgainMs: LookAgain | undefined,
    hasDeadline: boolean,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    super(call, gates, lookAgainMs);
    this.bulkhead = owner;
    this.own = call;
    this.rest = next;
    this.hasDeadline = hasDeadline;
    this.resolve = resolve;
    this.reject = reject;
  }

  admit(): void {
    this.bulkhead.startQueued(this);
  }

  refuse(error: unknown): void {
    this.bulkhead.left();
    this.reject(error);
  }

  late(): unknown {
    const { call } = this;
    return this.hasDeadline ? call.framed(new DeadlineExceededError(call.pipeline)) : this.bulkhead.refusal(call);
  }
}

/**
 * Limits how many calls run at once, as `new Bulkhead(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const reports = pipeline('reports', [retry(), bulkhead({ limit: 4, queue: 20 })]);
 * const students = await reports.execute(({ signal }) => database.query('select * from students', [], { signal }));
 * ```
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  return new Bulkhead(options);
}
