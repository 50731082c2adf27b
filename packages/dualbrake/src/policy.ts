import { isBuiltInPolicy, isUnchangedPolicy } from './brand.ts';
import type { Call, Next } from './call.ts';
import type { Host } from './host.ts';
import type { Steerable } from './steerable.ts';
import { dropRejection, isThenable, tell } from './user-function.ts';

/**
 * One rule about how a call is made: wait, limit, repeat, refuse, replace. A custom policy needs only `name` and `run`. `F` is the type
 * that it may return instead of the operation's result.
 *
 * @example
 * ```ts
 * const audited: Policy = {
 *   name: 'audited',
 *   async run(call, next) {
 *     const result = await next(call);
 *     log.info(`${call.key} succeeded on attempt ${call.attempt}`);
 *     return result;
 *   },
 * };
 * const students = pipeline('students', [audited, retry()]);
 * ```
 */
export interface Policy<F = never> extends Steerable {
  /** Runs one call. `next(call)` runs the policies further in and the operation. */
  run<T>(call: Call<T>, next: Next<T>): Promise<T | F>;
  /**
   * Optional. Equivalent to `call => this.run(call, next)`, but faster: engines can inline it. A policy that returns before its work has
   * ended also learns here which slots of outer policies that work occupies.
   *
   * @param outer the policies before this one in the list, outermost first
   */
  link?(next: Next<unknown>, outer: readonly Policy<unknown>[]): Next<unknown>;
  /** For policies that limit concurrent work, as a bulkhead does: lets work that outlives its call occupy a slot. */
  readonly places?: Places;
  /** For policies that refuse calls, as a breaker does: lets policies further in check again after a call has waited in a queue. */
  gate?(call: Call<unknown>): ReturnType<Gate>;
  /** Called once by each pipeline that contains the policy, for policies that need the clock outside of a call. */
  attach?(host: Host): void;
  /** Type only, never set: lets `pipeline` infer `F` from a list of policies. */
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
   * Occupies a slot for work that continues although its call has returned, even if none is free.
   *
   * @param call the call of that work, so that the slot is released even if the runtime ends the work silently
   */
  take(call?: Call<unknown>): void;
  /** Releases the slot when that work has ended. Called once for each `take`, with the same call. */
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

/** Whether this process has a queue that asks the gates around a call: without one, calls need not be known to those inside of them. */
export const queues = { exist: false };

/** All the gates around a policy, outermost first. */
export function gatesOf(outer: readonly Policy<unknown>[]): readonly Gate[] {
  return outer.flatMap((policy) => {
    if (policy.gate === undefined) return [];
    return isUnchangedPolicy(policy, 'gate') ? policy.gate.bind(policy) : (call) => quietLook(policy, call);
  });
}

/** The slots of all policies around a policy, outermost first. What those of a user's policy throw is dropped. */
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
