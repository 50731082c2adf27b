import type { Call, CallContext, Next, Operation } from '../call.ts';
import { execute, executeOutcome, invoke, type Executor, type Outcome } from '../execution.ts';
import { hostOf, type Host, type HostOptions } from '../host.ts';
import type { Policy } from '../policy.ts';

/**
 * What a built-in policy needs to be used without a pipeline: a chain of itself alone.
 * Its clock is the one given to the policy, else that of the pipeline that lists it, else the machine's.
 */
export class Alone<F = never> implements Executor {
  readonly #policy: Policy<F>;
  readonly #clock: HostOptions['clock'];
  #host: Host | undefined;
  #first: Next<unknown> | undefined;

  constructor(policy: Policy<F>, options: HostOptions) {
    this.#policy = policy;
    this.#clock = options.clock;
    const { clock, random, onEvent } = options;
    // Otherwise it may still get the host of a pipeline.
    if (clock !== undefined || random !== undefined || onEvent !== undefined) this.#host = hostOf(options);
  }

  get name(): string {
    return this.#policy.name;
  }

  /** The host that answers outside of a call. */
  get host(): Host {
    return (this.#host ??= hostOf({}));
  }

  get first(): Next<unknown> {
    return (this.#first ??= (call: Call<unknown>) => this.#policy.run(call, invoke));
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
    return execute<T | F>(this, operation, context);
  }

  executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T | F>> {
    return executeOutcome<T | F>(this, operation, context);
  }
}
