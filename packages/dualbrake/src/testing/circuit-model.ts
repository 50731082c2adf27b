/** The numbers that the model goes by, as a breaker's settings have them. */
export interface ModelNumbers {
  readonly failureThreshold?: number;
  readonly failureRatio?: number;
  readonly slowCallRatio?: number;
  readonly minimumCalls?: number;
  readonly consecutiveFailures?: number;
  readonly windowCalls?: number;
  readonly windowMs?: number;
  readonly slowCallMs: number;
  readonly resetTimeoutMs: number;
  readonly resetTimeoutFactor: number;
  readonly maxResetTimeoutMs: number;
  readonly halfOpenCalls: number;
}

/** One call that was let through. */
export interface ModelPermit {
  readonly period: number;
  readonly startedAt: number;
  readonly isProbe: boolean;
  leaseEndsAt: number;
  /** The counted event, once it has been counted as slow while it ran. */
  counted: ModelEvent | undefined;
  settled: boolean;
}

interface ModelEvent {
  readonly at: number;
  failed: boolean;
  readonly slow: boolean;
}

/**
 * A circuit breaker that keeps everything and looks through all of it each time: slow, and plain to see. For tests
 * alone: the real one must do the same.
 */
export class ModelBreaker {
  run = 0;
  #numbers: ModelNumbers;
  readonly #startedAt: number;
  #state: 'closed' | 'open' | 'half-open' = 'closed';
  #period = 0;
  #events: ModelEvent[] = [];
  #testsAt = 0;
  #failedRecoveries = 0;
  #successes = 0;
  #probes: ModelPermit[] = [];
  #running: ModelPermit[] = [];
  #order: { kind: 'isolate' | 'hold-closed'; endsAt: number } | undefined;

  constructor(numbers: ModelNumbers, now: number) {
    this.#numbers = numbers;
    this.#startedAt = now;
  }

  circuit(now: number): string {
    return this.#state === 'open' && now >= this.#testsAt ? 'half-open' : this.#state;
  }

