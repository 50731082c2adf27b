import { brandPolicy, isSameClock } from '../brand.ts';
import { Executor, type Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { execute, executeOutcome, invoke, type Outcome } from '../execution.ts';
import { asksForHost, hostOf, type Host, type HostOptions } from '../host.ts';
import { linkOf } from '../link.ts';
import type { Policy } from '../policy.ts';
import { executeStream, type StreamedItem, type StreamOperation } from '../stream.ts';

/**
 * Runs a built-in policy standalone, without a pipeline: a chain of only that policy.
 * Its clock is the one in the policy's options, else that of the first pipeline that lists it, else the system clock.
 */
export class Standalone<F = never> {
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
    // Otherwise the first pipeline that lists the policy provides the host.
    if (asksForHost(options)) this.#host = hostOf(options);
  }

  /** The host for use outside of a call. */
  get host(): Host {
    return (this.#host ??= hostOf({ sharedTimers: this.#sharedTimers }));
  }

  /** Whether calls of this host may share timers and wake each other. Both the policy and the host must allow it. */
  sharesTimers(host: Host): boolean {
    return this.#sharedTimers !== false && host.sharedTimers;
  }

  /** @throws TypeError when the policy is used with two clocks: its state cannot follow both */
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
    const first = linkOf(policy, invoke, []);
    return (this.#executor = new Executor(policy.name, this.host, first, [policy], this.#stackTraces));
  }
}
