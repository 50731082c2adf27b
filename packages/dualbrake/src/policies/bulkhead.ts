import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { BulkheadFullError, DeadlineExceededError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import type { Host, HostOptions } from '../host.ts';
import type { Places, Policy } from '../policy.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import type { StreamOperation } from '../stream.ts';
import { Alone } from './alone.ts';
import { WaitingLine } from './waiting-line.ts';

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
    take: () => {
      this.#running += 1;
    },
    giveBack: () => this.#release(),
  };
  readonly #alone: Alone;
  readonly #line = new WaitingLine();
  #running = 0;
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
    const others = { name: 'string', clock: 'clock', random: 'function', onEvent: 'function' } as const;
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

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const { limit, queue } = this.settings.values;
    this.#counts.calls += 1;
    // Who comes now must not overtake who waits.
    if (this.#running < limit && this.#line.size === 0) {
      this.#running += 1;
      return start(call, next).then(this.#good, this.#bad);
    }
    if (this.#line.size >= queue) return Promise.reject(this.#refusal(call));
    return this.#wait(call, next);
  }

  report(): Readonly<Record<string, ReportValue>> {
    return {
      running: this.#running,
      waiting: this.#line.size,
      ...this.#counts,
    };
  }

  #wait<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const { clock } = call.host;
    const { maxWaitMs } = this.settings.values;
    const patienceMs = maxWaitMs === 0 ? Infinity : maxWaitMs;
    // The clock is asked for those whom it concerns.
    const leftMs = call.deadline === Infinity ? Infinity : call.deadline - clock.now();
    const late = (): unknown => (leftMs <= patienceMs ? new DeadlineExceededError(call.pipeline) : this.#refusal(call));
    this.#counts.waited += 1;
    return new Promise<T>((resolve, reject) => {
      const admit = (): void => {
        // The place was taken for this call when its turn came.
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
      };
      const refuse = (error: unknown): void => {
        this.#counts.left += 1;
        reject(error);
      };
      this.#line.join(call, Math.min(leftMs, patienceMs), late, admit, refuse);
    });
  }

  #release(): void {
    this.#running -= 1;
    if (this.#line.size > 0) this.#admit();
  }

  /** Places are taken for those whose turn has come before they go on, so that nobody can come between. */
  #admit(): void {
    const { limit } = this.settings.values;
    while (this.#running < limit && this.#line.size > 0) {
      this.#running += 1;
      this.#line.admitFirst();
    }
  }

  #refusal(call: Call<unknown>): BulkheadFullError {
    this.#counts.refused += 1;
    const error = new BulkheadFullError(this.name, this.#running, this.#line.size);
    if (call.listening) call.emit(this.name, { type: 'refused', error });
    return error;
  }
}

/** A limit on how many calls run at once. */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  return new Bulkhead(options);
}
