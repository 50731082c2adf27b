import type { CircuitState } from '../events.ts';

/** The numbers that a circuit judges by. */
export interface CircuitLimits {
  /** Failures in a row that open it. */
  readonly failureThreshold: number;
  /** How long it stays open, and how long a test call may take before its place is given to another one. */
  readonly resetTimeoutMs: number;
  /** How often the open time is multiplied while recovery keeps failing; 1 for never. */
  readonly resetTimeoutFactor: number;
  readonly maxResetTimeoutMs: number;
  /** Successes needed to close, and the most calls let through meanwhile. */
  readonly halfOpenCalls: number;
}

/** A change of state. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** Failures in a row at that moment. */
  readonly failures: number;
}

/** No permit: the call must not be made. */
export const REFUSED = -1;

/**
 * The state machine alone: no clock, no promise, no error. Time comes in, transitions go out.
 *
 * A permit says in which period its call was admitted; what comes back from another period counts for nothing. All
 * calls of one closed period share a permit, each test call has one of its own, with a lease.
 */
export class Circuit {
  state: CircuitState = 'closed';
  /** Clock reading of the last change of state. */
  changedAt: number;
  failuresInARow = 0;
  #testsAt = Infinity;
  #failedRecoveries = 0;
  #serial = 0;
  #closedPermit = 0;
  #successes = 0;
  #probes: { permit: number; leaseEndsAt: number }[] = [];

  constructor(now: number) {
    this.changedAt = now;
  }

  /** Whether an open circuit has waited long enough for a test call. */
  isDue(now: number): boolean {
    return this.state === 'open' && now >= this.#testsAt;
  }

  /** Milliseconds until the next test; 0 when it is due or not open. */
  retryAfterMs(now: number): number {
    return this.state === 'open' ? Math.max(0, this.#testsAt - now) : 0;
  }

  /** A permit to call, or `REFUSED`. Ask `isDue` first, and `enter('half-open')` if so. */
  admit(limits: CircuitLimits, now: number): number {
    if (this.state === 'closed') return this.#closedPermit;
    if (this.state === 'open') return REFUSED;
    this.#probes = this.#probes.filter(({ leaseEndsAt }) => now < leaseEndsAt);
    if (this.#probes.length + this.#successes >= limits.halfOpenCalls) return REFUSED;
    this.#serial += 1;
    this.#probes.push({ permit: this.#serial, leaseEndsAt: now + limits.resetTimeoutMs });
    return this.#serial;
  }

  /** What a call came to. Ignored when its permit is of another period, or its lease has been given away. */
  record(permit: number, failed: boolean, limits: CircuitLimits, now: number): Transition | undefined {
    if (this.state === 'closed') {
      if (permit !== this.#closedPermit) return undefined;
      this.failuresInARow = failed ? this.failuresInARow + 1 : 0;
      return this.failuresInARow >= limits.failureThreshold ? this.enter('open', limits, now) : undefined;
    }
    if (!this.#takeProbe(permit)) return undefined;
    if (failed) {
      this.failuresInARow += 1;
      this.#failedRecoveries += 1;
      return this.enter('open', limits, now);
    }
    this.#successes += 1;
    return this.#successes >= limits.halfOpenCalls ? this.enter('closed', limits, now) : undefined;
  }

  /** The outcome says nothing: the permit is given back. */
  forget(permit: number): void {
    this.#takeProbe(permit);
  }

  /** Changes the state and begins a new period. */
  enter(to: CircuitState, limits: CircuitLimits, now: number): Transition {
    const transition: Transition = { from: this.state, to, failures: this.failuresInARow };
    this.state = to;
    this.changedAt = now;
    this.#serial += 1;
    this.#probes = [];
    this.#successes = 0;
    this.#testsAt = to === 'open' ? now + this.#openMs(limits) : Infinity;
    if (to === 'closed') {
      this.#closedPermit = this.#serial;
      this.failuresInARow = 0;
      this.#failedRecoveries = 0;
    }
    return transition;
  }

  #openMs({ resetTimeoutMs, resetTimeoutFactor, maxResetTimeoutMs }: CircuitLimits): number {
    const grown = resetTimeoutMs * resetTimeoutFactor ** this.#failedRecoveries;
    return Math.min(grown, Math.max(maxResetTimeoutMs, resetTimeoutMs));
  }

  #takeProbe(permit: number): boolean {
    const index = this.#probes.findIndex((probe) => probe.permit === permit);
    if (index >= 0) this.#probes.splice(index, 1);
    return index >= 0;
  }
}
