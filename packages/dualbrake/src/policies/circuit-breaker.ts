import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Classification, Classifier } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { holds, judgedBy } from '../classify/condition.ts';
import { CircuitBreakerOpenError } from '../errors.ts';
import type { CircuitState, ControlEvent, TransitionTrigger } from '../events.ts';
import { start, type Outcome } from '../execution.ts';
import type { Host } from '../host.ts';
import { classifyCall, isImpatience } from '../limits.ts';
import type { Policy } from '../policy.ts';
import type { BreakerRecorder } from '../recorder.ts';
import { rejected } from '../rejected.ts';
import type { CircuitBreakerReport } from '../reports.ts';
import { Settings } from '../settings.ts';
import type { Change, Control, Order, Steerable } from '../steerable.ts';
import { streamEnd } from '../stream-progress.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from './standalone.ts';
import type { BreakerRule, CircuitBreakerOptions, ResultJudge } from './circuit-breaker-options.ts';
import { checkBreakerOptions } from './circuit-breaker-options.ts';
import {
  isCircuitBreakerState,
  LONGEST_ORDER_MS,
  restoreOrder,
  restoreTransitions,
  saveOrder,
  saveTransitions,
  textToSave,
  type CircuitBreakerState,
  type RecordedTransition,
  type StandingOrder,
} from './circuit-breaker-state.ts';
import {
  breakerIssues,
  breakerSpecs,
  issuesWithoutRules,
  circuitLimits,
  windowFor,
  type BreakerSpec,
} from './circuit-settings.ts';
import { Circuit, REFUSED, type CircuitLimits, type OpenTime, type Transition } from './circuit.ts';
import { CountWindow } from './count-window.ts';
import { ChainLimit } from './chain-limit.ts';
import { RunningCalls, unlisted, type RunningCall } from './running-calls.ts';
import { transitionReason } from './transition-reason.ts';
import { FAILED, LONGEST_AGE_MS, SLOW } from './window.ts';

/** Most state changes that are kept for reports. */
const TRANSITIONS_KEPT = 20;
/** How long `isolate` and `hold-closed` last by default. */
const ORDER_MS = 15 * 60_000;

/** Result handlers that all calls of one closed period share, if they need no more than counting. */
interface PlainHandlers {
  readonly generation: number;
  readonly good: (value: unknown) => unknown;
  readonly bad: (error: unknown) => never;
}

/**
 * Stops calling a dependency that keeps failing, and probes it until it is healthy again.
 *
 * There is no timer: the state follows from the clock. It needs no shutdown and never keeps a process alive.
 *
 * @example
 * ```ts
 * const breaker = new CircuitBreaker({ name: 'students-db', failureThreshold: 5, resetTimeoutMs: 30_000 });
 * const student = await breaker.execute(({ signal }) => database.getStudent(id, { signal }));
 * log.info(breaker.state); // 'closed'
 * ```
 */
export class CircuitBreaker implements Policy {
  readonly name: string;
  readonly kind = 'circuit-breaker';
  readonly settings: Settings<BreakerSpec>;
  readonly #window: 'consecutive' | 'count' | 'time';
  readonly #standalone: Standalone;
  readonly #classify: Classifier;
  readonly #judge: ResultJudge | undefined;
  readonly #rules: readonly BreakerRule[] | undefined;
  readonly #useRetryAfter: boolean;
  /** The settings that `#limits` and `#slowCallMs` were taken from. */
  #adopted: Settings<BreakerSpec>['values'];
  #limits: CircuitLimits;
  #slowCallMs: number;
  #circuit: Circuit | undefined;
  #order: StandingOrder | undefined;
  #plain: PlainHandlers | undefined;
  #running: RunningCalls | undefined;
  /** Consecutive failures by rule, in the order of the rules. */
  #ruleRuns: number[] | undefined;
  #reason = 'initial state';
  #opened: { at: number; reason: string } | undefined;
  #lastFailure: Classification | undefined;
  #lastFailureAt = 0;
  #transitions: readonly RecordedTransition[] = noTransitions;
  #calls = 0;
  #successes = 0;
  #failures = 0;
  #neutral = 0;
  #refused = 0;
  /** The permit of the watched call that is being started; for `gate`. */
  #starting: number | undefined;
  #slow = 0;
  #openings = 0;
  #recoveries = 0;
  #recoveryMsTotal = 0;
  #lastRecoveryMs: number | undefined;

