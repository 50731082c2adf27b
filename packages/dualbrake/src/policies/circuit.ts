import type { CircuitState } from '../events.ts';
import { FAILED, type Window } from './window.ts';

/** The limits of a circuit. 0 turns a limit off where that is allowed. */
export interface CircuitLimits {
  /** Consecutive failures that open it; 0 for never. */
  readonly run: number;
  /** Failures in the window that open it; 0 for never. */
  readonly failures: number;
  /** Share of failures in the window that opens it, 0 to 1; 0 for never. */
  readonly failureRatio: number;
  /** Share of slow calls in the window that opens it, 0 to 1. */
  readonly slowRatio: number;
  /** Calls in the window before its ratios are evaluated. */
  readonly minimumCalls: number;
  /** How long it stays open, and how long a probe may take before another one replaces it. Milliseconds. */
  readonly resetTimeoutMs: number;
  /** Multiplies the open time after each failed recovery; 1 for no growth. */
  readonly resetTimeoutFactor: number;
  /** Upper limit of the open time, in milliseconds. */
  readonly maxResetTimeoutMs: number;
  /** Successes needed to close, and the most calls let through until then. */
  readonly halfOpenCalls: number;
  /** Milliseconds after closing in which only a growing share of calls is let through; 0 for off. */
  readonly rampUpMs: number;
}

/** What opened a circuit. */
export type TripCause = 'run' | 'failures' | 'failure-ratio' | 'slow-ratio' | 'test-failed';

/** A state change. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** Consecutive failures at that moment. */
  readonly failures: number;
  /** Share of failed calls in the window at that moment; `undefined` without a window, or with an empty one. */
  readonly failureRatio: number | undefined;
  readonly slowRatio: number | undefined;
  /** The limit that opened it; `undefined` for operator actions and for other states. */
  readonly cause: TripCause | undefined;
  readonly generation: number;
}

/** How long to stay open this time, instead of the time in the limits. */
export interface OpenTime {
  /** What the server asked for or a rule sets, in milliseconds. */
  readonly openMs?: number | undefined;
  /** Multiplies the open time; 1 or more. The random number is passed in. */
  readonly stretch?: number;
}

/** No permit: the call must not be made. */
export const REFUSED = -1;
/** Share of calls let through right after closing, in thousandths. */
const FIRST_SHARE = 100;
const WHOLE = 1_000;

/** A running probe. */
interface Probe {
  readonly permit: number;
  readonly leaseEndsAt: number;
}

const noProbes: readonly Probe[] = [];

/** Everything a circuit needs to continue from saved state. All times are relative to the moment of saving. */
export interface CircuitMemory {
  readonly state: CircuitState;
  /** Milliseconds since the last state change. */
  readonly sinceMs: number;
  /** Milliseconds until an open circuit probes; 0 if it is due, or not open. */
  readonly testsInMs: number;
  readonly failuresInARow: number;
  readonly failedRecoveries: number;
  /** Successful probes of a half-open circuit; absent if there are none. Running probes are not saved. */
  readonly testSuccesses?: number;
  /** Present while the share of calls let through is still growing. */
  readonly ramp?: {
    readonly endsInMs: number;
    /** Credit for calls that may be let through, in thousandths of a call. */
    readonly credit: number;
  };
}

/** The most credit that can accumulate during a ramp-up, in thousandths of a call. */
export const MOST_RAMP_CREDIT = 2_000;

/**
 * The pure state machine of a breaker: no clock, no promises, no errors, no randomness. Times are passed in, transitions
 * are returned.
 *
 * A permit identifies the period in which its call was admitted; results of another period are ignored. All calls of one
 * closed period share a permit. Each probe has a permit of its own, with a lease.
 */
export class Circuit {
  state: CircuitState = 'closed';
  /** Clock reading of the last state change. */
  changedAt: number;
  failuresInARow = 0;
  /** Number of the period; each state change begins a new one. */
  generation = 0;
  /** The permit of the calls of this closed period. */
  closedPermit = 0;
  window: Window | undefined;
  /** Position of the last recorded call in the window, for `amend`. */
  place = 0;
  #testsAt = Infinity;
  #failedRecoveries = 0;
  /** Last permit issued. */
  #serial = 0;
  #successes = 0;
  /** Running probes. Closed breakers share one empty array. */
  #probes: readonly Probe[] = noProbes;
  /** Credit for calls during a ramp-up, in thousandths of a call. The first call always passes. */
  #rampCredit = WHOLE;
  #rampEndsAt = -Infinity;
  #isRestrained = false;

  constructor(now: number, window: Window | undefined) {
    this.changedAt = now;
    this.window = window;
  }

