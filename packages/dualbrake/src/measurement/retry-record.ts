import type { Call } from '../call.ts';
import type { Classification } from '../classification.ts';
import type { StopReason } from '../events.ts';
import { Histogram } from '../histogram.ts';
import type { RetryRecorder } from '../recorder.ts';
import type { RecordedDuration } from './duration.ts';
import { ErrorCounts } from './error-counts.ts';

/**
 * How an operation under a retry can end; each ends in exactly one of these.
 *
 * @example
 * ```ts
 * for (const ending of retryEndings) log.info(ending); // first_try, after_retry, exhausted, …
 * ```
 */
export const retryEndings = [
  'first_try',
  'after_retry',
  'exhausted',
  'not_retryable',
  'denied_budget',
  'denied_deadline',
  'denied_breaker',
  'aborted',
] as const;

/**
 * How an operation under a retry ended.
 *
 * @example
 * ```ts
 * const denied: readonly RetryEnding[] = ['denied_budget', 'denied_deadline', 'denied_breaker'];
 * ```
 */
export type RetryEnding = (typeof retryEndings)[number];

/** Attempts from this number on are counted together, which bounds the number of labels of a metric. */
const LAST_ROW = 6;

/** How each stop reason is counted. What was not safe to repeat, or retried further in already, was not retryable here. */
const endingOf: Readonly<Record<StopReason, RetryEnding>> = {
  exhausted: 'exhausted',
  persistent: 'not_retryable',
  'not-safe-to-repeat': 'not_retryable',
  'already-retried': 'not_retryable',
  'already-begun': 'not_retryable',
  refused: 'not_retryable',
  budget: 'denied_budget',
  deadline: 'denied_deadline',
  'retry-after-too-long': 'denied_deadline',
  'circuit-open': 'denied_breaker',
  aborted: 'aborted',
};

/**
 * One row of the funnel: the attempts with the same number. Always true:
 *
 * - `started` = `succeeded` + `notRetryable` + `abandoned` + `retryable` + `running`
 * - `retryable` = `continued` + `exhausted` + `deniedBudget` + `deniedDeadline` + `deniedBreaker` + `leftWaiting` + `waiting`
 * - `started` of the next row = `continued` of this one; the last row counts all attempts from the sixth on, so it also starts the
 *   attempts that it continued itself
 *
 * @example
 * ```ts
 * const print = ({ attempt, started, succeeded }: AttemptRow) =>
 *   log.info(`attempt ${attempt}: ${succeeded} of ${started} succeeded`);
 * ```
 */
export interface AttemptRow {
  /** `1` to `5`, or `6+`. */
  readonly attempt: string;
  started: number;
  running: number;
  succeeded: number;
  /** Failed with an error that is not worth a retry. */
  notRetryable: number;
  /** The caller aborted while the attempt was running. */
  abandoned: number;
  /** Failed with an error that is worth a retry. */
  retryable: number;
  continued: number;
  waiting: number;
  leftWaiting: number;
  exhausted: number;
  deniedBudget: number;
  deniedDeadline: number;
  deniedBreaker: number;
}

/**
 * All operations of one retry, attempt by attempt. `operations` = the sum of `endings` + `inFlight`.
 *
 * @example
 * ```ts
 * const funnel: Funnel | undefined = Measurement.of(defaultRegistry).retries().get('students.retry')?.funnel;
 * log.info(`${funnel?.endings.after_retry} operations succeeded after a retry`);
 * ```
 */
export interface Funnel {
  readonly operations: number;
  readonly inFlight: number;
  readonly endings: Readonly<Record<RetryEnding, number>>;
  readonly rows: readonly Readonly<AttemptRow>[];
  /** Attempts of all operations. */
  readonly attempts: number;
  /** Attempts per operation; `undefined` before the first one. */
  readonly amplification: number | undefined;
  /** Time spent waiting by operations that failed in the end, in milliseconds. */
  readonly wastedMs: number;
}

/**
 * Measurements of one retry. Counters only grow.
 *
 * @example
 * ```ts
 * const record: RetryRecord | undefined = Measurement.of(defaultRegistry).retries().get('students.retry');
 * log.info(record?.operationMs.quantile(0.95));
 * ```
 */
