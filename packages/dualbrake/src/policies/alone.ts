import type { CallContext, Operation } from '../call.ts';
import { hostOf, type Host, type HostOptions } from '../host.ts';
import { Pipeline, type Outcome } from '../pipeline.ts';
import type { Policy } from '../policy.ts';

/**
 * What a built-in policy needs to be used without a pipeline: a pipeline of its own, made at first use.
 * Its clock is the one given to the policy, else that of the pipeline that lists it, else the machine's.
 */
export class Alone<F = never> {
  readonly #policy: Policy<F>;
  readonly #options: HostOptions;
  #host: Host | undefined;
  #pipeline: Pipeline<F> | undefined;

  constructor(policy: Policy<F>, options: HostOptions) {
    this.#policy = policy;
    this.#options = options;
  }

  /** The host that answers outside of a call. */
  get host(): Host {
    return (this.#host ??= hostOf(this.#options));
  }

  /** @throws TypeError when the policy is listed under two clocks: its state would follow neither */
  attach(host: Host): void {
    const own = this.#options.clock ?? this.#host?.clock;
    if (own !== undefined && own !== host.clock) {
      throw new TypeError(
        `Policy "${this.#policy.name}" is used with two clocks; give all its pipelines the same one.`,
      );
    }
    this.#host ??= host;
  }

  execute<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<T | F> {
    return this.#own().execute(operation, context);
  }

  executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T | F>> {
    return this.#own().executeOutcome(operation, context);
  }

  #own(): Pipeline<F> {
    return (this.#pipeline ??= new Pipeline<F>(this.#policy.name, [this.#policy], this.host));
  }
}
