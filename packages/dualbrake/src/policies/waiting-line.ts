import { captureContext, inThisContext, type InContext } from '../async-context.ts';
import type { Call } from '../call.ts';
import type { Clock } from '../clock.ts';
import type { Gate } from '../policy.ts';
import { GONE_MS, SIGN_OF_LIFE_MS } from './leases.ts';

/** How somebody waits. */
export interface Wait {
  /** How long at most, in milliseconds; `Infinity`, the default, for as long as it takes. */
  readonly limitMs?: number;
  /** Makes the error for who has waited `limitMs`. */
  readonly late?: () => unknown;
  /** Policies around, which are asked again when the turn has come. */
  readonly gates?: readonly Gate[];
  /** The turn has come, and the place is taken. */
  readonly admit: () => void;
  /** It goes without its turn: its caller has left, it has waited for too long, or a policy around says no. */
  readonly refuse: (error: unknown) => void;
  /**
   * For callers whose turn nobody may give them, see `HostOptions.sharedTimers`: after how many milliseconds to look
   * again. `before` is how many are in front, or a little more. Nothing for all others, who are let in by `admit`.
   */
  readonly lookAgainMs?: ((now: number, before: number) => number) | undefined;
}

/** What people wait for: places, or tokens. */
export interface Turns {
  /** Whether the first in line may go now. */
  areLeft(now: number): boolean;
  /** He goes. */
  take(now: number): void;
}

/** A call that waits for its turn. */
interface Waiter {
  readonly call: Call<unknown>;
  readonly wait: Wait;
  /** What the policies around say of it now: the first error, or nothing. */
  readonly ask: () => unknown;
  /** Its caller's async context, for what happens in other callers' turns. */
  readonly inContext: InContext;
  /** The order of coming. */
  readonly number: number;
  /** Ends what was set up for waiting: listener and timers. */
  quit: (() => void) | undefined;
  /** When it looked for its turn last, by its own reckoning; `Infinity` for those that are let in by others. */
  lookedAt: number;
  cancelLook: (() => void) | undefined;
  isListed: boolean;
  next: Waiter | undefined;
  previous: Waiter | undefined;
}

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
    return this.#first !== undefined && this.#first.wait.lookAgainMs === undefined;
  }

  /** Waits at the end of the line. One of `admit` and `refuse` is called, once. */
  join(call: Call<unknown>, wait: Wait): void {
    const { gates = [], limitMs = Infinity, lookAgainMs } = wait;
    const asked = gates.map((gate) => gate(call));
    this.#lastNumber += 1;
    const waiter: Waiter = {
      call,
      wait,
      ask: () => firstError(asked),
      inContext: captureContext() ?? inThisContext,
      number: this.#lastNumber,
      quit: undefined,
      lookedAt: Infinity,
      cancelLook: undefined,
      isListed: false,
      next: undefined,
      previous: undefined,
    };
    this.#insert(waiter);
    if (limitMs !== Infinity || call.canAbort) waiter.quit = this.#watch(waiter, limitMs);
    if (lookAgainMs !== undefined) this.#lookLater(waiter, call.host.clock.now());
  }

  /** Lets in who is first, as long as turns are left. Who looks by himself is waited for. */
  admit(now: number): void {
    for (let first = this.#first; first !== undefined && first.wait.lookAgainMs === undefined; first = this.#first) {
      if (!this.#try(first, now)) return;
    }
  }

  /** Forgets those who are gone without a word, so that they take nobody's place. */
  dropGone(clock: Clock): void {
    if (this.#lookers === 0) return;
    const now = clock.now();
    for (let waiter = this.#first; waiter !== undefined;) {
      const { next } = waiter;
      if (now - waiter.lookedAt > GONE_MS) this.#remove(waiter);
      waiter = next;
    }
  }

  /** The turn of the first one, if one is left. @returns whether it is no longer in line */
  #try(first: Waiter, now: number): boolean {
    if (!this.#turns.areLeft(now)) return false;
    const { admit, refuse } = first.wait;
    const error = first.inContext(first.ask);
    // Who hears of a refusal may have changed anything meanwhile.
    if (!first.isListed) return true;
    if (error === undefined) {
      if (!this.#turns.areLeft(now)) return false;
      this.#turns.take(now);
    }
    this.#end(first);
    first.inContext(error === undefined ? admit : () => refuse(error));
    return true;
  }

  #lookLater(waiter: Waiter, now: number): void {
    waiter.lookedAt = now;
    const before = waiter.number - (this.#first ?? waiter).number;
    const dueMs = waiter.wait.lookAgainMs?.(now, before) ?? SIGN_OF_LIFE_MS;
    const delayMs = Math.min(dueMs, SIGN_OF_LIFE_MS);
    const { clock } = waiter.call.host;
    // A timer that fires is believed: that much time has passed, whatever the clock shows.
    waiter.cancelLook = clock.after(delayMs, () => this.#look(waiter, Math.max(clock.now(), now + delayMs)));
  }

  #look(waiter: Waiter, now: number): void {
    waiter.lookedAt = now;
    // Taken for gone, and still there.
    if (!waiter.isListed) this.#insert(waiter);
    for (let first = this.#first; first !== undefined && now - first.lookedAt > GONE_MS; first = this.#first) {
      this.#remove(first);
    }
    if (this.#first !== waiter || !this.#try(waiter, now)) this.#lookLater(waiter, now);
    else this.#onChange?.();
  }

  #watch(waiter: Waiter, limitMs: number): () => void {
    const { call, wait } = waiter;
    const signal = call.canAbort ? call.signal : undefined;
    const leave = (): void => this.#leave(waiter, () => call.abortReason);
    const late = (): void => this.#leave(waiter, () => wait.late?.());
    signal?.addEventListener('abort', leave);
    const cancel = limitMs === Infinity ? undefined : call.host.clock.after(limitMs, late);
    return () => {
      signal?.removeEventListener('abort', leave);
      cancel?.();
    };
  }

  #leave(waiter: Waiter, why: () => unknown): void {
    this.#end(waiter);
    waiter.inContext(() => waiter.wait.refuse(why()));
    this.#onChange?.();
  }

  #end(waiter: Waiter): void {
    if (waiter.isListed) this.#remove(waiter);
    waiter.quit?.();
    waiter.cancelLook?.();
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
    if (waiter.wait.lookAgainMs !== undefined) this.#lookers += 1;
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
    if (waiter.wait.lookAgainMs !== undefined) this.#lookers -= 1;
    this.size -= 1;
  }
}

function firstError(asked: readonly (() => unknown)[]): unknown {
  for (const ask of asked) {
    const error = ask();
    if (error !== undefined) return error;
  }
  return undefined;
}