  /**
   * @param settings shared settings, as for keyed breakers. Default: its own, made from `options`.
   * @throws InvalidSettingsError with every problem at once
   */
  constructor(options: CircuitBreakerOptions = {}, settings?: Settings<BreakerSpec>) {
    this.name = typeof options?.name === 'string' ? options.name : 'circuit-breaker';
    this.#window = options?.window ?? 'consecutive';
    this.settings = settings ?? breakerSettings(`circuit breaker "${this.name}"`, options);
    this.#classify = options.classify ?? classify;
    this.#judge = options.judge;
    this.#rules = options.rules;
    this.#useRetryAfter = options.useRetryAfter ?? true;
    this.#adopted = this.settings.values;
    this.#limits = limitsOf(this.#adopted, this.#window);
    this.#slowCallMs = this.#adopted.slowCallMs;
    this.#standalone = new Standalone(this, options);
  }

  /** The state that the next call would find: an open circuit whose reset timeout has elapsed is `half-open`. */
  get state(): CircuitState {
    const now = this.#standalone.host.clock.now();
    const order = this.#orderAt(now);
    if (order !== undefined) return order.kind === 'isolate' ? 'open' : 'closed';
    return this.#ownState(now);
  }

  /** The policy that its calls are measured under: itself, unless it is one of several keyed breakers. */
  get measuredAs(): Steerable {
    return this;
  }

  /** The last state changes, oldest first, 20 at most. */
  get transitions(): readonly RecordedTransition[] {
    return this.#transitions;
  }

  /** Actions that an operator can take, by name. Each returns what it changed. */
  get controls(): Readonly<Record<string, Control>> {
    return {
      trip: (order) => this.#enter('open', order),
      isolate: (order) => this.#stand('isolate', order),
      'hold-closed': (order) => this.#stand('hold-closed', order),
      probe: (order) => this.#enter('half-open', order),
      reset: (order) => this.#enter('closed', order),
      release: (order) => this.#release(order),
    };
  }

  /**
   * Runs the operation, unless the circuit is open.
   *
   * @throws CircuitBreakerOpenError without running the operation; otherwise the operation's own error, unchanged
   */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T> {
    return this.#standalone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T>> {
    return this.#standalone.executeOutcome(operation, options);
  }

  /** The same for an operation that returns items one by one. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    return this.#standalone.executeStream(operation, options);
  }

  /** Opens the circuit now. It probes the dependency after the reset timeout, as usual. */
  trip(reason = 'requested by an operator', trigger: TransitionTrigger = 'operator'): void {
    this.#enter('open', this.#by(reason, trigger));
  }

  /** Ends the wait of an open circuit: the next call is a probe. Has no effect unless the circuit is open. */
  probe(reason = 'requested by an operator', trigger: TransitionTrigger = 'operator'): void {
    this.#enter('half-open', this.#by(reason, trigger));
  }

  /** Closes the circuit now and forgets the failures counted so far. An override stays in force. */
  reset(reason = 'requested by an operator', trigger: TransitionTrigger = 'operator'): void {
    this.#enter('closed', this.#by(reason, trigger));
  }

  /**
   * Refuses every call, whatever the state of the circuit, until `release` or until the override expires.
   *
   * @param forMs milliseconds, more than 0 and at most a week. Default 15 minutes.
   * @throws RangeError when `forMs` is out of range
   */
  isolate(reason = 'requested by an operator', forMs: number = ORDER_MS): void {
    this.#tell('isolate', this.#stand('isolate', { ...this.#by(reason), forMs }), reason);
  }

  /**
   * Lets every call through, whatever the state of the circuit, until `release` or until the override expires.
   *
   * @param forMs milliseconds, more than 0 and at most a week. Default 15 minutes.
   * @throws RangeError when `forMs` is out of range
   */
  holdClosed(reason = 'requested by an operator', forMs: number = ORDER_MS): void {
    this.#tell('hold-closed', this.#stand('hold-closed', { ...this.#by(reason), forMs }), reason);
  }

  /** Ends `isolate` or `holdClosed`. The circuit has kept counting meanwhile and continues in its own state. */
  release(reason = 'requested by an operator'): void {
    this.#tell('release', this.#release(this.#by(reason)), reason);
  }

  /** The override in force, if any. */
  get standingOrder(): StandingOrder | undefined {
    return this.#orderAt(this.#standalone.host.clock.now());
  }

