import type { Call, Next } from './call.ts';
import type { Host } from './host.ts';
import type { Steerable } from './steerable.ts';

/**
 * One rule about how a call is made: wait, limit, repeat, refuse, replace.
 * `F` is what the policy may return instead of the operation's own result. A custom policy is `name` and `run`.
 */
export interface Policy<F = never> extends Steerable {
  run<T>(call: Call<T>, next: Next<T>): Promise<T | F>;
  /**
   * The same as `call => this.run(call, next)`, and nothing else. Built-in policies have one, so that the compiler sees
   * which `run` each link of a chain calls.
   */
  link?(next: Next<unknown>): Next<unknown>;
  /** Called once by each pipeline that lists the policy, for those that need the clock outside of a call. */
  attach?(host: Host): void;
  /** For the compiler only, never set: lets `pipeline` read `F` back out of a list of policies. */
  readonly $fallback?: F;
}