  /** Whether an open circuit has waited long enough to probe. */
  isDue(now: number): boolean {
    return this.state === 'open' && now >= this.#testsAt;
  }

  /** Milliseconds until the next probe; 0 if it is due, or the circuit is not open. */
  retryAfterMs(now: number): number {
    return this.state === 'open' ? Math.max(0, this.#testsAt - now) : 0;
  }

  /** Whether only a share of calls is let through because the circuit has just closed. */
  isRampingUp(now: number): boolean {
    return this.state === 'closed' && now < this.#rampEndsAt;
  }

  /** False while calls can use `closedPermit` without `admit`, and so without reading the clock. */
  get isRestrained(): boolean {
    return this.#isRestrained;
  }

  /** Returns a permit, or `REFUSED`. Before that, check `isDue` and then call `enter('half-open')`. */
  admit(limits: CircuitLimits, now: number): number {
    if (this.state === 'closed') return this.#passesRamp(limits, now) ? this.closedPermit : REFUSED;
    if (this.state === 'open') return REFUSED;
    const probes = this.#probes.filter(({ leaseEndsAt }) => now < leaseEndsAt);
    this.#probes = probes;
    // Always allow one probe: halfOpenCalls may have been lowered to the successes so far, and one must close it.
    if (probes.length > 0 && probes.length + this.#successes >= limits.halfOpenCalls) return REFUSED;
    this.#serial += 1;
    this.#probes = [...probes, { permit: this.#serial, leaseEndsAt: now + limits.resetTimeoutMs }];
    return this.#serial;
  }

  /** Records the success of a call that was admitted while closed: the fast path of `record`. */
  succeeded(permit: number, now: number): void {
    if (this.state !== 'closed' || permit !== this.closedPermit) return;
    this.failuresInARow = 0;
    this.window?.record(0, now);
  }

  /**
   * Records the outcome of a call, or that a running call is slow. Ignored if the permit is of another period, or its
   * lease has expired and another probe has replaced it.
   *
   * @param judged 0, `FAILED`, `SLOW` or their sum. Without a window, and for a probe, a slow call counts as a failure.
   */
  record(
    permit: number,
    judged: number,
    limits: CircuitLimits,
    now: number,
    openTime?: OpenTime,
  ): Transition | undefined {
    if (this.state === 'closed') {
      if (permit !== this.closedPermit) return undefined;
      this.place = this.window?.record(judged, now) ?? 0;
      const failed = this.window === undefined ? judged !== 0 : (judged & FAILED) !== 0;
      this.failuresInARow = failed ? this.failuresInARow + 1 : 0;
      const cause = judged === 0 ? undefined : this.#causeToOpen(limits);
      return cause === undefined ? undefined : this.enter('open', limits, now, { ...openTime, cause });
    }
    if (!this.#takeProbe(permit)) return undefined;
    if (judged !== 0) {
      this.failuresInARow += 1;
      this.#failedRecoveries += 1;
      return this.enter('open', limits, now, { ...openTime, cause: 'test-failed' });
    }
    this.#successes += 1;
    return this.#successes >= limits.halfOpenCalls ? this.enter('closed', limits, now) : undefined;
  }

  /** Records that a call has failed after it was counted as slow while running. */
  amend(
    permit: number,
    place: number,
    limits: CircuitLimits,
    now: number,
    openTime?: OpenTime,
  ): Transition | undefined {
    if (this.state !== 'closed' || permit !== this.closedPermit || this.window === undefined) return undefined;
    this.window.amend(place, now);
    this.failuresInARow += 1;
    const cause = this.#causeToOpen(limits);
    return cause === undefined ? undefined : this.enter('open', limits, now, { ...openTime, cause });
  }

  /** Whether a probe still holds its permit: the period has not ended, and no other probe has replaced it. */
  isTesting(permit: number): boolean {
    return this.#probes.some((probe) => probe.permit === permit);
  }

  /** Gives back the permit of a call with a neutral outcome. */
  forget(permit: number): void {
    this.#takeProbe(permit);
  }

  /** Changes the state and starts a new period. */
  enter(
    to: CircuitState,
    limits: CircuitLimits,
    now: number,
    { openMs, stretch = 1, cause }: OpenTime & { readonly cause?: TripCause } = {},
  ): Transition {
    const { state: from, failuresInARow: failures } = this;
    const { failureRatio, slowRatio } = this.ratios(now);
    this.generation += 1;
    this.state = to;
    this.changedAt = now;
    this.#serial += 1;
    this.#probes = noProbes;
    this.#successes = 0;
    if (to === 'open') this.#testsAt = now + this.#openMs(limits, openMs) * stretch;
    this.#rampEndsAt = to === 'closed' && from !== 'closed' && limits.rampUpMs > 0 ? now + limits.rampUpMs : -Infinity;
    this.#isRestrained = to !== 'closed' || this.#rampEndsAt !== -Infinity;
    this.#rampCredit = WHOLE;
    if (to === 'closed') {
      this.closedPermit = this.#serial;
      this.failuresInARow = 0;
      this.#failedRecoveries = 0;
      this.window?.clear();
    }
    return { from, to, failures, failureRatio, slowRatio, cause, generation: this.generation };
  }

  /** Shares of failed and slow calls in the window, 0 to 1; `undefined` if it is empty or there is none. */
  ratios(now: number): { failureRatio: number | undefined; slowRatio: number | undefined } {
    this.window?.moveTo(now);
    if (this.window === undefined || this.window.calls === 0) return { failureRatio: undefined, slowRatio: undefined };
    const { calls, failures, slow } = this.window;
    return { failureRatio: failures / calls, slowRatio: slow / calls };
  }

  /** State for `resume`. A half-open circuit without a success is saved as an open one whose probe is due. */
  memory(now: number): CircuitMemory {
    const isTesting = this.state === 'half-open' && this.#successes > 0;
    return {
      state: this.state === 'half-open' && !isTesting ? 'open' : this.state,
      sinceMs: now - this.changedAt,
      testsInMs: this.retryAfterMs(now),
      failuresInARow: this.failuresInARow,
      failedRecoveries: this.#failedRecoveries,
      ...(isTesting && { testSuccesses: this.#successes }),
      ...(this.isRampingUp(now) && { ramp: { endsInMs: this.#rampEndsAt - now, credit: this.#rampCredit } }),
    };
  }

  /** Continues from saved state. A new period starts, so results of running calls are ignored. */
  resume(memory: CircuitMemory, now: number, elapsedMs: number): void {
    const { state, ramp } = memory;
    this.generation += 1;
    this.#serial += 1;
    this.#probes = noProbes;
    this.#successes = state === 'half-open' ? (memory.testSuccesses ?? 0) : 0;
    this.state = state;
    this.changedAt = now - elapsedMs - memory.sinceMs;
    this.failuresInARow = memory.failuresInARow;
    this.#failedRecoveries = memory.failedRecoveries;
    this.#testsAt = now + Math.max(0, memory.testsInMs - elapsedMs);
    this.#rampEndsAt = state === 'closed' && ramp !== undefined ? now - elapsedMs + ramp.endsInMs : -Infinity;
    this.#rampCredit = ramp?.credit ?? WHOLE;
    this.#isRestrained = state !== 'closed' || this.#rampEndsAt !== -Infinity;
    this.closedPermit = this.#serial;
  }

  /** The limit that is reached, if any. Called after a call was counted, so the window is up to date. */
  #causeToOpen(limits: CircuitLimits): TripCause | undefined {
    if (limits.run > 0 && this.failuresInARow >= limits.run) return 'run';
    const { window } = this;
    if (window === undefined) return undefined;
    if (limits.failures > 0 && window.failures >= limits.failures) return 'failures';
    if (window.calls < limits.minimumCalls) return undefined;
    if (limits.failureRatio > 0 && window.failures / window.calls >= limits.failureRatio) {
      return 'failure-ratio';
    }
    return window.slow > 0 && window.slow / window.calls >= limits.slowRatio ? 'slow-ratio' : undefined;
  }

  /** Each call adds the current share to the credit; a whole credit lets one call through. Not random, so no bursts. */
  #passesRamp(limits: CircuitLimits, now: number): boolean {
    if (now >= this.#rampEndsAt || limits.rampUpMs === 0) {
      this.#rampEndsAt = -Infinity;
      this.#isRestrained = false;
      return true;
    }
    this.#rampCredit += Math.max(FIRST_SHARE, Math.floor((WHOLE * (now - this.changedAt)) / limits.rampUpMs));
    if (this.#rampCredit < WHOLE) return false;
    this.#rampCredit -= WHOLE;
    return true;
  }

  #openMs({ resetTimeoutMs, resetTimeoutFactor, maxResetTimeoutMs }: CircuitLimits, asked: number | undefined): number {
    const longest = Math.max(maxResetTimeoutMs, resetTimeoutMs);
    const grown = Math.min(resetTimeoutMs * resetTimeoutFactor ** this.#failedRecoveries, longest);
    return asked === undefined ? grown : Math.min(asked, longest);
  }

  #takeProbe(permit: number): boolean {
    const others = this.#probes.filter((probe) => probe.permit !== permit);
    const isThere = others.length < this.#probes.length;
    this.#probes = others;
    return isThere;
  }
}
