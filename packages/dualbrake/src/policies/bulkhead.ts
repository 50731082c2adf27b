import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { BulkheadFullError, DeadlineExceededError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { gatesOf, type Gate, type Places, type Policy } from '../policy.ts';
import { rejected } from '../rejected.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import type { StreamOperation } from '../stream.ts';
import { Alone } from './alone.ts';
import { Leases, type Lease } from './leases.ts';
import { Waiter, WaitingLine, type LookAgain } from './waiting-line.ts';

/** How many calls may run and wait. */
export interface BulkheadOptions extends HostOptions {
  /** Shown to people, in errors and on metrics. Default `bulkhead`. */
  readonly name?: string;
  /** Calls that may run at once; 1 or more. */
  readonly limit: number;
  /** Calls that may wait for a place; 0 or more. Default 0: who finds no place is refused at once. */
  readonly queue?: number;
  /** The longest that a call waits, in milliseconds; 0 for as long as its caller does. Default 0. */
  readonly maxWaitMs?: number;
}

const spec = {
  limit: { min: 1, max: 1_000_000, unit: 'calls', default: 10 },
  queue: { min: 0, max: 1_000_000, unit: 'calls', default: 0 },
  maxWaitMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
} as const;

/** Turns of the microtask queue that an answer may spend in one policy; the most in any of ours is five. */
const HOPS = 8;
/** The same for an answer on its way out of a call in another call's operation, by functions of the user's. */
const NESTED_HOPS = 40;
/** How soon the first in line looks for a place where nobody may tell him of it. Milliseconds. */
const LOOK_MS = 5;

/**
 * Limits how many calls run at once, so that one slow dependency cannot take all of a program's resources.
 *
 * A place is held until the operation has settled, also when a timeout around or inside the bulkhead has answered
 * before: what still runs still costs.
 */
export class Bulkhead implements Policy {
  readonly name: string;
  readonly kind = 'bulkhead';
  readonly settings: Settings<typeof spec>;
  /** For policies further in that answer before the work has ended. */
  readonly places: Places = {
    take: (call) => {
      this.#running += 1;
      if (call !== undefined && !this.#alone.sharesTimers(call.host)) this.#abandoned.set(call, this.#lease(call));
    },
    giveBack: (call) => {
      const lease = call === undefined ? undefined : this.#abandoned.get(call);
      if (lease === undefined) this.#release();
      else if (lease.end()) this.#release();
    },
  };
  readonly #alone: Alone;
  readonly #line = new WaitingLine(
    {
      areLeft: (now) => {
        const { limit } = this.settings.values;
        if (this.#running >= limit) this.#dropGone(now);
        return this.#running < limit;
      },
      // Taken before the call goes on, so that nobody can come between.
      take: () => {
        this.#running += 1;
      },
    },
    () => this.#admit(),
  );
  /** Who stands far behind looks less often. */
  readonly #lookAgainMs = (_now: number, before: number): number =>
    LOOK_MS * (1 + Math.floor(before / this.settings.values.limit));
  #running = 0;
  /** Places of calls whose requests may end without a word; nothing where there are none such. */
  #leases: Leases | undefined;
  readonly #abandoned = new WeakMap<Call<unknown>, Lease>();
  /** How many turns of the microtask queue an answer takes at most to reach the gates around; 0 where there are none. */
  #hops = 0;
  readonly #counts = { calls: 0, refused: 0, waited: 0, left: 0 };
  // One pair for all calls: a place is like another.
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
    // Asked for here and not in the type alone: no number of ours fits everybody's resource.
    if (options.limit === undefined) checkOptions(subject, { limit: Number.NaN }, spec, others);
    this.name = options.name ?? 'bulkhead';
    this.settings = new Settings(subject, spec, { ...options }, { onChange: () => this.#admit() });
    this.#alone = new Alone(this, options);
  }

  /** @throws BulkheadFullError when there is no place to run or to wait */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T> {
    return this.#alone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T>> {
    return this.#alone.executeOutcome(operation, options);
  }

  /** The same for an operation that answers item by item. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    return this.#alone.executeStream(operation, options);
  }

  attach(host: Host): void {
    this.#alone.attach(host);
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
      if (this.#alone.sharesTimers(call.host)) return start(call, next).then(this.#good, this.#bad);
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

  /** Who comes now must not overtake who waits. */
  #isFree(): boolean {
    return this.#running < this.settings.values.limit && this.#line.size === 0;
  }

  report(): Readonly<Record<string, ReportValue>> {
    return {
      running: this.#running,
      waiting: this.#line.size,
      ...this.#counts,
    };
  }

  #wait<T>(call: Call<T>, next: Next<T>, gates: readonly Gate[]): Promise<T> {
    const { maxWaitMs } = this.settings.values;
    const patienceMs = maxWaitMs === 0 ? Infinity : maxWaitMs;
    // The clock is asked for those whom it concerns.
    const leftMs = call.deadline === Infinity ? Infinity : call.deadline - call.host.clock.now();
    const lookAgainMs = this.#alone.sharesTimers(call.host) ? undefined : this.#lookAgainMs;
    this.#counts.waited += 1;
    return new Promise<T>((resolve, reject) => {
      const waiter = new QueuedCall(this, call, next, gates, lookAgainMs, leftMs <= patienceMs, resolve, reject);
      if (waiter.isNested) this.#hops = Math.max(this.#hops, NESTED_HOPS);
      this.#line.join(waiter, Math.min(leftMs, patienceMs));
    });
  }

  /** For `QueuedCall`: its place was taken when its turn came. */
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

  /** For `QueuedCall`: it goes without having had a place. */
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

  /** Who is asked again must have heard first how the call before came out. */
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

  /** For `QueuedCall`, too. Counts it, and tells of it. */
  refusal(call: Call<unknown>): BulkheadFullError {
    this.#counts.refused += 1;
    const error = call.framed(new BulkheadFullError(this.name, this.#running, this.#line.size));
    if (call.listening) call.emit(this.name, { type: 'refused', error });
    return error;
  }
}

/** A call in the queue. A class, because a function for each thing that may become of it would cost more than waiting. */
class QueuedCall<T> extends Waiter {
  readonly bulkhead: Bulkhead;
  readonly own: Call<T>;
  readonly rest: Next<T>;
  readonly hasDeadline: boolean;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;

  /** @param hasDeadline whether the call's own deadline comes before the longest wait */
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

/** A limit on how many calls run at once. */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  return new Bulkhead(options);
}
