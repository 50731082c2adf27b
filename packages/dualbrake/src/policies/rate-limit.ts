import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { RateLimitError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import type { Host, HostOptions } from '../host.ts';
import type { Policy } from '../policy.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { ReportValue } from '../steerable.ts';
import type { StreamOperation } from '../stream.ts';
import { Alone } from './alone.ts';
import { WaitingLine } from './waiting-line.ts';

/** How many calls may be made in a time. */
export interface RateLimitOptions extends HostOptions {
  /** Shown to people, in errors and on metrics. Default `rate-limit`. */
  readonly name?: string;
  /** Calls that may be made in `perMs` milliseconds in the long run; 1 or more. */
  readonly limit: number;
  /** Milliseconds; more than 0. */
  readonly perMs: number;
  /** Calls that may be made at once after a quiet time; 1 or more. Default: `limit`. 1 spaces all calls evenly. */
  readonly burst?: number;
  /** Calls that may wait for their turn; 0 or more. Default 0: who comes too early is refused at once. */
  readonly queue?: number;
}

const spec = {
  limit: { min: 1, max: 1_000_000, unit: 'calls', default: 1 },
  perMs: { min: 0.001, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 1_000 },
  burst: { min: 1, max: 1_000_000, unit: 'calls', default: 1 },
  queue: { min: 0, max: 1_000_000, unit: 'calls', default: 0 },
} as const;

/** A millionth of a millisecond: less than this is what adding fractions loses, not a call that comes too early. */
const ROUNDING_MS = 1e-6;

/**
 * A token bucket: `burst` calls at once, refilled evenly with `limit` tokens per `perMs`. With a queue, calls wait for
 * their turn, first in, first out.
 *
 * Kept as one number, the time at which the bucket would be full: nothing to refill, nothing to drift, no timer while
 * nobody waits. In any `perMs` milliseconds no more than `limit + burst` calls are made.
 */
export class RateLimit implements Policy {
  readonly name: string;
  readonly kind = 'rate-limit';
  readonly settings: Settings<typeof spec>;
  readonly #alone: Alone;
  readonly #line: WaitingLine;
  /** Clock reading at which the bucket would be full again. */
  #fullAt = -Infinity;
  #adopted: Settings<typeof spec>['values'];
  #cancelTurn: (() => void) | undefined;
  readonly #counts = { calls: 0, refused: 0, waited: 0, left: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: RateLimitOptions) {
    const subject = `rate limit "${typeof options?.name === 'string' ? options.name : 'rate-limit'}"`;
    const others = { name: 'string', clock: 'clock', random: 'function', onEvent: 'function' } as const;
    const missing = ['limit', 'perMs'].filter((name) => Object(options)[name] === undefined);
    checkOptions(
      subject,
      options,
      spec,
      others,
      missing.map((name) => `${name} must be given`),
    );
    this.name = options.name ?? 'rate-limit';
    const given = { ...options, burst: options.burst ?? options.limit };
    this.settings = new Settings(subject, spec, given, { onChange: () => this.#adopt() });
    this.#adopted = this.settings.values;
    this.#line = new WaitingLine(() => this.#left());
    this.#alone = new Alone(this, options);
  }

  /** @throws RateLimitError when the rate is used up and there is no place to wait */
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
    const now = call.host.clock.now();
    this.#counts.calls += 1;
    // Who comes now must not overtake who waits.
    if (this.#line.size === 0 && this.#take(now)) return start(call, next);
    const waitMs = this.#dueInMs(now) + this.#line.size * this.#intervalMs;
    if (this.#line.size >= this.#adopted.queue || now + waitMs >= call.deadline) return this.#refuse(call, waitMs);
    return this.#wait(call, next, now);
  }

  report(now: number): Readonly<Record<string, ReportValue>> {
    return { tokens: this.#tokens(now), waiting: this.#line.size, ...this.#counts };
  }

  #wait<T>(call: Call<T>, next: Next<T>, now: number): Promise<T> {
    this.#counts.waited += 1;
    return new Promise<T>((resolve, reject) => {
      const admit = (): void => resolve(start(call, next));
      const refuse = (error: unknown): void => {
        this.#counts.left += 1;
        reject(error);
      };
      // Its deadline was looked at already, and its turn can only come earlier than was reckoned.
      this.#line.join(call, Infinity, () => undefined, admit, refuse);
      if (this.#cancelTurn === undefined) this.#arm(now);
    });
  }

  /** One timer, for the turn of the first one. */
  #arm(now: number): void {
    const { clock } = this.#alone.host;
    this.#cancelTurn = clock.after(this.#dueInMs(now), () => {
      this.#cancelTurn = undefined;
      const at = clock.now();
      while (this.#line.size > 0 && this.#take(at)) this.#line.admitFirst();
      if (this.#line.size > 0) this.#arm(at);
    });
  }

  /** Nothing may stay behind when nobody waits any more. */
  #left(): void {
    if (this.#line.size > 0) return;
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
  }

  #take(now: number): boolean {
    if (this.#dueInMs(now) > 0) return false;
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
    return true;
  }

  /** Milliseconds until there is a token; 0 when there is one. */
  #dueInMs(now: number): number {
    const dueAt = this.#fullAt - (this.#adopted.burst - 1) * this.#intervalMs;
    return dueAt - now <= ROUNDING_MS ? 0 : dueAt - now;
  }

  #tokens(now: number): number {
    const { burst } = this.#adopted;
    return Math.min(burst, burst - (this.#fullAt - now) / this.#intervalMs);
  }

  get #intervalMs(): number {
    return this.#adopted.perMs / this.#adopted.limit;
  }

  /** The tokens that are there stay, as many as fit; who waits may have his turn earlier or later. */
  #adopt(): void {
    const now = this.#alone.host.clock.now();
    const tokens = this.#tokens(now);
    this.#adopted = this.settings.values;
    const { burst } = this.#adopted;
    this.#fullAt = now + (burst - Math.min(tokens, burst)) * this.#intervalMs;
    if (this.#cancelTurn === undefined) return;
    this.#cancelTurn();
    this.#arm(now);
  }

  #refuse(call: Call<unknown>, retryAfterMs: number): Promise<never> {
    this.#counts.refused += 1;
    const error = new RateLimitError(this.name, retryAfterMs);
    if (call.listening) call.emit(this.name, { type: 'refused', error });
    return Promise.reject(error);
  }
}

/** A limit on how many calls are made in a time. */
export function rateLimit(options: RateLimitOptions): RateLimit {
  return new RateLimit(options);
}
