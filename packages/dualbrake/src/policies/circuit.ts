import type { CircuitState } from '../events.ts';
import { FAILED, type Window } from './window.ts';

/** The numbers that a circuit judges by. 0 switches off what can be switched off. */
export interface CircuitLimits {
  /** Failures in a row that open it; 0 for never. */
  readonly run: number;
  /** Failures in the window that open it; 0 for never. */
  readonly failures: number;
  /** Share of failures in the window that opens it, 0 to 1; 0 for never. */
  readonly failureRatio: number;
  /** Share of slow calls in the window that opens it, 0 to 1. */
  readonly slowRatio: number;
  /** Calls that a window must hold before its shares mean anything. */
  readonly minimumCalls: number;
  /** How long it stays open, and how long a test call may take before its place is given to another one. */
  readonly resetTimeoutMs: number;
  /** How often the open time is multiplied while recovery keeps failing; 1 for never. */
  readonly resetTimeoutFactor: number;
  readonly maxResetTimeoutMs: number;
  /** Successes needed to close, and the most calls let through meanwhile. */
  readonly halfOpenCalls: number;
  /** For how long after closing only a growing share of calls is let through; 0 for none. */
  readonly rampUpMs: number;
}

/** What opened a circuit. */
export type TripCause = 'run' | 'failures' | 'failure-ratio' | 'slow-ratio' | 'test-failed';

/** A change of state. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** Failures in a row at that moment. */
  readonly failures: number;
  /** Share of failed calls in the window at that moment; `undefined` without a window, or with an empty one. */
  readonly failureRatio: number | undefined;
  readonly slowRatio: number | undefined;
  /** What opened it by rule; `undefined` for orders and for other states. */
  readonly cause: TripCause | undefined;
  readonly generation: number;
}

/** How long it stays open this time, in place of the limits' time. */
export interface OpenTime {
  /** What the other side asked for, or a rule says, in milliseconds. */
  readonly openMs?: number | undefined;
  /** Multiplies the open time; 1 or more. Chance comes in from outside. */
  readonly stretch?: number;
}

/** No permit: the call must not be made. */
export const REFUSED = -1;
/** Of a thousand calls after closing, how many are let through at first. */
const FIRST_SHARE = 100;
const WHOLE = 1_000;

/** A test call that has not come back. */
interface Probe {
  readonly permit: number;
  readonly leaseEndsAt: number;
}

const noProbes: readonly Probe[] = [];

/** What a circuit would have to be told to go on where another one stopped. Times are relative to the moment of saving. */
export interface CircuitMemory {
  readonly state: CircuitState;
  readonly sinceMs: number;
  readonly testsInMs: number;
  readonly failuresInARow: number;
  readonly failedRecoveries: number;
  /** Successful tests of a half-open circuit; absent when there are none. Tests under way are not kept. */
  readonly testSuccesses?: number;
  /** While the share of calls that is let through still grows. */
  readonly ramp?: {
    readonly endsInMs: number;
    /** Thousandths of a call that may be let through. */
    readonly credit: number;
  };
}

/** The most thousandths of a call that can be saved up while the share grows. */
export const MOST_RAMP_CREDIT = 2_000;

/**
 * The state machine alone: no clock, no promise, no error, no chance. Time comes in, transitions go out.
 *
 * A permit says in which period its call was admitted; what comes back from another period counts for nothing. All
 * calls of one closed period share a permit, each test call has one of its own, with a lease.
 */
export class Circuit {
  state: CircuitState = 'closed';
  /** Clock reading of the last change of state. */
  changedAt: number;
  failuresInARow = 0;
  /** The number of the period; each change of state begins one. */
  generation = 0;
  /** The permit of the calls of this closed period. */
  closedPermit = 0;
  window: Window | undefined;
  /** Where the last recorded call stands in the window, for `amend`. */
  place = 0;
  #testsAt = Infinity;
  #failedRecoveries = 0;
  /** Last permit given out. */
  #serial = 0;
  #successes = 0;
  /** Test calls that are under way; none at all for the many breakers that are closed. */
  #probes: readonly Probe[] = noProbes;
  /** Thousandths of a call that may be let through while the share grows; the first one always passes. */
  #rampCredit = WHOLE;
  #rampEndsAt = -Infinity;
  #isRestrained = false;

  constructor(now: number, window: Window | undefined) {
    this.changedAt = now;
    this.window = window;
  }

  /** Whether an open circuit has waited long enough for a test call. */
  isDue(now: number): boolean {
    return this.state === 'open' && now >= this.#testsAt;
  }

  /** Milliseconds until the next test; 0 when it is due or not open. */
  retryAfterMs(now: number): number {
    return this.state === 'open' ? Math.max(0, this.#testsAt - now) : 0;
  }

  /** Whether only a share of calls is let through, because it has just closed. */
  isRampingUp(now: number): boolean {
    return this.state === 'closed' && now < this.#rampEndsAt;
  }

  /** False while a call needs nothing but `closedPermit`: then `admit` need not be asked, nor the clock. */
  get isRestrained(): boolean {
    return this.#isRestrained;
  }

  /** A permit to call, or `REFUSED`. Ask `isDue` first, and `enter('half-open')` if so. */
  admit(limits: CircuitLimits, now: number): number {
    if (this.state === 'closed') return this.#passesRamp(limits, now) ? this.closedPermit : REFUSED;
    if (this.state === 'open') return REFUSED;
    const probes = this.#probes.filter(({ leaseEndsAt }) => now < leaseEndsAt);
    this.#probes = probes;
    // One at least: halfOpenCalls may have been lowered to what has already succeeded, and somebody must close it.
    if (probes.length > 0 && probes.length + this.#successes >= limits.halfOpenCalls) return REFUSED;
    this.#serial += 1;
    this.#probes = [...probes, { permit: this.#serial, leaseEndsAt: now + limits.resetTimeoutMs }];
    return this.#serial;
  }

  /** A call that was admitted while closed went well: the short form of `record`. */
  succeeded(permit: number, now: number): void {
    if (this.state !== 'closed' || permit !== this.closedPermit) return;
    this.failuresInARow = 0;
    this.window?.record(0, now);
  }

  /**
   * What a call came to, or that it is slow already. Ignored when its permit is of another period, or its lease has
   * been given away.
   *
   * @param judged 0, `FAILED`, `SLOW` or their sum. In a run, and as a test, a slow call is a failed one.
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

  /** A call that was counted as slow while it ran has failed since. */
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

  /** Whether a test call still has its permit: this period has not ended, and its lease has not been given away. */
  isTesting(permit: number): boolean {
    return this.#probes.some((probe) => probe.permit === permit);
  }

  /** The outcome says nothing: the permit is given back. */
  forget(permit: number): void {
    this.#takeProbe(permit);
  }

  /** Changes the state and begins a new period. */
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

  /** Shares of failed and slow calls, 0 to 1; `undefined` while nothing has been counted. */
  ratios(now: number): { failureRatio: number | undefined; slowRatio: number | undefined } {
    this.window?.moveTo(now);
    if (this.window === undefined || this.window.calls === 0) return { failureRatio: undefined, slowRatio: undefined };
    const { calls, failures, slow } = this.window;
    return { failureRatio: failures / calls, slowRatio: slow / calls };
  }

  /** What to keep for `resume`. A half-open circuit without a success has nothing but a test that is due. */
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

  /** Goes on where another circuit stopped. A new period begins: what comes back from before counts for nothing. */
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

  /** Asked after a call was counted, so that the window is up to date. */
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

  /** Every call adds the current share; each whole one lets a call through. No chance, so no bursts. */
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
