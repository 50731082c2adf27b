import { isBuiltInPolicy, isUnchangedPolicy } from './brand.ts';
import type { Call, Next } from './call.ts';
import type { Host } from './host.ts';
import type { Steerable } from './steerable.ts';
import { dropRejection, isThenable, tell } from './user-function.ts';

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

/** Places for work that runs at once. */
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
 * Remembers how things stand for a call that begins to wait.
 *
 * @returns asks what the policy says of that call now: the error to refuse it with, or `undefined` to let it go on
 */
export type Gate = (call: Call<unknown>) => () => Error | undefined;

/** All the gates around a policy, outermost first. One that cannot say anything lets every call go on. */
export function gatesOf(outer: readonly Policy<unknown>[]): readonly Gate[] {
  return outer.flatMap((policy) => {
    if (policy.gate === undefined) return [];
    return isUnchangedPolicy(policy, 'gate') ? policy.gate.bind(policy) : (call) => quietLook(policy, call);
  });
}

/** All the places that are held around a policy. What those of a user's policy throw is dropped: a call must not hang on it. */
export function placesOf(outer: readonly Policy<unknown>[]): readonly Places[] {
  return outer.flatMap((policy) => {
    const { places } = policy;
    if (places === undefined || isBuiltInPolicy(policy)) return places ?? [];
    return {
      take: (call) => tell(places.take.bind(places), call),
      giveBack: (call) => tell(places.giveBack.bind(places), call),
    };
  });
}

/** Asks the gate of a user's policy, of which only an error is a "no". */
function quietLook(policy: Policy<unknown>, call: Call<unknown>): ReturnType<Gate> {
  const look = quietly<unknown>(() => policy.gate?.(call));
  if (typeof look !== 'function') return () => undefined;
  return () => {
    const error = quietly<unknown>(() => look());
    return typeof error === 'object' && error !== null ? (error as Error) : undefined;
  };
}

/** @returns nothing for what throws, and for a promise, whose rejection is dropped */
function quietly<R>(ask: () => R): R | undefined {
  try {
    const answer = ask();
    if (!isThenable(answer)) return answer;
    dropRejection(answer);
  } catch {
    // It has said nothing.
  }
  return undefined;
}
