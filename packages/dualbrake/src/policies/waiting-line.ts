import { capturedContext } from '../async-context.ts';
import { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import { gatesOf, type Gate } from '../policy.ts';
import { GONE_MS, SIGN_OF_LIFE_MS } from './leases.ts';

/** What people wait for: places, or tokens. */
export interface Turns {
  /** Whether the first in line may go now. */
  areLeft(now: number): boolean;
  /** He goes. */
  take(now: number): void;
}

/** A call that waits for its turn. Of `admit` and `refuse` one is called, once, in the caller's own async context. */
export abstract class Waiter {
  readonly call: Call<unknown>;
  /** Policies around, asked again when the turn has come: each answers an error, or nothing. */
  readonly asked: readonly (() => unknown)[];
  /** Whether it is part of another call whose policies are asked as well. */
  readonly isNested: boolean;
  readonly context = capturedContext();
  /** Of those whose turn nobody may give them; nothing for all others. */
  readonly look: Look | undefined;
  /** The order of coming. */
  number = 0;
  /** Ends what was set up for waiting: listener and timer. */
  quit: (() => void) | undefined = undefined;
  isListed = false;
  next: Waiter | undefined = undefined;
  previous: Waiter | undefined = undefined;

  /**
   * @param gates of the policies around
   * @param lookAgainMs for callers whose turn nobody may give them, see `HostOptions.sharedTimers`: after how many
   *   milliseconds to look again. `before` is how many are in front, or a little more. Nothing for all others, who are
   *   let in by `WaitingLine.admit`.
   */
  constructor(call: Call<unknown>, gates: readonly Gate[], lookAgainMs: LookAgain | undefined) {
    this.call = call;
    const around = askedAround(call);
    this.isNested = around.length > 0;
    this.asked = gates.length + around.length === 0 ? nobody : [...around, ...gates.map((gate) => gate(call))];
    this.look = lookAgainMs && { againMs: lookAgainMs, at: 0, cancel: undefined };
  }

  /** The turn has come, and the place is taken. */
  abstract admit(): void;
  /** It goes without its turn: its caller has left, it has waited for too long, or a policy around says no. */
  abstract refuse(error: unknown): void;
  /** The error for who has waited for too long. */
  abstract late(): unknown;

  /** Does something in the caller's own async context. */
  inContext<R>(work: (this: this) => R): R {
    return this.context === undefined ? work.call(this) : this.context.runInAsyncScope(work, this);
  }
}

/** In how many milliseconds to look again. */
export type LookAgain = (now: number, before: number) => number;

interface Look {
  readonly againMs: LookAgain;
  /** When it looked last, by its own reckoning. */
  at: number;
  cancel: (() => void) | undefined;
}

const nobody: readonly (() => unknown)[] = [];

/**
 * Calls that wait for their turn: first in, first out. Who leaves, because his caller has left or his time is over,
 * leaves at once and from any place, and leaves nothing behind.
 *
 * There are two ways to wait. Usually a turn is given: `admit` lets the first ones in, in their own async contexts.
 * Where no call may be woken by another one, each looks for its turn by a timer of its own; then a turn is taken, in the
 * same order. Both may stand in one line.
 */
export class WaitingLine {
  size = 0;
  readonly #turns: Turns;
  readonly #onChange: (() => void) | undefined;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  #lastNumber = 0;
  /** How many look for their turn by themselves. */
  #lookers = 0;

  /**
   * @param onChange called after somebody has gone from the line by himself, so that another one is the first now
   */
  constructor(turns: Turns, onChange?: () => void) {
    this.#turns = turns;
    this.#onChange = onChange;
  }

  /** Whether the first in line is one whose turn must be given to him, by `admit`. */
  get isServed(): boolean {
    return this.#first !== undefined && this.#first.look === undefined;
  }

  /** Waits at the end of the line, for `limitMs` milliseconds at most; `Infinity` for as long as it takes. */
  join(waiter: Waiter, limitMs: number): void {
    const { call, look } = waiter;
    this.#lastNumber += 1;
    waiter.number = this.#lastNumber;
    this.#insert(waiter);
    if (limitMs !== Infinity || call.canAbort) waiter.quit = this.#watch(waiter, limitMs);
    if (look !== undefined) this.#lookLater(waiter, look, call.host.clock.now());
  }

  /** Lets in who is first, as long as turns are left. Who looks by himself is waited for. */
  admit(now: number): void {
    for (let first = this.#first; first !== undefined && first.look === undefined; first = this.#first) {
      if (!this.#try(first, now)) return;
    }
  }

  /** Forgets those who are gone without a word, so that they take nobody's place. */
  dropGone(clock: Clock): void {
    if (this.#lookers === 0) return;
    const now = clock.now();
    for (let waiter = this.#first; waiter !== undefined;) {
      const { next } = waiter;
      if (isGone(waiter, now)) this.#remove(waiter);
      waiter = next;
    }
  }

  /** The turn of the first one, if one is left. @returns whether it is no longer in line */
  #try(first: Waiter, now: number): boolean {
    if (!this.#turns.areLeft(now)) return false;
    if (first.asked.length > 0) {
      const error = first.inContext(firstError);
      // Who hears of a refusal may have changed anything meanwhile.
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
    // A timer that fires is believed: that much time has passed, whatever the clock shows.
    look.cancel = clock.after(delayMs, () => this.#look(waiter, look, Math.max(clock.now(), now + delayMs)));
  }

  #look(waiter: Waiter, look: Look, now: number): void {
    look.at = now;
    // Taken for gone, and still there.
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

  /** At the end, unless it was there before: then in front of those that came later. */
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
