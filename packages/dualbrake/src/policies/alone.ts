import { Executor, type CallContext, type Next, type Operation } from '../call.ts';
import { execute, executeOutcome, invoke, type Outcome } from '../execution.ts';
import { asksForHost, hostOf, type Host, type HostOptions } from '../host.ts';
import type { Policy } from '../policy.ts';

/**
 * What a built-in policy needs to be used without a pipeline: a chain of itself alone.
 * Its clock is the one given to the policy, else that of the pipeline that lists it, else the machine's.
 */
export class Alone<F = never> {
  readonly #policy: Policy<F>;
  readonly #clock: HostOptions['clock'];
  readonly #sharedTimers: boolean | undefined;
  #host: Host | undefined;
  #executor: Executor | undefined;

  constructor(policy: Policy<F>, options: HostOptions) {
    this.#policy = policy;
    this.#clock = options.clock;
    this.#sharedTimers = options.sharedTimers;
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
    if (own !== undefined && own !== host.clock) {
      throw new TypeError(
        `Policy "${this.#policy.name}" is used with two clocks; give all its pipelines the same one.`,
      );
    }
    this.#host ??= host;
  }

  execute<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<T | F> {
    return execute<T | F>(this.#executor ?? this.#own(), operation, context);
  }

  executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T | F>> {
    return executeOutcome<T | F>(this.#executor ?? this.#own(), operation, context);
  }

  #own(): Executor {
    const policy = this.#policy;
    const first: Next<unknown> = policy.link?.(invoke, []) ?? ((call) => policy.run(call, invoke));
    return (this.#executor = new Executor(policy.name, this.host, first));
  }
}
