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
   * The same as `call => this.run(call, next)`. Built-in policies have one, so that the compiler sees which `run` each
   * link of a chain calls; one that answers before the work has ended learns here which places it must keep.
   *
   * @param outer the policies before this one in the list, outermost first
   */
  link?(next: Next<unknown>, outer: readonly Policy<unknown>[]): Next<unknown>;
  /** Where the policy gives places away, as a bulkhead does: how work that outlives its call keeps one. */
  readonly places?: Places;
  /**
   * For policies that refuse calls, as a breaker does: lets policies further in, whose calls wait, ask once more when
   * the turn of a call has come.
   */
  gate?(call: Call<unknown>): ReturnType<Gate>;
  /** Called once by each pipeline that lists the policy, for those that need the clock outside of a call. */
  attach?(host: Host): void;
  /** For the compiler only, never set: lets `pipeline` read `F` back out of a list of policies. */
  readonly $fallback?: F;
}

/**
 * Slots for concurrent work.
 *
 * @example
 * ```ts
 * let free = 10;
 * const places: Places = { take: () => void (free -= 1), giveBack: () => void (free += 1) };
 * ```
 */
export interface Places {
  /**
   * Somebody has answered in place of work that goes on: it needs a place of its own, now, full or not.
   *
   * @param call whose work it is: where a runtime ends it without a word, the place is not kept for ever
   */
  take(call?: Call<unknown>): void;
  /** That work has ended. Called once for each `take`, with the same call. */
  giveBack(call?: Call<unknown>): void;
}

/**
 * Called when a call starts to wait in a queue.
 *
 * @returns called when the wait ends: returns the error to refuse the call with, or `undefined` to let it continue
 * @example
 * ```ts
 * let isClosing = false;
 * const whileOpen: Gate = () => () => (isClosing ? new Error('The service is closing.') : undefined);
 * ```
 */
export type Gate = (call: Call<unknown>) => () => Error | undefined;

/** All the gates around a policy, outermost first. */
export function gatesOf(outer: readonly Policy<unknown>[]): readonly Gate[] {
  return outer.flatMap((policy) => policy.gate?.bind(policy) ?? []);
}

/** All the places that are held around a policy. */
export function placesOf(outer: readonly Policy<unknown>[]): readonly Places[] {
  return outer.flatMap(({ places }) => (places === undefined ? [] : [places]));
}