  state(now: number): string {
    if (this.#order !== undefined && now < this.#order.endsAt)
      return this.#order.kind === 'isolate' ? 'open' : 'closed';
    return this.circuit(now);
  }

  failureRatio(now: number): number | undefined {
    const events = this.#window(now);
    return events.length === 0 ? undefined : events.filter(({ failed }) => failed).length / events.length;
  }

  change(numbers: Partial<ModelNumbers>): void {
    this.#numbers = { ...this.#numbers, ...numbers };
  }

  call(now: number): ModelPermit | undefined {
    this.#countOverdue(now);
    if (this.circuit(now) !== this.#state) this.#enter('half-open', now);
    const order = this.#order !== undefined && now < this.#order.endsAt ? this.#order.kind : undefined;
    if (order === 'isolate') return undefined;
    const permit: ModelPermit = {
      period: this.#period,
      startedAt: now,
      isProbe: this.#state === 'half-open',
      leaseEndsAt: now + this.#numbers.resetTimeoutMs,
      counted: undefined,
      settled: false,
    };
    if (this.#state === 'half-open') {
      this.#probes = this.#probes.filter(({ leaseEndsAt }) => now < leaseEndsAt);
      const { length } = this.#probes;
      if (length === 0 || length + this.#successes < this.#numbers.halfOpenCalls) this.#probes.push(permit);
      else if (order === undefined) return undefined;
    } else if (this.#state === 'open' && order === undefined) return undefined;
    if (this.#state !== 'open') this.#running.push(permit);
    else this.#running.push(Object.assign(permit, { period: -1 }));
    return permit;
  }

  settle(permit: ModelPermit, result: 'good' | 'bad' | 'neutral' | 'answered-no', now: number): void {
    // Neutral or not: how long it took so far is known.
    if (result === 'neutral') this.#countOverdue(now);
    this.#running = this.#running.filter((other) => other !== permit);
    permit.settled = true;
    if (result === 'neutral') {
      this.#probes = this.#probes.filter((probe) => probe !== permit);
      return;
    }
    const failed = result === 'bad';
    const { slowCallMs } = this.#numbers;
    const slow = slowCallMs > 0 && now - permit.startedAt >= slowCallMs;
    if (permit.counted === undefined) this.#record(permit, failed, slow, now);
    else if (failed) this.#amend(permit, now);
    this.#countOverdue(now);
  }

  order(order: string, now: number, forMs: number): void {
    if (order === 'isolate' || order === 'hold-closed') this.#order = { kind: order, endsAt: now + forMs };
    else if (order === 'release') this.#order = undefined;
    else if (order === 'trip') this.#enter('open', now);
    else if (order === 'reset') this.#enter('closed', now);
    else if (this.#state === 'open') this.#enter('half-open', now);
  }

  #countOverdue(now: number): void {
    const { slowCallMs } = this.#numbers;
    if (slowCallMs === 0) return;
    for (const permit of this.#running) {
      if (permit.counted === undefined && now - permit.startedAt >= slowCallMs) {
        permit.counted = { at: now, failed: false, slow: true };
        this.#record(permit, false, true, now, permit.counted);
      }
    }
  }

  #record(permit: ModelPermit, failed: boolean, slow: boolean, now: number, event?: ModelEvent): void {
    if (permit.period !== this.#period) return;
    if (this.#state === 'closed') {
      this.#events.push(event ?? { at: now, failed, slow });
      const inRow = this.#isConsecutive ? failed || slow : failed;
      this.run = inRow ? this.run + 1 : 0;
      if ((failed || slow) && this.#mustOpen(now)) this.#enter('open', now);
      return;
    }
    if (!this.#probes.includes(permit)) return;
    this.#probes = this.#probes.filter((probe) => probe !== permit);
    if (failed || slow) {
      this.run += 1;
      this.#failedRecoveries += 1;
      this.#enter('open', now);
    } else {
      this.#successes += 1;
      if (this.#successes >= this.#numbers.halfOpenCalls) this.#enter('closed', now);
    }
  }

  #amend(permit: ModelPermit, now: number): void {
    if (permit.period !== this.#period || this.#state !== 'closed' || this.#isConsecutive) return;
    if (permit.counted !== undefined) permit.counted.failed = true;
    this.run += 1;
    if (this.#mustOpen(now)) this.#enter('open', now);
  }

  get #isConsecutive(): boolean {
    return this.#numbers.windowCalls === undefined && this.#numbers.windowMs === undefined;
  }

  #window(now: number): readonly ModelEvent[] {
    const { windowCalls, windowMs } = this.#numbers;
    if (windowCalls !== undefined) return this.#events.slice(-windowCalls);
    if (windowMs === undefined) return [];
    const bucketOf = (at: number): number => Math.floor((at - this.#startedAt) / (windowMs / 10));
    return this.#events.filter(({ at }) => bucketOf(at) > bucketOf(now) - 10);
  }

  #mustOpen(now: number): boolean {
    const { failureThreshold = 0, failureRatio = 0, slowCallRatio = 1, minimumCalls = 1 } = this.#numbers;
    if (this.#isConsecutive) return this.run >= failureThreshold;
    const { consecutiveFailures = 0 } = this.#numbers;
    if (consecutiveFailures > 0 && this.run >= consecutiveFailures) return true;
    const events = this.#window(now);
    const failures = events.filter(({ failed }) => failed).length;
    const slow = events.filter((event) => event.slow).length;
    if (failureThreshold > 0 && failures >= failureThreshold) return true;
    if (events.length < minimumCalls) return false;
    if (failureRatio > 0 && failures / events.length >= failureRatio) return true;
    return slow > 0 && slow / events.length >= slowCallRatio;
  }

  #enter(to: 'closed' | 'open' | 'half-open', now: number): void {
    const { resetTimeoutMs, resetTimeoutFactor, maxResetTimeoutMs } = this.#numbers;
    this.#state = to;
    this.#period += 1;
    this.#probes = [];
    this.#successes = 0;
    if (to === 'open') {
      const grown = resetTimeoutMs * resetTimeoutFactor ** this.#failedRecoveries;
      this.#testsAt = now + Math.min(grown, Math.max(maxResetTimeoutMs, resetTimeoutMs));
    }
    if (to === 'closed') {
      this.run = 0;
      this.#failedRecoveries = 0;
      this.#events = [];
    }
  }
}
