import { capturedContext } from '../async-context.ts';
import { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import { gatesOf, type Gate } from '../policy.ts';
import { GONE_MS, SIGN_OF_LIFE_MS } from './leases.ts';

/** What queued calls wait for: places of a bulkhead, or tokens of a rate limit. */
export interface Turns {
  /** Whether the first queued call may start now. */
  areLeft(now: number): boolean;
  /** Uses one up. */
  take(now: number): void;
}

/** A queued call. Either `admit` or `refuse` is called, once, in the caller's own async context. */
export abstract class Waiter {
  readonly call: Call<unknown>;
  /** Gates of the outer policies, checked again when the call's turn has come: each returns an error, or nothing. */
  readonly asked: readonly (() => unknown)[];
  /** Whether it is part of another call whose policies are asked as well. */
  readonly isNested: boolean;
  readonly context = capturedContext();
  /** Polling state of a call that other calls cannot wake; `undefined` for all others. */
  readonly look: Look | undefined;
  /** Position in the order of arrival. */
  number = 0;
  /** Removes the abort listener and the timer. */
  quit: (() => void) | undefined = undefined;
  isListed = false;
  next: Waiter | undefined = undefined;
  previous: Waiter | undefined = undefined;

  /**
   * @param gates of the outer policies
   * @param lookAgainMs for calls that other calls cannot wake, see `HostOptions.sharedTimers`: milliseconds until the
   *   next poll. `before` is the number of calls ahead, or a little more. `undefined` for all other calls, which
   *   `WaitQueue.admit` lets in.
   */
  constructor(call: Call<unknown>, gates: readonly Gate[], lookAgainMs: LookAgain | undefined) {
    this.call = call;
    const around = askedAround(call);
    this.isNested = around.length > 0;
    this.asked = gates.length + around.length === 0 ? nobody : [...around, ...gates.map((gate) => gate(call))];
    this.look = lookAgainMs && { againMs: lookAgainMs, at: 0, cancel: undefined };
  }

  /** Starts the call, which already holds its place or token. */
  abstract admit(): void;
  /** Fails the call: its caller has left, it has waited too long, or an outer policy refuses it. */
  abstract refuse(error: unknown): void;
  /** The error for a call that has waited too long. */
  abstract late(): unknown;

  /** Runs `work` in the caller's own async context. */
  inContext<R>(work: (this: this) => R): R {
    return this.context === undefined ? work.call(this) : this.context.runInAsyncScope(work, this);
  }
}

/** Milliseconds until the next poll. */
export type LookAgain = (now: number, before: number) => number;

interface Look {
  readonly againMs: LookAgain;
  /** When it polled last, as its own clock reading. */
  at: number;
  cancel: (() => void) | undefined;
}

const nobody: readonly (() => unknown)[] = [];

/**
 * A queue of calls, first in, first out. A call whose caller aborts or whose time runs out leaves at once, from any
 * position, and leaves no timer or listener behind.
 *
 * There are two ways to wait. Usually `admit` lets the first calls in, each in its own async context. Where calls cannot
 * wake each other, each one polls with a timer of its own, in the same order. One queue can hold both kinds.
 */
export class WaitQueue {
  size = 0;
  readonly #turns: Turns;
  readonly #onChange: (() => void) | undefined;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  #lastNumber = 0;
  /** How many queued calls poll. */
  #lookers = 0;

  /**
   * @param onChange called after a call has left the queue on its own, so another one may be the first now
   */
  constructor(turns: Turns, onChange?: () => void) {
    this.#turns = turns;
    this.#onChange = onChange;
  }

  /** Whether the first queued call waits for `admit`, rather than polling. */
  get isServed(): boolean {
    return this.#first !== undefined && this.#first.look === undefined;
  }

  /** Adds a call at the end. It waits at most `limitMs` milliseconds; `Infinity` for no limit. */
  join(waiter: Waiter, limitMs: number): void {
    const { call, look } = waiter;
    this.#lastNumber += 1;
    waiter.number = this.#lastNumber;
    this.#insert(waiter);
    if (limitMs !== Infinity || call.canAbort) waiter.quit = this.#watch(waiter, limitMs);
    if (look !== undefined) this.#lookLater(waiter, look, call.host.clock.now());
  }

  /** Lets in the first calls while turns are left. Stops at a call that polls: it takes its turn itself. */
  admit(now: number): void {
    for (let first = this.#first; first !== undefined && first.look === undefined; first = this.#first) {
      if (!this.#try(first, now)) return;
    }
  }

  /** Drops calls that have stopped polling, so they do not block the queue. */
  dropGone(clock: Clock): void {
    if (this.#lookers === 0) return;
    const now = clock.now();
    for (let waiter = this.#first; waiter !== undefined;) {
      const { next } = waiter;
      if (isGone(waiter, now)) this.#remove(waiter);
      waiter = next;
    }
  }

  /** Admits or refuses the first call, if a turn is left. @returns whether it has left the queue */
  #try(first: Waiter, now: number): boolean {
    if (!this.#turns.areLeft(now)) return false;
    if (first.asked.length > 0) {
      const error = first.inContext(firstError);
      // A listener for the refusal may have changed the queue or used up the turn.
      if (!first.isListed) return true;
      if (error !== undefined) {
        this.#end(first);
        first.inContext(() => first.refuse(error));
        return true;
      }
      if (!this.#turns.areLeft(now)) return false;
    }
    this.#turns.take(now);
    this.#end(first);
    first.inContext(admit);
    return true;
  }

  #lookLater(waiter: Waiter, look: Look, now: number): void {
    look.at = now;
    const before = waiter.number - (this.#first ?? waiter).number;
    const delayMs = Math.min(look.againMs(now, before), SIGN_OF_LIFE_MS);
    const { clock } = waiter.call.host;
    // Trust the timer: that much time has passed, even if the clock shows less.
    look.cancel = clock.after(delayMs, () => this.#look(waiter, look, Math.max(clock.now(), now + delayMs)));
  }

  #look(waiter: Waiter, look: Look, now: number): void {
    look.at = now;
    // It was dropped as dead, but is still waiting.
    if (!waiter.isListed) this.#insert(waiter);
    for (let first = this.#first; first !== undefined && isGone(first, now); first = this.#first) this.#remove(first);
    if (this.#first !== waiter || !this.#try(waiter, now)) this.#lookLater(waiter, look, now);
    else this.#onChange?.();
  }

  #watch(waiter: Waiter, limitMs: number): () => void {
    const { call } = waiter;
    const signal = call.canAbort ? call.signal : undefined;
    const leave = (): void => this.#leave(waiter, () => call.abortReason);
    const expire = (): void => this.#leave(waiter, () => waiter.late());
    signal?.addEventListener('abort', leave);
    const cancel = limitMs === Infinity ? undefined : call.host.clock.after(limitMs, expire);
    return () => {
      signal?.removeEventListener('abort', leave);
      cancel?.();
    };
  }

  #leave(waiter: Waiter, why: () => unknown): void {
    this.#end(waiter);
    waiter.inContext(() => waiter.refuse(why()));
    this.#onChange?.();
  }

  #end(waiter: Waiter): void {
    if (waiter.isListed) this.#remove(waiter);
    waiter.quit?.();
    waiter.look?.cancel?.();
  }

  /** Inserts by order of arrival: at the end, or before later arrivals if the call was in the queue before. */
  #insert(waiter: Waiter): void {
    let previous = this.#last;
    while (previous !== undefined && previous.number > waiter.number) previous = previous.previous;
    const next = previous === undefined ? this.#first : previous.next;
    waiter.previous = previous;
    waiter.next = next;
    if (previous === undefined) this.#first = waiter;
    else previous.next = waiter;
    if (next === undefined) this.#last = waiter;
    else next.previous = waiter;
    waiter.isListed = true;
    if (waiter.look !== undefined) this.#lookers += 1;
    this.size += 1;
  }

  #remove(waiter: Waiter): void {
    const { previous, next } = waiter;
    if (previous !== undefined) previous.next = next;
    else this.#first = next;
    if (next !== undefined) next.previous = previous;
    else this.#last = previous;
    waiter.isListed = false;
    waiter.next = undefined;
    waiter.previous = undefined;
    if (waiter.look !== undefined) this.#lookers -= 1;
    this.size -= 1;
  }
}

/**
 * What to ask of the policies around the calls that this one is part of, as far as it is known to have begun inside of
 * their operations. A context that was handed over may be that of a fallback, which is outside of them.
 */
function askedAround(call: Call<unknown>): readonly (() => unknown)[] {
  let asked = nobody;
  let inner = call;
  for (let around = call.within; around instanceof Call; around = around.within) {
    if (around.operation !== inner.operation) {
      if (inner.extras?.isHandedOver === true) return asked;
      const outer: Call<unknown> = around;
      asked = [...gatesOf(outer.executor.policies).map((gate) => gate(outer)), ...asked];
    }
    inner = around;
  }
  return asked;
}

function isGone({ look }: Waiter, now: number): boolean {
  return look !== undefined && now - look.at > GONE_MS;
}

function admit(this: Waiter): void {
  this.admit();
}

function firstError(this: Waiter): unknown {
  for (const ask of this.asked) {
    const error = ask();
    if (error !== undefined) return error;
  }
  return undefined;
}
