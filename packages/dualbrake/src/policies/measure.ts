import type { Call, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Classifier, ErrorClass } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { start, type Outcome } from '../execution.ts';
import { Histogram } from '../histogram.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { classifyCall } from '../limits.ts';
import type { Policy } from '../policy.ts';
import type { MeasureReport } from '../reports.ts';
import { checkOptions } from '../settings.ts';
import type { StreamOperation } from '../stream.ts';
import { Standalone } from './standalone.ts';

/**
 * Options of a measurement point. All are optional.
 *
 * @example
 * ```ts
 * const options: MeasureOptions = { name: 'attempts' };
 * const attempts = measure(options);
 * ```
 */
export interface MeasureOptions extends HostOptions {
  /** Shown in reports and metrics. Default `measure`. */
  readonly name?: string;
  /** Classifies errors, which are counted by class. Must be synchronous. Default `classify`. */
  readonly classify?: Classifier;
}

/**
 * Counts calls by outcome and records how long they take. As the first policy of a pipeline it sees what callers see; as
 * the last one, every attempt.
 *
 * @example
 * ```ts
 * const callers = new Measure({ name: 'callers' });
 * const students = pipeline('students', [callers, retry()]);
 * await students.execute(() => database.getStudent(id));
 * log.info(callers.successRate); // 1
 * ```
 */
export class Measure implements Policy {
  readonly name: string;
  readonly kind = 'measure';
  /** Durations of successful calls, in milliseconds. */
  readonly successes = new Histogram();
  /** Durations of failed calls, in milliseconds. */
  readonly failures = new Histogram();
  readonly #classify: Classifier;
  readonly #standalone: Standalone;
  readonly #errors: Partial<Record<ErrorClass, number>> = {};
  #calls = 0;

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: MeasureOptions = {}) {
    const subject = `measure "${typeof options?.name === 'string' ? options.name : 'measure'}"`;
    checkOptions(subject, options, {}, { name: 'string', classify: 'sync function', ...hostOptions });
    this.name = options.name ?? 'measure';
    this.#classify = options.classify ?? classify;
    this.#standalone = new Standalone(this, options);
  }

  /** Share of ended calls that succeeded, 0 to 1; `undefined` before the first one has ended. */
  get successRate(): number | undefined {
    const ended = this.successes.count + this.failures.count;
    return ended === 0 ? undefined : this.successes.count / ended;
  }

  /** Failed calls by class of error. */
  get errors(): Readonly<Partial<Record<ErrorClass, number>>> {
    return { ...this.#errors };
  }

  /** @throws the operation's own error, unchanged */
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

  attach(host: Host): void {
    this.#standalone.attach(host);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T> {
    const { clock } = call.host;
    const startedAt = clock.now();
    this.#calls += 1;
    return start(call, next).then(
      (value) => {
        this.successes.record(clock.now() - startedAt);
        return value;
      },
      (error: unknown) => {
        const found = classifyCall(this.#classify, error, call);
        this.failures.record(clock.now() - startedAt);
        this.#errors[found.class] = (this.#errors[found.class] ?? 0) + 1;
        throw error;
      },
    );
  }

  report(): MeasureReport {
    return {
      calls: this.#calls,
      running: this.#calls - this.successes.count - this.failures.count,
      successRate: this.successRate,
      errors: this.errors,
      successMs: { ...this.successes.snapshot() },
      failureMs: { ...this.failures.snapshot() },
    };
  }
}

/**
 * Counts calls by outcome and records how long they take, as `new Measure(options)`.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const attempts = measure({ name: 'attempts' });
 * const students = pipeline('students', [retry(), attempts]);
 * await students.execute(() => database.getStudent(id));
 * log.info(attempts.errors); // {}
 * ```
 */
export function measure(options?: MeasureOptions): Measure {
  return new Measure(options);
}