export class RetryRecord implements RetryRecorder {
  /** Durations of single attempts, successful or not. */
  readonly attemptMs = new Histogram();
  /** Durations of operations with all their attempts and delays. */
  readonly operationMs = new Histogram();
  /** Delays between attempts. */
  readonly delayMs = new Histogram();
  /** Errors by class and type. */
  readonly errors = new ErrorCounts();
  /** Receives every duration when it is recorded. Must not throw. */
  onDuration: RecordedDuration | undefined;
  readonly #rows: AttemptRow[] = [emptyRow(1)];
  readonly #endings: Record<RetryEnding, number> = Object.fromEntries(
    retryEndings.map((ending) => [ending, 0]),
  ) as Record<RetryEnding, number>;
  #operations = 0;
  #wastedMs = 0;

  /** The current counts, as a copy. */
  get funnel(): Funnel {
    const ended = retryEndings.reduce((sum, ending) => sum + this.#endings[ending], 0);
    const attempts = this.#rows.reduce((sum, { started }) => sum + started, 0);
    return {
      operations: this.#operations,
      inFlight: this.#operations - ended,
      endings: { ...this.#endings },
      rows: this.#rows.map((row) => ({ ...row })),
      attempts,
      amplification: this.#operations === 0 ? undefined : attempts / this.#operations,
      wastedMs: this.#wastedMs,
    };
  }

  began(): void {
    this.#operations += 1;
    this.#start(1);
  }

  succeeded(attempt: number, attemptMs: number, operationMs: number): void {
    const row = this.#endAttempt(attempt, attemptMs);
    row.succeeded += 1;
    this.#end(attempt === 1 ? 'first_try' : 'after_retry', operationMs);
  }

  waits(attempt: number, attemptMs: number, delayMs: number, found: Classification, call: Call<unknown>): void {
    const row = this.#endAttempt(attempt, attemptMs);
    row.retryable += 1;
    row.waiting += 1;
    this.delayMs.record(delayMs);
    this.onDuration?.('delay', delayMs);
    this.errors.count(found, call.host.clock.now(), call);
  }

  continues(attempt: number): void {
    const row = this.#row(attempt);
    row.waiting -= 1;
    row.continued += 1;
    this.#start(attempt + 1);
  }

  left(attempt: number, operationMs: number, waitedMs: number): void {
    const row = this.#row(attempt);
    row.waiting -= 1;
    row.leftWaiting += 1;
    this.#wastedMs += waitedMs;
    this.#end('aborted', operationMs);
  }

  gaveUp(
    attempt: number,
    attemptMs: number,
    operationMs: number,
    waitedMs: number,
    stoppedBy: StopReason,
    found: Classification,
    call: Call<unknown>,
  ): void {
    const row = this.#endAttempt(attempt, attemptMs);
    const ending = endingOf[stoppedBy];
    if (ending === 'not_retryable') row.notRetryable += 1;
    else if (ending === 'aborted') row.abandoned += 1;
    else {
      row.retryable += 1;
      if (ending === 'exhausted') row.exhausted += 1;
      else if (ending === 'denied_budget') row.deniedBudget += 1;
      else if (ending === 'denied_deadline') row.deniedDeadline += 1;
      else row.deniedBreaker += 1;
    }
    this.#wastedMs += waitedMs;
    this.errors.count(found, call.host.clock.now(), call);
    this.#end(ending, operationMs);
  }

  #start(attempt: number): void {
    const row = this.#row(attempt);
    row.started += 1;
    row.running += 1;
  }

  #endAttempt(attempt: number, attemptMs: number): AttemptRow {
    const row = this.#row(attempt);
    row.running -= 1;
    this.attemptMs.record(attemptMs);
    this.onDuration?.('attempt', attemptMs);
    return row;
  }

  #end(ending: RetryEnding, operationMs: number): void {
    this.#endings[ending] += 1;
    this.operationMs.record(operationMs);
    this.onDuration?.('operation', operationMs);
  }

  #row(attempt: number): AttemptRow {
    const place = Math.min(attempt, LAST_ROW) - 1;
    return (this.#rows[place] ??= emptyRow(place + 1));
  }
}

function emptyRow(attempt: number): AttemptRow {
  return {
    attempt: attempt === LAST_ROW ? `${LAST_ROW}+` : String(attempt),
    started: 0,
    running: 0,
    succeeded: 0,
    notRetryable: 0,
    abandoned: 0,
    retryable: 0,
    continued: 0,
    waiting: 0,
    leftWaiting: 0,
    exhausted: 0,
    deniedBudget: 0,
    deniedDeadline: 0,
    deniedBreaker: 0,
  };
}