  /**
   * Whether a health check may close the circuit: it is not closed, and no operator keeps it open. A circuit that an
   * operator has tripped stays open for its reset timeout, even if the dependency is healthy.
   */
  get awaitsRecovery(): boolean {
    const circuit = this.#own();
    const now = this.#standalone.host.clock.now();
    if (this.#orderAt(now)?.kind === 'isolate') return false;
    const tripped = this.#transitions.at(-1)?.trigger === 'operator' && circuit.state === 'open';
    return circuit.state !== 'closed' && (!tripped || circuit.isDue(now));
  }

  /** Whether the breaker can be discarded without loss: it is closed, no call is running and no override is in force. */
  get isDisposable(): boolean {
    const settled = this.#successes + this.#failures + this.#neutral;
    return this.#calls === settled && this.standingOrder === undefined && this.#own().state === 'closed';
  }

  /** Returns everything needed to continue in another process, as plain data. Running calls are not included. */
  save(): CircuitBreakerState {
    // The circuit may be created here, with its own clock reading, so read the clock afterwards.
    const circuit = this.#own();
    const now = this.#standalone.host.clock.now();
    if (this.settings.values !== this.#adopted) this.#adopt(circuit);
    const order = this.#orderAt(now);
    return {
      version: 2,
      name: this.name,
      ...circuit.memory(now),
      reason: textToSave(this.#reason),
      openForMs: this.#opened && now - this.#opened.at,
      ...(this.#opened !== undefined && { openedReason: textToSave(this.#opened.reason) }),
      window: circuit.window?.save(now) ?? { calls: 0, failures: 0, slow: 0 },
      ...(this.#ruleRuns !== undefined && { ruleRuns: [...this.#ruleRuns] }),
      transitions: saveTransitions(this.#transitions, now),
      order: order && saveOrder(order, now),
    };
  }

  /**
   * Continues from saved state, with the same decisions that the saved breaker would have made. Calls that are running
   * here are no longer counted. A window of another kind or length starts empty; a count window of another size keeps
   * the newest calls.
   *
   * @param elapsedMs milliseconds since `save`, by a clock that both processes share; open times and calls age by it.
   *   Default 0.
   * @throws TypeError when `saved` is not valid saved state; RangeError when `elapsedMs` is negative or not finite
   */
  restore(saved: CircuitBreakerState, elapsedMs = 0): void {
    if (!isCircuitBreakerState(saved)) {
      throw new TypeError(`The state to restore into "${this.name}" is invalid: pass what save() has returned.`);
    }
    if (!Number.isFinite(elapsedMs) || elapsedMs < 0) {
      throw new RangeError(`elapsedMs must be a number of milliseconds, 0 or more, got ${String(elapsedMs)}.`);
    }
    const circuit = this.#own();
    const now = this.#standalone.host.clock.now();
    // Readings of a clock that is further away would not be exact, and time would stand still.
    const sinceMs = Math.min(elapsedMs, LONGEST_AGE_MS);
    const savedAt = now - sinceMs;
    if (this.settings.values !== this.#adopted) this.#adopt(circuit);
    circuit.resume(saved, now, sinceMs);
    circuit.window?.clear();
    circuit.window?.restore(saved.window, now, sinceMs);
    const { ruleRuns, openForMs, openedReason = saved.reason, transitions = [], order } = saved;
    // Runs are saved in the order of the rules, so they only fit a list of the same length.
    this.#ruleRuns = ruleRuns !== undefined && ruleRuns.length === this.#rules?.length ? [...ruleRuns] : undefined;
    this.#reason = saved.reason;
    this.#opened = openForMs === undefined ? undefined : { at: savedAt - openForMs, reason: openedReason };
    this.#transitions = restoreTransitions(this.#transitions, transitions, savedAt).slice(-TRANSITIONS_KEPT);
    this.#order = order && restoreOrder(order, savedAt);
  }

  attach(host: Host): void {
    this.#standalone.attach(host);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const circuit = this.#own();
    if (this.settings.values !== this.#adopted) this.#adopt(circuit);
    const { host } = call.executor;
    const { recorder } = host;
    const isLimited = call.limitedTo !== undefined;
    if (
      circuit.isRestrained ||
      this.#order !== undefined ||
      this.#slowCallMs > 0 ||
      recorder !== undefined ||
      (isLimited && call.isLimitedByChain)
    ) {
      return this.#runWatched(circuit, call, next, recorder?.breaker(this.measuredAs));
    }
    const plain = this.#plainHandlers(circuit);
    const permit = circuit.closedPermit;
    this.#calls += 1;
    const result = start(call, next) as Promise<unknown>;
    // A handler must know its call only if the call can abort or has a deadline, or if its events have a listener.
    const { canAbort } = call;
    if (!isLimited && !canAbort && !host.listening) return result.then(plain.good, plain.bad) as Promise<T>;
    const good = this.#judge !== undefined && canAbort ? this.#goodOf(circuit, permit, call) : plain.good;
    return result.then(good, this.#badOf(circuit, permit, call)) as Promise<T>;
  }

  #goodOf(circuit: Circuit, permit: number, call: Call<unknown>): (value: unknown) => unknown {
    return (value) => {
      this.#answered(circuit, permit, undefined, value, call);
      return value;
    };
  }

  /** Separate, so the fast path allocates no closure context. */
  #badOf(circuit: Circuit, permit: number, call: Call<unknown>): (error: unknown) => never {
    return (error) => {
      this.#failed(circuit, permit, undefined, error, call);
      throw error;
    };
  }

  /**
   * For calls that were let through and then wait in an inner policy: decides again when their turn has come. A closed
   * circuit lets them continue; a half-open circuit only the probes that it has admitted.
   */
  gate(call: Call<unknown>): () => CircuitBreakerOpenError | undefined {
    const circuit = this.#own();
    const { generation } = circuit;
    const permit = this.#starting;
    return () => {
      const now = call.host.clock.now();
      const order = this.#orderAt(now);
      if (order?.kind === 'isolate') return this.#isolated(call, order, now);
      if (order !== undefined || circuit.state === 'closed') return undefined;
      const isTest =
        circuit.state === 'half-open' &&
        (permit === undefined ? circuit.generation === generation : circuit.isTesting(permit));
      return isTest ? undefined : this.#notAdmitted(circuit, call, now);
    };
  }

  /** State and counts as plain JSON. @param now reading of its clock; default: what the clock shows now */
  report(now?: number): CircuitBreakerReport {
    const circuit = this.#own();
    return this.#reportAt(now ?? this.#standalone.host.clock.now(), circuit);
  }

  #reportAt(now: number, circuit: Circuit): CircuitBreakerReport {
    const order = this.#orderAt(now);
    const last = this.#lastFailure;
    const { failureRatio, slowRatio } = this.#ratios(circuit, now);
    const settled = this.#successes + this.#failures + this.#neutral;
    const judged = this.#successes + this.#failures;
    return {
      state: order === undefined ? this.#ownState(now) : order.kind === 'isolate' ? 'open' : 'closed',
      circuit: this.#ownState(now),
      window: this.#window,
      sinceMs: now - (order?.at ?? circuit.changedAt),
      reason: order === undefined ? this.#reason : orderReason(order),
      order: order && { kind: order.kind, reason: order.reason, actor: order.actor, endsInMs: order.endsAt - now },
      rampingUp: circuit.isRampingUp(now),
      generation: circuit.generation,
      consecutiveFailures: circuit.failuresInARow,
      failureRatio,
      slowRatio,
      calls: this.#calls,
      successes: this.#successes,
      failures: this.#failures,
      neutral: this.#neutral,
      refused: this.#refused,
      slow: this.#slow,
      running: this.#calls - settled,
      successRate: judged > 0 ? this.#successes / judged : undefined,
      openings: this.#openings,
      recoveries: this.#recoveries,
      averageRecoveryMs: this.#recoveries > 0 ? this.#recoveryMsTotal / this.#recoveries : undefined,
      lastRecoveryMs: this.#lastRecoveryMs,
      retryAfterMs: circuit.state === 'open' ? circuit.retryAfterMs(now) : undefined,
      lastFailure: last && {
        class: last.class,
        kind: last.kind,
        rule: last.rule,
        agoMs: now - this.#lastFailureAt,
      },
      transitions: this.#transitions
        .map(({ from, to, trigger, reason, at }) => ({ from, to, trigger, reason, agoMs: now - at }))
        .toReversed(),
    };
  }

  /** For calls that need more than counting: with an override, a probe, a ramp-up, slow calls or measurements. */
  #runWatched<T>(circuit: Circuit, call: Call<T>, next: Next<T>, recorder: BreakerRecorder | undefined): Promise<T> {
    const now = call.host.clock.now();
    const order = this.#orderAt(now);
    if (order === undefined && this.#order !== undefined) this.#orderEnded(this.#order, now);
    this.#countOverdue(circuit, now, call);
    if (circuit.isDue(now)) {
      this.#changed(circuit.enter('half-open', this.#limits, now), 'automatic', 'the reset timeout elapsed', now, call);
    }
    if (order?.kind === 'isolate') {
      recorder?.rejected('override', now);
      return rejected(this.#isolated(call, order, now));
    }
    const permit = circuit.admit(this.#limits, now);
    if (permit === REFUSED && order === undefined) {
      recorder?.rejected(circuit.state === 'open' ? 'open' : 'probe-limit', now);
      return rejected(this.#notAdmitted(circuit, call, now));
    }
    this.#calls += 1;
    const running = this.#watch(permit, now, circuit.state === 'half-open' && permit !== REFUSED, recorder);
    // An operation that ignores its signal may never settle: count the call when its limit ends it, and only then.
    const limit = call.isLimitedByChain
      ? new ChainLimit(call, (reason) => this.#failed(circuit, permit, running, reason, call))
      : undefined;
    const around = this.#starting;
    this.#starting = permit;
    const result = start(call, next);
    this.#starting = around;
    return result.then(
      (value) => {
        if (limit === undefined || limit.settle()) this.#answered(circuit, permit, running, value, call);
        return value;
      },
      (error: unknown) => {
        if (limit === undefined || limit.settle()) this.#failed(circuit, permit, running, error, call);
        throw error;
      },
    );
  }

  #watch(permit: number, now: number, isTest: boolean, recorder: BreakerRecorder | undefined): RunningCall | undefined {
    if (this.#slowCallMs > 0) return (this.#running ??= new RunningCalls()).begin(permit, now, isTest, recorder);
    return recorder === undefined ? undefined : unlisted(permit, now, isTest, recorder);
  }

  /** One pair of handlers for all calls of a closed period. The permit tells them whether that period is over. */
  #plainHandlers(circuit: Circuit): PlainHandlers {
    if (this.#plain?.generation === circuit.generation) return this.#plain;
    const permit = circuit.closedPermit;
    const judge = this.#judge;
    const { clock } = this.#standalone.host;
    const isTimed = this.#window === 'time';
    const plain: PlainHandlers = {
      generation: circuit.generation,
      good: (value) => {
        if (judge !== undefined) this.#answered(circuit, permit, undefined, value, undefined);
        else {
          this.#successes += 1;
          if (this.#ruleRuns !== undefined) this.#ruleRuns = undefined;
          circuit.succeeded(permit, isTimed ? clock.now() : 0);
        }
        return value;
      },
      // Thrown here, not deeper: each stack frame that an error passes through costs time.
      bad: (error) => {
        this.#failed(circuit, permit, undefined, error, undefined);
        throw error;
      },
    };
    this.#plain = plain;
    return plain;
  }

  /** Counts a result: a success, unless the `judge` option rejects it. */
  #answered(
    circuit: Circuit,
    permit: number,
    running: RunningCall | undefined,
    value: unknown,
    call: Call<unknown> | undefined,
  ): void {
    const judge = value === streamEnd ? undefined : this.#judge;
    const found = judge === undefined ? undefined : judgedBy(judge, value);
    if (found === undefined) this.#succeeded(circuit, permit, running, undefined, call);
    else if (call?.isCallerGone === true) this.#failed(circuit, permit, running, undefined, call);
    else this.#judgeFailure(circuit, permit, running, undefined, found, call);
  }

  #failed(
    circuit: Circuit,
    permit: number,
    running: RunningCall | undefined,
    error: unknown,
    call: Call<unknown> | undefined,
  ): void {
    const found = classifyCall(this.#classify, error, call);
    this.#judgeFailure(circuit, permit, running, error, found, call);
  }

  #succeeded(
    circuit: Circuit,
    permit: number,
    running: RunningCall | undefined,
    found: Classification | undefined,
    call: Call<unknown> | undefined,
  ): void {
    const now = this.#clockOf(call).now();
    this.#successes += 1;
    this.#ruleRuns = undefined;
    if (running?.recorder !== undefined) {
      const tookMs = now - running.startedAt;
      const outcome = this.#slowCallMs > 0 && tookMs >= this.#slowCallMs ? 'slow' : 'success';
      running.recorder.ended(outcome, tookMs, now, running.isTest, found, call);
    }
    this.#record(circuit, permit, running, 0, found, now, call);
  }

  /** A persistent error from the server is a sign of health. One that never reached the server is neutral. */
  #judgeFailure(
    circuit: Circuit,
    permit: number,
    running: RunningCall | undefined,
    error: unknown,
    found: Classification,
    call: Call<unknown> | undefined,
  ): void {
    if (found.countsAgainstBreaker && found.class !== 'cancelled' && found.class !== 'refused') {
      const now = this.#clockOf(call).now();
      this.#failures += 1;
      this.#lastFailure = found;
      this.#lastFailureAt = now;
      const rule = this.#rules?.find(({ when }) => holds(when, error, found));
      const openTime = this.#openTime(rule, found);
      const isOver = rule !== undefined && this.#isOver(rule);
      const outcome = found.kind === 'timeout' ? 'timeout' : 'failure';
      running?.recorder?.ended(outcome, now - running.startedAt, now, running.isTest, found, call);
      this.#record(circuit, permit, running, FAILED, found, now, call, openTime);
      if (isOver && circuit.state === 'closed' && permit === circuit.closedPermit) {
        const reason = `${rule.failureThreshold} consecutive failures of the same rule, the last one ${named(found)}`;
        this.#changed(circuit.enter('open', this.#limits, now, openTime), 'automatic', reason, now, call);
      }
    } else if (found.class === 'persistent' && found.reachedServer === 'yes') {
      this.#succeeded(circuit, permit, running, found, call);
    } else {
      this.#neutral += 1;
      const isCut = isImpatience(found) || call?.isCallerGone === true;
      if (running?.recorder !== undefined) {
        const now = this.#clockOf(call).now();
        const outcome = found.class === 'cancelled' || isCut ? 'cancelled' : 'ignored';
        running.recorder.ended(outcome, now - running.startedAt, now, running.isTest, found, call);
      }
      if (running !== undefined) {
        if (this.settings.values !== this.#adopted) this.#adopt(circuit);
        // A call that its caller has cut short may still have been slow until then.
        if (isCut) this.#countOverdue(circuit, this.#clockOf(call).now(), call);
        this.#running?.end(running);
      }
      circuit.forget(permit);
    }
  }

  /** Counts a failure for a rule with its own threshold. @returns whether the threshold is reached */
  #isOver(rule: BreakerRule): boolean {
    if (rule.failureThreshold === undefined || this.#rules === undefined) return false;
    const place = this.#rules.indexOf(rule);
    const runs = (this.#ruleRuns ??= this.#rules.map(() => 0));
    runs[place] = (runs[place] ?? 0) + 1;
    return (runs[place] ?? 0) >= rule.failureThreshold;
  }

  #record(
    circuit: Circuit,
    permit: number,
    running: RunningCall | undefined,
    judged: number,
    found: Classification | undefined,
    now: number,
    call: Call<unknown> | undefined,
    openTime?: OpenTime,
  ): void {
    if (this.settings.values !== this.#adopted) this.#adopt(circuit);
    let transition: Transition | undefined;
    if (running === undefined) transition = circuit.record(permit, judged, this.#limits, now, openTime);
    else {
      this.#running?.end(running);
      const isSlow = this.#slowCallMs > 0 && now - running.startedAt >= this.#slowCallMs;
      if (running.countedAt === undefined) {
        if (isSlow) this.#slow += 1;
        transition = circuit.record(permit, judged | (isSlow ? SLOW : 0), this.#limits, now, openTime);
      } else if (judged !== 0) {
        transition = circuit.amend(permit, running.countedAt, this.#limits, now, openTime);
      }
    }
    if (transition !== undefined) {
      const tookMs = running === undefined || judged !== 0 ? undefined : now - running.startedAt;
      this.#changed(transition, 'automatic', transitionReason(transition, lastCall(judged, found, tookMs)), now, call);
    }
    if (running !== undefined) this.#countOverdue(circuit, now, call);
  }

  /** Counts calls as slow as soon as they exceed `slowCallMs`, while they are still running. */
  #countOverdue(circuit: Circuit, now: number, call: Call<unknown> | undefined): void {
    if (this.#running === undefined || this.#slowCallMs === 0) return;
    for (;;) {
      const running = this.#running.takeOverdue(now - this.#slowCallMs);
      if (running === undefined) return;
      this.#slow += 1;
      const transition = circuit.record(running.permit, SLOW, this.#limits, now, { stretch: this.#stretch() });
      running.countedAt = circuit.place;
      if (transition !== undefined) {
        const what = `has been running for ${Math.round(now - running.startedAt)} ms`;
        this.#changed(transition, 'automatic', transitionReason(transition, what), now, call);
      }
    }
  }

  #isolated(call: Call<unknown>, order: StandingOrder, now: number): CircuitBreakerOpenError {
    return this.#refusal(call, now - order.at, order.endsAt - now, orderReason(order), true);
  }

  #notAdmitted(circuit: Circuit, call: Call<unknown>, now: number): CircuitBreakerOpenError {
    const opened = this.#opened ?? { at: circuit.changedAt, reason: 'it has just closed and is ramping up' };
    return this.#refusal(call, now - opened.at, circuit.retryAfterMs(now), opened.reason);
  }

  #refusal(
    call: Call<unknown>,
    openForMs: number,
    retryAfterMs: number,
    reason: string,
    isolated = false,
  ): CircuitBreakerOpenError {
    this.#refused += 1;
    const circuit = { breaker: this.name, openForMs, retryAfterMs, reason, isolated };
    const error = call.framed(new CircuitBreakerOpenError(circuit));
    if (call.listening) call.emit(this.name, { type: 'refused', error });
    return error;
  }

  #enter(to: CircuitState, order: Order): Change | undefined {
    const circuit = this.#own();
    const { now, trigger, reason = 'requested by an operator' } = order;
    const from = this.#ownState(now);
    if (to === 'half-open' && circuit.state !== 'open') return undefined;
    if (this.settings.values !== this.#adopted) this.#adopt(circuit);
    this.#changed(circuit.enter(to, this.#limits, now), trigger, reason, now, undefined);
    return { what: 'state', from, to };
  }

  #stand(
    kind: StandingOrder['kind'],
    { now, reason = 'requested by an operator', actor, forMs = ORDER_MS }: Order,
  ): Change {
    if (!(forMs > 0 && forMs <= LONGEST_ORDER_MS)) {
      throw new RangeError(`forMs must be more than 0 and at most ${LONGEST_ORDER_MS} ms (a week), got ${forMs}.`);
    }
    const from = this.#orderAt(now)?.kind ?? 'none';
    this.#order = { kind, reason, actor, at: now, endsAt: now + forMs };
    return { what: 'order', from, to: kind };
  }

  #release({ now }: Order): Change | undefined {
    const order = this.#orderAt(now);
    this.#order = undefined;
    return order && { what: 'order', from: order.kind, to: 'none' };
  }

  /** Reports that an override has expired. There is no timer: the first call after its end does this. */
  #orderEnded(order: StandingOrder, now: number): void {
    this.#order = undefined;
    this.#tell('release', { what: 'order', from: order.kind, to: 'none' }, 'it expired', now);
  }

  #orderAt(now: number): StandingOrder | undefined {
    return this.#order !== undefined && now < this.#order.endsAt ? this.#order : undefined;
  }

  #tell(order: string, change: Change | undefined, reason: string, at = this.#standalone.host.clock.now()): void {
    const { host } = this.#standalone;
    if (change === undefined || !host.listening) return;
    const event: ControlEvent = { type: 'control', order, ...change, reason };
    host.publish({ ...event, at, pipeline: this.name, policy: this.name, key: this.name, attributes: {} });
  }

  #changed(
    transition: Transition,
    trigger: TransitionTrigger,
    reason: string,
    at: number,
    call: Call<unknown> | undefined,
  ): void {
    const { from, to, failures, failureRatio, slowRatio, generation } = transition;
    const host = call?.host ?? this.#standalone.host;
    const recorder = host.recorder?.breaker(this.measuredAs);
    this.#reason = reason;
    this.#ruleRuns = undefined;
    this.#transitions = [...this.#transitions.slice(1 - TRANSITIONS_KEPT), { from, to, trigger, reason, at }];
    if (to === 'open') {
      this.#openings += 1;
      this.#opened ??= { at, reason };
    }
    if (to === 'closed' && this.#opened !== undefined) {
      this.#lastRecoveryMs = at - this.#opened.at;
      this.#recoveryMsTotal += this.#lastRecoveryMs;
      this.#recoveries += 1;
      this.#opened = undefined;
      recorder?.recovered(this.#lastRecoveryMs);
    }
    recorder?.changed(from, to, trigger, at);
    if (!host.listening) return;
    const event = {
      type: 'transition',
      from,
      to,
      trigger,
      reason,
      failures,
      generation,
      ...(failureRatio === undefined ? {} : { failureRatio }),
      ...(slowRatio === undefined || this.#slowCallMs === 0 ? {} : { slowRatio }),
      ...(to === 'open' ? { retryAfterMs: this.#own().retryAfterMs(at) } : {}),
    } as const;
    if (call !== undefined) call.emit(this.name, event);
    else host.publish({ ...event, at, pipeline: this.name, policy: this.name, key: this.name, attributes: {} });
  }

  /** Applies changed settings. A resized count window keeps its newest calls; a time window of another length is emptied. */
  #adopt(circuit: Circuit): void {
    const { values } = this.settings;
    const before = this.#adopted;
    this.#adopted = values;
    this.#limits = limitsOf(values, this.#window);
    this.#slowCallMs = values.slowCallMs;
    if (values.windowCalls !== before.windowCalls && circuit.window instanceof CountWindow) {
      circuit.window = circuit.window.resized(values.windowCalls);
    } else if (values.windowMs !== before.windowMs)
      circuit.window = windowFor(values, this.#standalone.host.clock.now());
  }

  #ownState(now: number): CircuitState {
    const circuit = this.#own();
    return circuit.isDue(now) ? 'half-open' : circuit.state;
  }

  /** The slow ratio is only meaningful if slow calls are counted. */
  #ratios(circuit: Circuit, now: number): { failureRatio: number | undefined; slowRatio: number | undefined } {
    const { failureRatio, slowRatio } = circuit.ratios(now);
    return { failureRatio, slowRatio: this.#slowCallMs > 0 ? slowRatio : undefined };
  }

  /** Created on first use, so its first clock reading comes from the clock of the pipeline that lists it. */
  #own(): Circuit {
    if (this.#circuit === undefined) {
      const now = this.#standalone.host.clock.now();
      this.#circuit = new Circuit(now, windowFor(this.settings.values, now));
    }
    return this.#circuit;
  }

  #clockOf(call: Call<unknown> | undefined): Host['clock'] {
    return (call?.host ?? this.#standalone.host).clock;
  }

  /** How long to stay open this time; `undefined` if the settings apply unchanged. */
  #openTime(rule: BreakerRule | undefined, { retryAfterMs = 0 }: Classification): OpenTime | undefined {
    const openMs = rule?.resetTimeoutMs ?? (this.#useRetryAfter && retryAfterMs > 0 ? retryAfterMs : undefined);
    const stretch = this.#stretch();
    return openMs === undefined && stretch === 1 ? undefined : { openMs, stretch };
  }

  #stretch(): number {
    const { resetJitter } = this.#adopted;
    return resetJitter === 0 ? 1 : 1 + resetJitter * this.#standalone.host.random();
  }

  #by(reason: string, trigger: TransitionTrigger = 'operator'): Order {
    return { now: this.#standalone.host.clock.now(), trigger, reason };
  }
}

/**
 * Stops calling a dependency that keeps failing, as `new CircuitBreaker(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const students = pipeline('students', [retry(), circuitBreaker({ window: 'count', failureRatio: 0.3 })]);
 * const student = await students.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreaker {
  return new CircuitBreaker(options);
}

/**
 * Checks the settings of a breaker. Several breakers may share the result.
 *
 * @throws InvalidSettingsError with every problem at once
 */
export function breakerSettings(subject: string, options: CircuitBreakerOptions): Settings<BreakerSpec> {
  checkBreakerOptions(subject, options);
  const kind = options.window ?? 'consecutive';
  const { windowCalls, minimumCalls, failureThreshold = 0, failureRatio } = options;
  const canRulesOpen = options.rules?.some((rule) => rule.failureThreshold !== undefined) === true;
  const given = {
    ...options,
    ...(kind === 'count' && minimumCalls === undefined && { minimumCalls: Math.min(20, windowCalls ?? 20) }),
    // An explicit threshold disables the ratio.
    ...(kind !== 'consecutive' && failureThreshold > 0 && { failureRatio: failureRatio ?? 0 }),
  };
  // The three specs have different settings. Reading an absent one gives `undefined`, which all readers check for.
  return new Settings(
    subject,
    breakerSpecs[kind] as unknown as BreakerSpec,
    given,
    canRulesOpen ? hooksWithRules : hooks,
  );
}

const hooks = { check: issuesWithoutRules };
const hooksWithRules = { check: breakerIssues };
const noTransitions: readonly RecordedTransition[] = [];
const limitsByValues = new WeakMap<object, CircuitLimits>();

function limitsOf(values: Settings<BreakerSpec>['values'], kind: 'consecutive' | 'count' | 'time'): CircuitLimits {
  let limits = limitsByValues.get(values);
  if (limits === undefined) limitsByValues.set(values, (limits = circuitLimits(values, kind)));
  return limits;
}

/** The outcome of the last call in words, for the reason of a transition. Contains nothing from an error's message. */
function lastCall(judged: number, found: Classification | undefined, tookMs: number | undefined): string {
  if (judged !== 0 && found !== undefined) return named(found);
  const answered = found === undefined ? 'the probe succeeded' : `the probe was answered with ${found.rule}`;
  return tookMs === undefined ? answered : `${answered} in ${Math.round(tookMs)} ms`;
}

function named(found: Classification): string {
  return `${found.rule} (${found.class})`;
}

function orderReason({ kind, reason }: StandingOrder): string {
  return `${kind === 'isolate' ? 'isolated' : 'held closed'}: ${reason}`;
}
