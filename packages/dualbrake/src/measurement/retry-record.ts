import type { Call } from '../call.ts';
import type { Classification } from '../classification.ts';
import type { StopReason } from '../events.ts';
import { Histogram } from '../histogram.ts';
import type { RetryRecorder } from '../recorder.ts';
import type { RecordedDuration } from './duration.ts';
import { ErrorCounts } from './error-counts.ts';

/** What an operation under a retry came to; each is one of them. */
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
export type RetryEnding = (typeof retryEndings)[number];

/** Attempts from this one on are counted together, so that a metric has a bounded number of labels. */
const LAST_ROW = 6;

/** How each reason to stop is counted. What was not safe to repeat, or retried below already, was not retryable here. */
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
 * One line of the funnel. Always true:
 *
 * - `started` = `succeeded` + `notRetryable` + `abandoned` + `retryable` + `running`
 * - `retryable` = `continued` + `exhausted` + `deniedBudget` + `deniedDeadline` + `deniedBreaker` + `leftWaiting` + `waiting`
 * - `started` of the next line = `continued` of this one; the last line, of all attempts from the sixth on, also starts
 *   what it has continued itself
 */
export interface AttemptRow {
  /** `1` to `5`, or `6+`. */
  readonly attempt: string;
  started: number;
  running: number;
  succeeded: number;
  /** Failed in a way that no further attempt can mend. */
  notRetryable: number;
  /** The caller left while it ran. */
  abandoned: number;
  /** Failed in a way that a further attempt may mend. */
  retryable: number;
  continued: number;
  waiting: number;
  leftWaiting: number;
  exhausted: number;
  deniedBudget: number;
  deniedDeadline: number;
  deniedBreaker: number;
}

/** What became of all operations of one retry. `operations` = the sum of `endings` + `inFlight`. */
export interface Funnel {
  readonly operations: number;
  readonly inFlight: number;
  readonly endings: Readonly<Record<RetryEnding, number>>;
  readonly rows: readonly Readonly<AttemptRow>[];
  /** Attempts of all operations. */
  readonly attempts: number;
  /** Attempts per operation; nothing before the first one. */
  readonly amplification: number | undefined;
  /** Milliseconds waited by operations that failed all the same. */
  readonly wastedMs: number;
}

/** What has been measured at one retry since measuring began. Counters only grow. */
export class RetryRecord implements RetryRecorder {
  /** How long one attempt took, whatever came of it. */
  readonly attemptMs = new Histogram();
  /** How long an operation took with all its attempts and waits. */
  readonly operationMs = new Histogram();
  readonly delayMs = new Histogram();
  readonly errors = new ErrorCounts();
  /** Hears every duration as it is recorded; must not throw. */
  onDuration: RecordedDuration | undefined;
  readonly #rows: AttemptRow[] = [emptyRow(1)];
  readonly #endings: Record<RetryEnding, number> = Object.fromEntries(
    retryEndings.map((ending) => [ending, 0]),
  ) as Record<RetryEnding, number>;
  #operations = 0;
  #wastedMs = 0;

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
