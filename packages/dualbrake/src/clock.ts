import { areNativeSinceRead, later, nativeTimers, readPerformance, type NativeTimers } from './native-timers.ts';

/** Where time comes from. Two methods, because everything else is built on them. */
export interface Clock {
  /** Monotonic milliseconds. Only differences mean anything. */
  now(): number;
  /**
   * Calls back once after `delayMs` milliseconds, never earlier.
   *
   * @param options `background: true` means that waiting for it does not keep the process alive; default false
   * @returns cancels the call; calling it again, or too late, does nothing
   */
  after(delayMs: number, callback: () => void, options?: TimerOptions): () => void;
  /**
   * A timer that is set again and again, for clocks that have a cheaper way than `after`.
   *
   * @param callback is told what the clock shows, where another reading of it could show something else
   */
  alarm?(callback: (now?: number) => void): Alarm;
  /**
   * Milliseconds since the Unix epoch, for ages that are meant as wall time. The monotonic clock stands still while a
   * machine is suspended. Default: a clock without it knows no wall time, and ages follow `now()` alone.
   */
  wallNow?(): number;
}

/** A timer that is set again and again. It may ring too early, never too late; who hears it looks at the clock. */
export interface Alarm {
  /** @param now what the clock shows, as the caller has just read it */
  set(delayMs: number, now: number): void;
  /** Nobody waits any more: it keeps no process alive, and may ring all the same. */
  clear(): void;
}

/** How a timer behaves towards its process. */
export interface TimerOptions {
  /** True when the timer must not keep the process alive. Default false. */
  readonly background?: boolean;
}

/** 2^31 - 1: above this, `setTimeout` fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The machine's monotonic clock: setting the wall clock changes nothing. Timers are those that are installed when a wait
 * begins, so that fakes of a test hold for what begins under them, and for nothing else.
 */
export const systemClock: Clock = {
  now: readPerformance,
  after(delayMs, callback, options) {
    const native = nativeTimers();
    // Those that belong together, whatever is installed when it comes to clearing.
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
        // A fake that does not wait: nobody expects to be called before he has been told how to cancel.
        later(ring);
        return;
      }
      // The runtime's own timers drop fractions, and a wait that a server asked for must not end early. Any other timer
      // has a clock of its own: it is believed.
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
      // A timer of fakes that are gone is gone with them; the next fakes may take it for one of theirs.
      if (native !== undefined || setTimeout === globalThis.setTimeout) clearTimeout(timer);
    };
  },
  alarm: (callback) => new SystemAlarm(callback),
  wallNow: () => Date.now(),
};

/**
 * Whether one alarm may serve many calls: the clock must have one, and the timers must be those of the runtime. A fake
 * timer serves the call that set it, and goes with its test. Ask just after `now()`.
 */
export function hasSharedAlarm(clock: Clock): boolean {
  return clock === systemClock ? areNativeSinceRead() : clock.alarm !== undefined;
}

/** What the timers of a clock belong to now. When it is another one than before, timers set before may never fire. */
export function timersOf(clock: Clock): unknown {
  return clock === systemClock ? globalThis.setTimeout : clock;
}

/** Browsers return a number, which has nothing to detach; fakes return what they like. */
function detach(timer: unknown): void {
  (timer as { unref?: () => void } | null | undefined)?.unref?.();
}

function installedTimers(): NativeTimers {
  const { setTimeout, clearTimeout, performance } = globalThis;
  return { setTimeout, clearTimeout, now: () => performance.now() };
}

/**
 * Made of the runtime's own timers. Detaches its timer instead of clearing it: setting and clearing one for each call
 * would cost more than all else.
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
    // Kept for the next time: an alarm that rings while fakes are installed is still one of the runtime.
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
    // A browser has no detached timers, and no process to keep alive either.
    else this.#cancel();
  }

  #cancel(): void {
    if (this.#timers === undefined) return;
    const { clearTimeout } = this.#timers;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** A signal that may be absent, as `sleep` needs it: `Call` makes one only when somebody reads it. */
export interface Abortable {
  readonly canAbort: boolean;
  readonly signal: AbortSignal;
}

/**
 * Waits. Rejects at once with the signal's reason when the caller leaves, and leaves neither timer nor listener behind.
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
