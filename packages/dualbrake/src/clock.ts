import { areNativeSinceRead, later, nativeTimers, readPerformance, type NativeTimers } from './native-timers.ts';

/**
 * A source of time. Only `now` and `after` are required.
 *
 * @example
 * ```ts
 * const clock: Clock = new ManualClock();
 * const reads = pipeline('reads', [retry(), timeout({ limitMs: 500 })], { clock });
 * ```
 */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary start. Only differences are meaningful. */
  now(): number;
  /**
   * Calls `callback` once after `delayMs` milliseconds, never earlier.
   *
   * @param options `background: true` lets the process exit before; default false
   * @returns cancels the timer; has no effect when called again or too late
   */
  after(delayMs: number, callback: () => void, options?: TimerOptions): () => void;
  /**
   * Creates a reusable timer, for clocks where that is cheaper than `after`.
   *
   * @param callback receives the clock reading at which the timer fired, where reading the clock again could give another one
   */
  alarm?(callback: (now?: number) => void): Alarm;
  /**
   * Milliseconds since the Unix epoch, for ages in wall time: the monotonic clock stops while a machine is suspended. Without it, ages
   * are measured with `now()` only.
   */
  wallNow?(): number;
}

/**
 * A reusable timer. It may fire too early but never too late, so the callback must check the clock.
 *
 * @example
 * ```ts
 * const alarm: Alarm | undefined = systemClock.alarm?.((now = systemClock.now()) => log.info(now));
 * alarm?.set(1_000, systemClock.now());
 * ```
 */
export interface Alarm {
  /** @param now the current clock reading, in milliseconds */
  set(delayMs: number, now: number): void;
  /** Lets the process exit. The timer may still fire. */
  clear(): void;
}

/**
 * Options of a timer.
 *
 * @example
 * ```ts
 * const inBackground: TimerOptions = { background: true };
 * const cancel = systemClock.after(60_000, () => log.info('a minute later'), inBackground);
 * ```
 */
export interface TimerOptions {
  /** Whether the process may exit while the timer is pending. Default false. */
  readonly background?: boolean;
}

/** 2^31 - 1: above this, `setTimeout` fires immediately. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The machine's monotonic clock, which setting the wall clock does not affect. Uses the timers that are installed when a wait starts,
 * so fake timers of a test only apply to waits that start while they are installed.
 *
 * @example
 * ```ts
 * const startedAt = systemClock.now();
 * await database.getStudent(id);
 * log.info(`took ${systemClock.now() - startedAt} ms`);
 * ```
 */
export const systemClock: Clock = {
  now: readPerformance,
  after(delayMs, callback, options) {
    const native = nativeTimers();
    // Clear with the timers that set it, whatever is installed by then.
    const { setTimeout, clearTimeout } = globalThis;
    const endsAt = native === undefined ? 0 : native.now() + delayMs;
    let leftMs = Math.max(Math.ceil(delayMs), 0);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isArming = false;
    let isOver = false;
    const arm = (): void => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
      leftMs -= stepMs;
      isArming = true;
      timer = setTimeout(ring, stepMs);
      isArming = false;
      if (options?.background === true) detach(timer);
    };
    const ring = (): void => {
      if (isOver) return;
      if (isArming) {
        // A fake timer that fires immediately. Defer it: callers don't expect the callback before they can cancel.
        later(ring);
        return;
      }
      // The runtime's timers truncate fractions, and a wait that a server asked for must not end early. Other timers have their own
      // clock, so trust them.
      if (native !== undefined) leftMs = Math.ceil(endsAt - native.now());
      if (leftMs > 0) arm();
      else {
        isOver = true;
        callback();
      }
    };
    arm();
    return () => {
      isOver = true;
      // A timer of uninstalled fakes is gone; the next fakes could mistake its ID for one of theirs.
      if (native !== undefined || setTimeout === globalThis.setTimeout) clearTimeout(timer);
    };
  },
  alarm: (callback) => new SystemAlarm(callback),
  wallNow: () => Date.now(),
};

/**
 * Whether many calls may share one alarm: the clock must support it, and the timers must be those of the runtime. A fake timer only
 * serves the call that set it, because it disappears with its test. Call this directly after `now()`.
 */
export function hasSharedAlarm(clock: Clock): boolean {
  return clock === systemClock ? areNativeSinceRead() : clock.alarm !== undefined;
}

/** Identifies the installed timers of a clock. If this changes, timers set before may never fire. */
export function timersOf(clock: Clock): unknown {
  return clock === systemClock ? globalThis.setTimeout : clock;
}

/** Browsers return a number, which has no `unref`; fakes may return anything. */
function detach(timer: unknown): void {
  (timer as { unref?: () => void } | null | undefined)?.unref?.();
}

function installedTimers(): NativeTimers {
  const { setTimeout, clearTimeout, performance } = globalThis;
  return { setTimeout, clearTimeout, now: () => performance.now() };
}

/**
 * Uses the runtime's own timers. Unrefs its timer instead of clearing it: setting and clearing one per call would be the largest cost
 * of a call.
 */
class SystemAlarm implements Alarm {
  readonly #callback: (now: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timers: NativeTimers | undefined;
  #ringsAt = Infinity;

  constructor(callback: (now: number) => void) {
    this.#callback = callback;
  }

  set(delayMs: number, now: number): void {
    if (this.#timer !== undefined && this.#ringsAt <= now + delayMs) {
      if (typeof this.#timer === 'object') this.#timer.ref();
      return;
    }
    // Kept for the next time: an alarm of the runtime stays one while fakes are installed.
    const timers = nativeTimers() ?? this.#timers ?? installedTimers();
    this.#cancel();
    this.#timers = timers;
    const { setTimeout } = timers;
    const leftMs = Math.min(Math.ceil(delayMs), LONGEST_TIMER_MS);
    this.#ringsAt = now + leftMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#callback(timers.now());
    }, leftMs);
  }

  clear(): void {
    if (typeof this.#timer === 'object') this.#timer.unref();
    // Browsers can't unref timers, and have no process to keep alive.
    else this.#cancel();
  }

  #cancel(): void {
    if (this.#timers === undefined) return;
    const { clearTimeout } = this.#timers;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** A signal that may be absent, as `sleep` needs it: `Call` creates one only when it is read. */
export interface Abortable {
  readonly canAbort: boolean;
  readonly signal: AbortSignal;
}

/**
 * Waits for `delayMs` milliseconds. Rejects immediately with the signal's reason when the caller aborts. Leaves no timer or listener
 * behind.
 *
 * @example
 * ```ts
 * const paced: Policy = {
 *   name: 'paced',
 *   async run(call, next) {
 *     await sleep(call.host.clock, 200, call);
 *     return next(call);
 *   },
 * };
 * ```
 */
export function sleep(clock: Clock, delayMs: number, caller: Abortable): Promise<void> {
  return new Promise((resolve, reject) => {
    const signal = caller.canAbort ? caller.signal : undefined;
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const leave = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
    signal?.addEventListener('abort', leave, { once: true });
  });
}
