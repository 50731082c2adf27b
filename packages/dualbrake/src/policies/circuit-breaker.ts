import type { Call, CallContext, Next, Operation } from '../call.ts';
import type { Classification, Classifier } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { CircuitBreakerOpenError } from '../errors.ts';
import type { CircuitState, TransitionTrigger } from '../events.ts';
import type { Host, HostOptions } from '../host.ts';
import type { Outcome } from '../pipeline.ts';
import type { Policy } from '../policy.ts';
import { checkOptions, Settings } from '../settings.ts';
import type { Change, Control, Order, ReportValue } from '../steerable.ts';
import { Alone } from './alone.ts';
import { Circuit, REFUSED, type Transition } from './circuit.ts';

/** How a circuit breaker judges. All of it is optional. */
export interface CircuitBreakerOptions extends HostOptions {
  /** Shown to people, in errors and on metrics. Default `circuit-breaker`. */
  readonly name?: string;
  /** What is counted: failures in a row. Default, and the only one so far, `consecutive`. */
  readonly window?: 'consecutive';
  /** Failures in a row that open the circuit; 1 or more. Default 5. */
  readonly failureThreshold?: number;
  /** Milliseconds that it stays open before it tests; also the lease of a test call. Default 60,000. */
  readonly resetTimeoutMs?: number;
  /** Multiplies the open time after each failed recovery; 1 or more. Default 1: no growth. */
  readonly resetTimeoutFactor?: number;
  /** The most that the open time grows to, in milliseconds. Default 600,000. */
  readonly maxResetTimeoutMs?: number;
  /** Successes needed to close, and the most calls let through meanwhile. Default 1. */
  readonly halfOpenCalls?: number;
  /** Decides which failures count. Default `classify`. */
  readonly classify?: Classifier;
}

/** A change of state, as it is remembered. */
export interface RecordedTransition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly trigger: TransitionTrigger;
  readonly reason: string;
  /** Clock reading. */
  readonly at: number;
}

const spec = {
  failureThreshold: { min: 1, max: 1_000_000, unit: 'calls', default: 5 },
  resetTimeoutMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 60_000 },
  resetTimeoutFactor: { min: 1, max: 100, unit: 'factor', default: 1 },
  maxResetTimeoutMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 600_000 },
  halfOpenCalls: { min: 1, max: 10_000, unit: 'calls', default: 1 },
} as const;

/** How many changes of state are kept for people to look at. */
const TRANSITIONS_KEPT = 20;

/**
 * Stops calling a dependency that keeps failing, and finds out by a test call when it is well again.
 *
 * It has no timer: the state follows from the clock. It needs no shutdown and never keeps a process alive.
 */
