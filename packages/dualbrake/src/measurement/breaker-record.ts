import type { Call } from '../call.ts';
import type { Classification } from '../classification.ts';
import type { CircuitState, TransitionTrigger } from '../events.ts';
import { Histogram } from '../histogram.ts';
import type { BreakerRecorder, CallOutcome, Rejection } from '../recorder.ts';
import type { RecordedDuration } from './duration.ts';
import { ErrorCounts } from './error-counts.ts';
import { OutcomeLog } from './outcome-log.ts';

/**
 * How a breaker counts a call; each call has exactly one of these.
 *
 * @example
 * ```ts
 * const refusals: readonly Counted[] = ['rejected_open', 'rejected_override', 'rejected_probe_limit'];
 * ```
 */
export type Counted = CallOutcome | 'rejected_open' | 'rejected_override' | 'rejected_probe_limit';

const rejections = {
  open: 'rejected_open',
  override: 'rejected_override',
  'probe-limit': 'rejected_probe_limit',
} as const;

/** How often a breaker went from one state to another, and why. */
export interface TransitionCount {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly trigger: TransitionTrigger;
  count: number;
}

/**
 * Measurements of one breaker. Counters only grow.
 *
 * @example
 * ```ts
 * const record: BreakerRecord | undefined = Measurement.of(defaultRegistry).breakers().get('students.database');
 * log.info(record?.calls.failure);
 * ```
 */
export class BreakerRecord implements BreakerRecorder {
  /** Calls by outcome. */
  readonly calls: Record<Counted, number> = {
    success: 0,
    slow: 0,
    failure: 0,
    timeout: 0,
    ignored: 0,
    cancelled: 0,
    rejected_open: 0,
    rejected_override: 0,
    rejected_probe_limit: 0,
  };
  /** Probes of the open circuit by outcome. They are also counted in `calls`. */
  readonly probes = { success: 0, failure: 0, neutral: 0 };
  /** Durations of successful calls, slow ones included. */
  readonly successMs = new Histogram();
  /** Durations of calls that counted as failures. */
  readonly failureMs = new Histogram();
  /** Times from opening until the breaker was closed again. */
  readonly recoveryMs = new Histogram();
  /** Errors by class and type. */
  readonly errors = new ErrorCounts();
  readonly #transitions = new Map<string, TransitionCount>();
  /** The recent outcomes in order, when `loggedOutcomes` is set. */
  readonly log: OutcomeLog | undefined;
  /** Clock reading of the last transition; `undefined` before the first one. */
  lastTransitionAt: number | undefined;
  /** Receives every duration when it is recorded. Must not throw. */
  onDuration: RecordedDuration | undefined;

  /** @param loggedMax most entries of the log; 0 for no log */
  constructor(loggedMax: number, now: number) {
    this.log = loggedMax === 0 ? undefined : new OutcomeLog(loggedMax, now);
  }

  /** Transitions, counted by states and trigger. */
  get transitions(): readonly Readonly<TransitionCount>[] {
    return [...this.#transitions.values()];
  }

  ended(
    outcome: CallOutcome,
    durationMs: number,
    now: number,
    isTest: boolean,
    found: Classification | undefined,
    call: Call<unknown> | undefined,
  ): void {
    this.calls[outcome] += 1;
    const isFailure = outcome === 'failure' || outcome === 'timeout';
    if (isFailure) {
      this.failureMs.record(durationMs);
      this.onDuration?.('call-failure', durationMs);
    } else if (outcome === 'success' || outcome === 'slow') {
      this.successMs.record(durationMs);
      this.onDuration?.('call-success', durationMs);
    }
    if (isTest)
      this.probes[isFailure ? 'failure' : outcome === 'success' || outcome === 'slow' ? 'success' : 'neutral'] += 1;
    if (found !== undefined) this.errors.count(found, now, call);
    this.log?.add(outcome, durationMs, now);
  }

  rejected(reason: Rejection, now: number): void {
    this.calls[rejections[reason]] += 1;
    this.log?.add('rejected', 0, now);
  }

  changed(from: CircuitState, to: CircuitState, trigger: TransitionTrigger, now: number): void {
    const name = `${from} ${to} ${trigger}`;
    const known = this.#transitions.get(name) ?? { from, to, trigger, count: 0 };
    known.count += 1;
    this.#transitions.set(name, known);
    this.lastTransitionAt = now;
  }

  recovered(durationMs: number): void {
    this.recoveryMs.record(durationMs);
    this.onDuration?.('recovery', durationMs);
  }
}
