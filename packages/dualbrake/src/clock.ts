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
  /** A timer that is set again and again, for clocks that have a cheaper way than `after`. */
  alarm?(callback: () => void): Alarm;
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

/** The alarm of a clock, or one made of `after`. */
export function alarmOf(clock: Clock, callback: () => void): Alarm {
  if (clock.alarm !== undefined) return clock.alarm(callback);
  let cancel: (() => void) | undefined;
  return {
    set: (delayMs) => {
      cancel?.();
      cancel = clock.after(delayMs, callback);
    },
    clear: () => cancel?.(),
  };
}

/** How a timer behaves towards its process. */
export interface TimerOptions {
  /** True when the timer must not keep the process alive. Default false. */
  readonly background?: boolean;
}

/** 2^31 - 1: above this, `setTimeout` fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's monotonic clock: setting the wall clock changes nothing. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, callback, options) {
    const background = options?.background === true;
    const endsAt = performance.now() + delayMs;
    let timer: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      // Rounded up: timers drop the fraction, and a wait that a server asked for must not end early.
      const leftMs = Math.min(Math.max(Math.ceil(endsAt - performance.now()), 0), LONGEST_TIMER_MS);
      timer = setTimeout(() => (performance.now() >= endsAt ? callback() : arm()), leftMs);
      // Browsers return a number, which has nothing to detach.
      if (background && typeof timer === 'object') timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
  alarm: (callback) => new SystemAlarm(callback),
  wallNow: () => Date.now(),
};

/** Detaches its timer instead of clearing it: setting and clearing one for each call would cost more than all else. */
class SystemAlarm implements Alarm {
  readonly #callback: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ringsAt = Infinity;

  constructor(callback: () => void) {
    this.#callback = callback;
  }

  set(delayMs: number, now: number): void {
    if (this.#timer !== undefined && this.#ringsAt <= now + delayMs) {
      if (typeof this.#timer === 'object') this.#timer.ref();
      return;
    }
    clearTimeout(this.#timer);
    const leftMs = Math.min(Math.ceil(delayMs), LONGEST_TIMER_MS);
    this.#ringsAt = now + leftMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#callback();
    }, leftMs);
  }

  clear(): void {
    if (typeof this.#timer === 'object') this.#timer.unref();
    else {
      // A browser has no detached timers, and no process to keep alive either.
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
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
