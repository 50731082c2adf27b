/**
 * The timers of the runtime itself, and the clock that they go by. Take the functions out before they are called:
 * browsers want them to be called on nothing, or on the window.
 */
export interface NativeTimers {
  readonly setTimeout: typeof setTimeout;
  readonly clearTimeout: typeof clearTimeout;
  /** Monotonic milliseconds, whatever has taken the place of `performance` meanwhile. */
  now(): number;
}

/** `now` by itself is compared and never called. */
interface ReadableClock {
  readonly now: () => number;
}

/** As they were when this module was loaded; a fake would have a `now` of its own, not that of all such objects. */
const clock: ReadableClock = globalThis.performance;
const readClock = Object.hasOwn(clock, 'now') ? undefined : clock.now;

/** What was looked at last: telling a fake costs too much to do it for each call. */
let seen: unknown;
let lastNative: NativeTimers | undefined;
/** The `setTimeout` of `lastNative`, and the `now` of `performance` as it was read last: these two are compared often. */
let nativeSetTimeout: unknown;
let lastReadClock: unknown;

/** Reads whatever clock is installed now. */
export function readPerformance(): number {
  const installed: ReadableClock = performance;
  // Compared first: reading costs less than writing, and it is hardly ever another one.
  if (installed.now !== lastReadClock) lastReadClock = installed.now;
  return installed.now();
}

/**
 * The timers that are installed now, if they are the runtime's own and `performance.now` is, too.
 *
 * Test runners put fakes in their place, often of one and not of the other: then the two do not go together, and what
 * is set up with the one must not be compared with the other.
 */
export function nativeTimers(): NativeTimers | undefined {
  const installed: ReadableClock = performance;
  lastReadClock = installed.now;
  return areNativeSinceRead() ? lastNative : undefined;
}

/**
 * Whether there are `nativeTimers`, by the clock that `readPerformance` has just read: to look at it twice would cost
 * each call more than the question is worth.
 */
export function areNativeSinceRead(): boolean {
  return lastReadClock === readClock && (setTimeout === nativeSetTimeout || isNewNative(setTimeout));
}

/** Does something as soon as other work has had its turn, with the runtime's own timer if one has ever been seen. */
export function later(work: () => void): void {
  if (lastNative === undefined) {
    // Not `queueMicrotask`, which some fakes replace as well.
    void Promise.resolve().then(work);
    return;
  }
  const { setTimeout } = lastNative;
  setTimeout(work, 0);
}

function isNewNative(installed: typeof setTimeout): boolean {
  if (installed === seen) return false;
  seen = installed;
  if (readClock === undefined || !looksNative(installed)) return false;
  nativeSetTimeout = installed;
  lastNative = { setTimeout: installed, clearTimeout, now: readClock.bind(clock) };
  return true;
}

/**
 * A function of the engine, or the one in Node's own source. Fakes have names of their own, none, or are bound. In doubt
 * it is a fake: that costs a timer for each call, and is right as well.
 */
function looksNative(installed: unknown): boolean {
  if (typeof installed !== 'function') return false;
  const source = Function.prototype.toString.call(installed);
  return /^function setTimeout\((?:\)\s*\{\s*\[native code\]\s*\}$|callback, after\b[^]*\bnew Timeout\()/.test(source);
}

// Looked at when loaded: fakes that come later must not leave us without any timer of the runtime.
nativeTimers();