export class CircuitBreaker implements Policy {
  readonly name: string;
  readonly kind = 'circuit-breaker';
  readonly settings: Settings<typeof spec>;
  readonly controls: Readonly<Record<string, Control>>;
  readonly #alone: Alone;
  readonly #classify: Classifier;
  #circuit: Circuit | undefined;
  #reason = 'it has been closed since the start';
  #opened: { at: number; reason: string } | undefined;
  #lastFailure: { classification: Classification; at: number } | undefined;
  #transitions: RecordedTransition[] = [];
  readonly #counts = { calls: 0, successes: 0, failures: 0, neutral: 0, refused: 0, openings: 0, recoveries: 0 };
  #recoveryMsTotal = 0;
  #lastRecoveryMs: number | undefined;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: CircuitBreakerOptions = {}) {
    const subject = `circuit breaker "${typeof options?.name === 'string' ? options.name : 'circuit-breaker'}"`;
    checkOptions(subject, options, spec, {
      name: 'string',
      window: ['consecutive'],
      classify: 'function',
      clock: 'clock',
      random: 'function',
      onEvent: 'function',
    });
    this.name = options.name ?? 'circuit-breaker';
    this.settings = new Settings(subject, spec, { ...options });
    this.#classify = options.classify ?? classify;
    this.#alone = new Alone(this, options);
    this.controls = {
      trip: (order) => this.#steer('open', order),
      probe: (order) => this.#steer('half-open', order),
      reset: (order) => this.#steer('closed', order),
    };
  }

  /** What a call would meet now: an open circuit whose reset time is over is `half-open`. */
  get state(): CircuitState {
    const circuit = this.#own();
    return circuit.isDue(this.#alone.host.clock.now()) ? 'half-open' : circuit.state;
  }

  /** The last changes of state, oldest first, 20 at most. */
  get transitions(): readonly RecordedTransition[] {
    return this.#transitions;
  }

  /**
   * Runs the operation, unless the circuit is open.
   *
   * @throws CircuitBreakerOpenError without calling the operation; the operation's own error as it is
   */
  execute<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<T> {
    return this.#alone.execute(operation, context);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T>> {
    return this.#alone.executeOutcome(operation, context);
  }

  /** Opens now; it tests again by itself after the reset time. */
  trip(reason = 'by order', trigger: TransitionTrigger = 'operator'): void {
    this.#steer('open', this.#order(reason, trigger));
  }

  /** Ends the wait: the next call tests. */
  probe(reason = 'by order', trigger: TransitionTrigger = 'operator'): void {
    this.#steer('half-open', this.#order(reason, trigger));
  }

  /** Closes now and forgets the failures counted so far. */
  reset(reason = 'by order', trigger: TransitionTrigger = 'operator'): void {
    this.#steer('closed', this.#order(reason, trigger));
  }

  /**
   * Whether a health check may close it: it is not closed, and no operator has just opened it. What a person tripped
   * stays open for its reset time, however healthy the dependency looks.
   */
  get awaitsRecovery(): boolean {
    const circuit = this.#own();
    const tripped = this.#transitions.at(-1)?.trigger === 'operator' && circuit.state === 'open';
    return circuit.state !== 'closed' && (!tripped || circuit.isDue(this.#alone.host.clock.now()));
  }

  attach(host: Host): void {
    this.#alone.attach(host);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const limits = this.settings.values;
    const now = call.host.clock.now();
    const circuit = (this.#circuit ??= new Circuit(now));
    if (circuit.isDue(now)) {
      this.#changed(circuit.enter('half-open', limits, now), 'automatic', 'the reset time is over', now, call);
    }
    const permit = circuit.admit(limits, now);
    if (permit === REFUSED) return this.#refuse(circuit, call, now);
    this.#counts.calls += 1;
    let result: Promise<T>;
    try {
      result = next(call);
    } catch (error) {
      // Only a custom policy that is no async function comes here.
      result = Promise.reject(error);
    }
    return result.then(
      (value) => {
        this.#succeeded(circuit, permit, call);
        return value;
      },
      (error: unknown) => {
        this.#failed(circuit, permit, error, call);
        throw error;
      },
    );
  }

  report(now: number): Readonly<Record<string, ReportValue>> {
    const circuit = this.#own();
    const last = this.#lastFailure;
    return {
      state: circuit.isDue(now) ? 'half-open' : circuit.state,
      sinceMs: now - circuit.changedAt,
      reason: this.#reason,
      consecutiveFailures: circuit.failuresInARow,
      ...this.#counts,
      averageRecoveryMs: this.#counts.recoveries > 0 ? this.#recoveryMsTotal / this.#counts.recoveries : undefined,
      lastRecoveryMs: this.#lastRecoveryMs,
      retryAfterMs: circuit.state === 'open' ? circuit.retryAfterMs(now) : undefined,
      lastFailure: last && {
        class: last.classification.class,
        kind: last.classification.kind,
        rule: last.classification.rule,
        agoMs: now - last.at,
      },
      transitions: this.#transitions
        .map(({ from, to, trigger, reason, at }) => ({ from, to, trigger, reason, agoMs: now - at }))
        .toReversed(),
    };
  }

  #refuse(circuit: Circuit, call: Call<unknown>, now: number): Promise<never> {
    this.#counts.refused += 1;
    const error = new CircuitBreakerOpenError({
      breaker: this.name,
      openForMs: now - (this.#opened?.at ?? circuit.changedAt),
      retryAfterMs: circuit.retryAfterMs(now),
      reason: this.#opened?.reason ?? this.#reason,
    });
    if (call.listening) call.emit(this.name, { type: 'refused', error });
    return Promise.reject(error);
  }

  #succeeded(circuit: Circuit, permit: number, call: Call<unknown>): void {
    this.#counts.successes += 1;
    this.#record(circuit, permit, false, 'the dependency answered a test call', call);
  }

  /** A persistent error that the server answered is a sign of health; one that never got there says nothing. */
  #failed(circuit: Circuit, permit: number, error: unknown, call: Call<unknown>): void {
    const found = this.#classify(error, call.classifyContext());
    if (found.countsAgainstBreaker && found.class !== 'cancelled' && found.class !== 'refused') {
      this.#counts.failures += 1;
      this.#lastFailure = { classification: found, at: call.host.clock.now() };
      this.#record(circuit, permit, true, `${found.rule} (${found.class})`, call);
    } else if (found.class === 'persistent' && found.reachedServer === 'yes') {
      this.#counts.successes += 1;
      this.#record(circuit, permit, false, `the dependency answered a test call with ${found.rule}`, call);
    } else {
      this.#counts.neutral += 1;
      circuit.forget(permit);
    }
  }

  #record(circuit: Circuit, permit: number, failed: boolean, what: string, call: Call<unknown>): void {
    const now = call.host.clock.now();
    const transition = circuit.record(permit, failed, this.settings.values, now);
    if (transition === undefined) return;
    let reason = what;
    if (failed) {
      reason =
        transition.from === 'closed'
          ? `${transition.failures} failures in a row, the last one ${what}`
          : `a test call failed: ${what}`;
    }
    this.#changed(transition, 'automatic', reason, now, call);
  }

  #steer(to: CircuitState, order: Order): Change | undefined {
    const circuit = this.#own();
    const { now, trigger, reason = 'by order' } = order;
    const idle = circuit.state === to && circuit.failuresInARow === 0;
    if ((to === 'closed' && idle) || (to === 'half-open' && circuit.state !== 'open')) return undefined;
    const transition = circuit.enter(to, this.settings.values, now);
    this.#changed(transition, trigger, reason, now, undefined);
    return { what: 'state', from: transition.from, to };
  }

  #changed(
    transition: Transition,
    trigger: TransitionTrigger,
    reason: string,
    at: number,
    call: Call<unknown> | undefined,
  ): void {
    const { from, to, failures } = transition;
    this.#reason = reason;
    this.#transitions = [...this.#transitions.slice(1 - TRANSITIONS_KEPT), { from, to, trigger, reason, at }];
    if (to === 'open') {
      this.#counts.openings += 1;
      // A failed recovery prolongs the same outage; its beginning and its cause stay.
      this.#opened = from === 'half-open' && this.#opened !== undefined ? this.#opened : { at, reason };
    } else if (to === 'closed' && this.#opened !== undefined) {
      this.#lastRecoveryMs = at - this.#opened.at;
      this.#recoveryMsTotal += this.#lastRecoveryMs;
      this.#counts.recoveries += 1;
      this.#opened = undefined;
    }
    const host = call?.host ?? this.#alone.host;
    if (!host.listening) return;
    const retryAfterMs = to === 'open' ? { retryAfterMs: this.#own().retryAfterMs(at) } : {};
    const event = { type: 'transition', from, to, trigger, reason, failures, ...retryAfterMs } as const;
    if (call !== undefined) call.emit(this.name, event);
    else host.publish({ ...event, at, pipeline: this.name, policy: this.name, key: this.name, attributes: {} });
  }

  /** Made at first use, so that its first reading is of the clock of the pipeline that lists it. */
  #own(): Circuit {
    return (this.#circuit ??= new Circuit(this.#alone.host.clock.now()));
  }

  #order(reason: string, trigger: TransitionTrigger): Order {
    return { now: this.#alone.host.clock.now(), trigger, reason };
  }
}

/** The same as `new CircuitBreaker(options)`. */
export function circuitBreaker(options?: CircuitBreakerOptions): CircuitBreaker {
  return new CircuitBreaker(options);
}
