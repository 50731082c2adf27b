import type { Time } from './time.ts';

/** The work to be guarded, and the signal that the library hands to it, if it hands one. */
export type Operation = (context: { readonly signal: AbortSignal | undefined }) => unknown;

/** Whatever an operation can be run through. */
export interface Guard {
  execute(operation: Operation, signal?: AbortSignal): Promise<unknown>;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What the pitfalls ask of a breaker. Each adapter says it with the documented options of its library. */
export interface BreakerOptions {
  /** Failures, with no success among them, that open it. Default 3; not used with a `window`. */
  readonly failures?: number;
  /** Opens at a share of failures in a time window instead. */
  readonly window?: { readonly ms: number; readonly percent: number; readonly minimumCalls: number };
  /** Milliseconds that it stays open. Default 1,000. */
  readonly resetMs?: number;
  /** Errors that say nothing about the dependency. */
  readonly ignores?: (error: unknown) => boolean;
  /**
   * The same for errors that a library may know by itself: only the others are told. The caller's signal is passed where
   * the library's filter can see it.
   */
  readonly ignoresWhenTold?: (error: unknown, caller?: AbortSignal) => boolean;
  /** Whatever the library asks about an error, answered by the user's own function. */
  readonly judge?: (error: unknown) => unknown;
  /** Whether refusals must name the code that called, where that is an option. Default false. */
  readonly stackTraces?: boolean;
  /** A limit on each call, for breakers that have one themselves. */
  readonly ownLimitMs?: number;
  /** Hears of each new state. What it answers is of no interest. */
  readonly onChange?: (state: BreakerState) => unknown;
}

export interface Breaker extends Guard {
  readonly state: BreakerState;
  /** Refuses every call until what it returns is called. Needs no `this`. */
  readonly isolate?: () => () => void;
}

export interface RetryOptions {
  /** Calls of the operation, the first one included. */
  readonly attempts: number;
  readonly baseMs: number;
  /** Growth of the delays. Default 1: all are the same. */
  readonly factor?: number;
  readonly maxMs?: number;
  /** Whether chance changes the delays, as the library does it by default. Default false. */
  readonly jitter?: boolean;
  /** Hears how long each wait is to be. What it answers is of no interest. */
  readonly onDelay?: (delayMs: number) => unknown;
}

export interface QueueOptions {
  readonly limit: number;
  readonly queue: number;
}

export interface FallbackOptions {
  readonly answer: (error: unknown) => unknown;
  readonly ignoresWhenTold?: (error: unknown) => boolean;
}

/** Two breakers made of one and the same options object. */
export interface Twins {
  readonly first: Breaker;
  readonly second: Breaker;
  /** Whether the object is as it was before. */
  readonly isUntouched: () => boolean;
}

/**
 * One library, as the pitfalls see it. A part that is absent is not offered, which is no fault.
 *
 * An adapter is for one pitfall: it may have taken over the timers of the process until `close`.
 */
export interface Adapter {
  readonly time: Time;
  /** Whether a call can be given its caller's signal. */
  readonly takesSignals: boolean;
  breaker(options?: BreakerOptions): Breaker;
  /** @param failures that open them */
  breakersOfOneOptionsObject(failures: number): Twins;
  /** A breaker around a limit of calls at once, told not to count the refusals of that limit where it must be told. */
  breakerAroundBulkhead(failures: number, limit: number): Breaker;
  readonly retry?: (options: RetryOptions) => Guard;
  /** A retry whose attempts and waits all have to fit a limit. */
  readonly retryWithin?: (limitMs: number, options: RetryOptions) => Guard;
  /** @param onTimeout is told of calls that timed out */
  readonly timeout?: (limitMs: number, onTimeout?: () => void) => Guard;
  readonly queueingBulkhead?: (options: QueueOptions) => Guard;
  /** A breaker around a limit of calls at once with a queue: the order in which both are usually listed. */
  readonly breakerAroundQueue?: (failures: number, options: QueueOptions) => Breaker;
  /** Calls that run at the same time share one operation and its answer. */
  readonly sharing?: () => Guard;
  /** The timeout counts from when the call is made, waiting included. */
  readonly timeoutAroundBulkhead?: (limit: number, limitMs: number) => Guard;
  /** The timeout counts from when the operation begins. */
  readonly bulkheadAroundTimeout?: (limit: number, limitMs: number) => Guard;
  readonly fallback?: (options: FallbackOptions) => Guard;
}

/** A library, and how to get at it. */
export interface Library {
  readonly name: 'dualbrake' | 'cockatiel' | 'opossum';
  /** @param time `real` for the machine's own timers */
  open(time: 'moved by hand' | 'real'): Adapter;
}
