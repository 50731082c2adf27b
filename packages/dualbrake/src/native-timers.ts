/**
 * The timers of the runtime itself, and their clock. Destructure the functions before calling them: browsers require `this` to be
 * `undefined` or the window.
 */
export interface NativeTimers {
  readonly setTimeout: typeof setTimeout;
  readonly clearTimeout: typeof clearTimeout;
  /** Monotonic milliseconds, even if `performance` was replaced in the meantime. */
  now(): number;
}

/** `now` is compared by identity. */
interface ReadableClock {
  readonly now: () => number;
}

/** Captured when this module is loaded. A fake has its own `now`, the original inherits it from its prototype. */
const clock: ReadableClock = globalThis.performance;
const readClock = Object.hasOwn(clock, 'now') ? undefined : clock.now;

/** The last `setTimeout` that was checked: recognizing a fake is too expensive to do for every call. */
let seen: unknown;
let lastNative: NativeTimers | undefined;
/** The `setTimeout` of `lastNative`, and the last `performance.now` that was read. Both are compared often. */
let nativeSetTimeout: unknown;
let lastReadClock: unknown;

/** Reads the installed clock, which may be a fake. */
export function readPerformance(): number {
  const installed: ReadableClock = performance;
  // Compared first: reading costs less than writing, and it is hardly ever another one.
  if (installed.now !== lastReadClock) lastReadClock = installed.now;
  return installed.now();
}

/**
 * The installed timers, if both they and `performance.now` are the runtime's own.
 *
 * Test runners often fake only one of the two. The clock and the timers then disagree and must not be combined.
 */
export function nativeTimers(): NativeTimers | undefined {
  const installed: ReadableClock = performance;
  lastReadClock = installed.now;
  return areNativeSinceRead() ? lastNative : undefined;
}

/**
 * Whether `nativeTimers()` would return timers. Relies on the clock that `readPerformance` has just read, because reading it again
 * would be too expensive per call.
 */
export function areNativeSinceRead(): boolean {
  return lastReadClock === readClock && (setTimeout === nativeSetTimeout || isNewNative(setTimeout));
}

/** Runs work after the current turn, with the runtime's own timer if known. */
export function later(work: () => void): void {
  if (lastNative === undefined) {
    // Not `queueMicrotask`, which some fakes replace, too.
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
 * Whether it is a function of the engine or the one in Node's source. Fakes have other names, none, or are bound. When in doubt, treat
 * it as a fake, which is correct but costs a timer per call.
 */
function looksNative(installed: unknown): boolean {
  if (typeof installed !== 'function') return false;
  const source = Function.prototype.toString.call(installed);
  return /^function setTimeout\((?:\)\s*\{\s*\[native code\]\s*\}$|callback, after\b[^]*\bnew Timeout\()/.test(source);
}

// Capture the runtime's timers now, before fakes can be installed.
nativeTimers();
