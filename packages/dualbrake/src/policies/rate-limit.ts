import { timersOf } from '../clock.ts';
import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { RateLimitError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { gatesOf, queues, type Gate, type Policy } from '../policy.ts';
import { rejected } from '../rejected.ts';
import type { RateLimitReport } from '../reports.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from './standalone.ts';
import { Waiter, WaitQueue, type LookAgain } from './wait-queue.ts';

/**
 * Options of a rate limit: how many calls may start per time.
 *
 * @example
 * ```ts
 * const options: RateLimitOptions = { name: 'mail', limit: 100, perMs: 60_000, burst: 10, queue: 50 };
 * const mails = rateLimit(options);
 * ```
 */
export interface RateLimitOptions extends HostOptions {
  /** Shown in reports, errors and metrics. Default `rate-limit`. */
  readonly name?: string;
  /** Average number of calls per `perMs` milliseconds; 1 to 1,000,000. */
  readonly limit: number;
  /** Length of the period in milliseconds; 0.001 or more. */
  readonly perMs: number;
  /** Calls that may start at once after a quiet period; 1 to 1,000,000. Default: `limit`. 1 spaces all calls evenly. */
  readonly burst?: number;
  /** Calls that may wait for their turn; 0 to 1,000,000. Default 0: calls above the rate are refused at once. */
  readonly queue?: number;
}

const spec = {
  limit: { min: 1, max: 1_000_000, unit: 'calls', default: 1 },
  perMs: { min: 0.001, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 1_000 },
  burst: { min: 1, max: 1_000_000, unit: 'calls', default: 1 },
  queue: { min: 0, max: 1_000_000, unit: 'calls', default: 0 },
} as const;

/** A millionth of a millisecond. A smaller difference is a rounding error, not an early call. */
const ROUNDING_MS = 1e-6;

/**
 * A token bucket: up to `burst` calls at once, refilled evenly with `limit` tokens per `perMs`. With a queue, calls wait
 * for their turn, first in, first out.
 *
 * The state is one number, the time at which the bucket will be full, so there is nothing to refill and no drift. There
 * is no timer while the queue is empty. In any `perMs` milliseconds, at most `limit + burst` calls start.
 *
 * @example
 * ```ts
 * const mails = new RateLimit({ name: 'mail', limit: 100, perMs: 60_000, queue: 50 });
 * await mails.execute(() => mailServer.send({ to: 'ana@example.com', text: 'Your lesson starts at nine.' }));
 * ```
 */
export class RateLimit implements Policy {
  readonly name: string;
  readonly kind = 'rate-limit';
  readonly settings: Settings<typeof spec>;
  readonly #standalone: Standalone;
  readonly #line: WaitQueue;
  /** Clock reading at which the bucket will be full again. */
  #fullAt = -Infinity;
  #adopted: Settings<typeof spec>['values'];
  #cancelTurn: (() => void) | undefined;
  /** The timers that the turn's timer was set with. A test's fake timers disappear with the test, and that timer too. */
  #turnSetBy: unknown;
  readonly #lookAgainMs: LookAgain = (now, before) => this.#dueInMs(now) + before * this.#intervalMs;
  readonly #counts = { calls: 0, refused: 0, waited: 0, left: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: RateLimitOptions) {
    const subject = `rate limit "${typeof options?.name === 'string' ? options.name : 'rate-limit'}"`;
    const others = { name: 'string', ...hostOptions } as const;
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
    if (this.settings.values.queue > 0) queues.exist = true;
    this.#adopted = this.settings.values;
    this.#line = new WaitQueue({ areLeft: (now) => this.#dueInMs(now) === 0, take: (now) => this.#spend(now) }, () =>
      this.#lineChanged(),
    );
    this.#standalone = new Standalone(this, options);
  }

  /**
   * Runs the operation as soon as the rate allows.
   *
   * @throws RateLimitError when the rate is used up and the queue is full, or the call's turn would come after its
   *   deadline; otherwise the operation's own error, unchanged
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
    return (call) => this.#enter(call, next, gates);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    return this.#enter(call, next, []);
  }

  #enter<T>(call: Call<T>, next: Next<T>, gates: readonly Gate[]): Promise<T> {
    const { clock } = call.host;
    const now = clock.now();
    this.#counts.calls += 1;
    if (this.#line.size > 0) this.#line.dropGone(clock);
    // New calls never jump the queue.
    if (this.#line.size === 0 && this.#dueInMs(now) === 0) {
      this.#spend(now);
      return start(call, next);
    }
    const waitMs = this.#dueInMs(now) + this.#line.size * this.#intervalMs;
    if (this.#line.size >= this.#adopted.queue || now + waitMs >= call.deadline) return this.#refuse(call, waitMs);
    return this.#wait(call, next, gates, now);
  }

  /** State and counts as plain JSON. @param now reading of its clock; default: what the clock shows now */
  report(now: number = this.#standalone.host.clock.now()): RateLimitReport {
    return { tokens: this.#tokens(now), waiting: this.#line.size, ...this.#counts };
  }

  #wait<T>(call: Call<T>, next: Next<T>, gates: readonly Gate[], now: number): Promise<T> {
    this.#counts.waited += 1;
    return new Promise<T>((resolve, reject) => {
      const lookAgainMs = this.#standalone.sharesTimers(call.host) ? undefined : this.#lookAgainMs;
      const admit = (): void => resolve(start(call, next));
      const refuse = (error: unknown): void => {
        this.#counts.left += 1;
        reject(error);
      };
      // No limit: the deadline was checked above, and the turn can only come earlier than computed there.
      this.#line.join(new PacedCall(call, gates, lookAgainMs, admit, refuse), Infinity);
      if (lookAgainMs === undefined) this.#arm(now);
    });
  }

  /** Sets one timer, for the turn of the first queued call. */
  #arm(now: number): void {
    const { clock } = this.#standalone.host;
    const timers = timersOf(clock);
    if (this.#cancelTurn !== undefined && this.#turnSetBy === timers) return;
    this.#disarm();
    const delayMs = this.#dueInMs(now);
    this.#turnSetBy = timers;
    this.#cancelTurn = clock.after(delayMs, () => {
      this.#cancelTurn = undefined;
      // Trust the timer: that much time has passed, even if the clock shows less.
      const at = Math.max(clock.now(), now + delayMs);
      this.#line.admit(at);
      if (this.#line.isServed) this.#arm(at);
    });
  }

  #disarm(): void {
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
  }

  /** Keeps the timer only while calls wait for it. */
  #lineChanged(): void {
    if (this.#line.isServed) this.#arm(this.#standalone.host.clock.now());
    else this.#disarm();
  }

  #spend(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#intervalMs;
  }

  /** Milliseconds until a token is available; 0 if one is. */
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

  /** Applies changed settings. Tokens in the bucket stay, as many as fit; queued calls may start earlier or later. */
  #adopt(): void {
    const now = this.#standalone.host.clock.now();
    const tokens = this.#tokens(now);
    this.#adopted = this.settings.values;
    const { burst, queue } = this.#adopted;
    if (queue > 0) queues.exist = true;
    this.#fullAt = now + (burst - Math.min(tokens, burst)) * this.#intervalMs;
    if (this.#cancelTurn === undefined) return;
    this.#disarm();
    this.#arm(now);
  }

  #refuse(call: Call<unknown>, retryAfterMs: number): Promise<never> {
    this.#counts.refused += 1;
    const error = call.framed(new RateLimitError(this.name, retryAfterMs));
    if (call.listening) call.emit(this.name, { type: 'refused', error });
    return rejected(error);
  }
}

/** A call in the queue. */
class PacedCall extends Waiter {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;

  constructor(
    call: Call<unknown>,
    gates: readonly Gate[],
    lookAgainMs: LookAgain | undefined,
    admit: () => void,
    refuse: (error: unknown) => void,
  ) {
    super(call, gates, lookAgainMs);
    this.admit = admit;
    this.refuse = refuse;
  }

  /** Never called: a queued call has no time limit of its own. */
  late(): unknown {
    return undefined;
  }
}

/**
 * Limits how many calls start per time, as `new RateLimit(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const mails = pipeline('mail', [retry(), rateLimit({ limit: 100, perMs: 60_000, queue: 50 })]);
 * await mails.execute(() => mailServer.send({ to: 'ana@example.com', text: 'Your lesson starts at nine.' }));
 * ```
 */
export function rateLimit(options: RateLimitOptions): RateLimit {
  return new RateLimit(options);
}
