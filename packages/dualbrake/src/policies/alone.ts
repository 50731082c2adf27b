import { brandPolicy, isSameClock } from '../brand.ts';
import { Executor, type Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { execute, executeOutcome, invoke, type Outcome } from '../execution.ts';
import { asksForHost, hostOf, type Host, type HostOptions } from '../host.ts';
import { linkOf } from '../link.ts';
import type { Policy } from '../policy.ts';
import { executeStream, type StreamedItem, type StreamOperation } from '../stream.ts';

/**
 * What a built-in policy needs to be used without a pipeline: a chain of itself alone.
 * Its clock is the one given to the policy, else that of the pipeline that lists it, else the machine's.
 */
export class Alone<F = never> {
  readonly #policy: Policy<F>;
  readonly #clock: HostOptions['clock'];
  readonly #sharedTimers: boolean | undefined;
  readonly #stackTraces: boolean | undefined;
  #host: Host | undefined;
  #executor: Executor | undefined;

  constructor(policy: Policy<F>, options: HostOptions) {
    this.#policy = policy;
    brandPolicy(policy);
    this.#clock = options.clock;
    this.#sharedTimers = options.sharedTimers;
    this.#stackTraces = options.stackTraces;
    // Otherwise it may still get the host of a pipeline.
    if (asksForHost(options)) this.#host = hostOf(options);
  }

  /** The host that answers outside of a call. */
  get host(): Host {
    return (this.#host ??= hostOf({ sharedTimers: this.#sharedTimers }));
  }

  /** Whether the policy may let calls of this host share timers, and wake each other: not where either says no. */
  sharesTimers(host: Host): boolean {
    return this.#sharedTimers !== false && host.sharedTimers;
  }

  /** @throws TypeError when the policy is listed under two clocks: its state would follow neither */
  attach(host: Host): void {
    const own = this.#clock ?? this.#host?.clock;
    if (own !== undefined && !isSameClock(own, host.clock)) {
      throw new TypeError(
        `Policy "${this.#policy.name}" is used with two clocks; give all its pipelines the same one.`,
      );
    }
    if (this.#host !== undefined && this.#host.isListed !== false) return;
    this.#host = host;
    this.#executor = undefined;
  }

  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T | F> {
    return execute<T | F>(this.#executor ?? this.#own(), operation, options);
  }

  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T | F>> {
    return executeOutcome<T | F>(this.#executor ?? this.#own(), operation, options);
  }

  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T | StreamedItem<F>, void, undefined> {
    return executeStream<T | StreamedItem<F>>(this.#executor ?? this.#own(), operation, options);
  }

  #own(): Executor {
    const policy = this.#policy;
    return (this.#executor = new Executor(policy.name, this.host, linkOf(policy, invoke, []), this.#stackTraces));
  }
}
