import type { Call, CallContext, Next, Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import type { Classifier } from '../classification.ts';
import { classify } from '../classify/classify.ts';
import { conditionIssue, holdsLater, isUnavailable, type AsyncErrorCondition } from '../classify/condition.ts';
import { FallbackFailedError } from '../errors.ts';
import { start, type Outcome } from '../execution.ts';
import { hostOptions, type Host, type HostOptions } from '../host.ts';
import { classifyCall } from '../limits.ts';
import type { Policy } from '../policy.ts';
import type { FallbackReport } from '../reports.ts';
import { checkOptions } from '../settings.ts';
import type { StreamedItem, StreamOperation } from '../stream.ts';
import { dropRejection, isThenable } from '../user-function.ts';
import { endOf, LimitReached, withinLimits } from '../within-limits.ts';
import { Standalone } from './standalone.ts';
import { isForOneReader, KeptAnswer } from './kept-answer.ts';

/**
 * A fallback value, or a function that makes one from the error. If the function throws or rejects, the next one of the
 * chain is tried. Functions run within the limits of the call: the call does not wait for them after its signal aborts or
 * its deadline passes.
 *
 * @example
 * ```ts
 * const fromCache: Answer<Student> = (error, { attributes }) => cache.get(String(attributes['id']));
 * const policy = fallback({ to: fromCache });
 * ```
 */
export type Answer<F> = F | ((error: unknown, context: CallContext) => F | PromiseLike<F>);

/**
 * The options of a fallback besides its values: its name, and which failures it replaces. All are optional.
 *
 * @example
 * ```ts
 * const conditions: FallbackConditions = { name: 'cached-student', when: 'refused' };
 * const policy = fallback({ ...conditions, to: () => cache.get(id) });
 * ```
 */
export interface FallbackConditions extends HostOptions {
  /** Shown in reports and metrics. Default `fallback`. */
  readonly name?: string;
  /**
   * Which failures are replaced. Default: those of class `transient`, `system` and `refused`. A persistent error is a
   * valid answer of the server, and a caller who has left needs none. May be async; a rejected promise means no.
   */
  readonly when?: AsyncErrorCondition;
  /** Classifies errors for `when`. Must be synchronous. Default `classify`. */
  readonly classify?: Classifier;
}

/**
 * Options of a fallback: either one value or function (`to`), or several that are tried in order (`chain`).
 *
 * @example
 * ```ts
 * const options: FallbackOptions<Student | undefined> = {
 *   chain: [() => database.getStudent(id), () => cache.get(id), undefined],
 * };
 * const policy = fallback(options);
 * ```
 */
export type FallbackOptions<F> = FallbackConditions &
  (
    | { readonly to: Answer<F>; readonly chain?: undefined }
    | {
        /** Each function receives the error of the one before it; the first one receives the call's error. */
        readonly chain: readonly Answer<F>[];
        readonly to?: undefined;
      }
  );

/**
 * Returns a fallback value when a call fails.
 *
 * @example
 * ```ts
 * const policy = new Fallback({ to: () => cache.get(id) });
 * const student: Student = await policy.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export class Fallback<F> implements Policy<F> {
  readonly name: string;
  readonly kind = 'fallback';
  /** Only for type inference; never set. */
  declare readonly $fallback?: F;
  readonly #chain: readonly Making<F>[];
  readonly #when: AsyncErrorCondition;
  readonly #classify: Classifier;
  readonly #standalone: Standalone<F>;
  readonly #counts = { calls: 0, fallbacks: 0, failed: 0 };

  /** @throws InvalidSettingsError with every problem at once */
  constructor(options: FallbackOptions<F>) {
    const subject = `fallback "${typeof options?.name === 'string' ? options.name : 'fallback'}"`;
    checkOptions(
      subject,
      options,
      {},
      {
        name: 'string',
        to: 'anything',
        chain: 'anything',
        when: 'anything',
        classify: 'sync function',
        ...hostOptions,
      },
      optionIssues(options),
    );
    this.name = options.name ?? 'fallback';
    // `to: undefined` is an answer, too.
    const answers: readonly Answer<F>[] = options.chain ?? [options.to];
    // A promise is a value, too. If it rejects, that is heard when its turn comes, and not unhandled before.
    for (const answer of answers) if (answer instanceof Promise) dropRejection(answer);
    this.#chain = answers.map((answer) => (isFunction(answer) ? answer : giving(answer)));
    this.#when = options.when ?? isUnavailable;
    this.#classify = options.classify ?? classify;
    this.#standalone = new Standalone<F>(this, options);
  }

  /**
   * Runs the operation, and returns the fallback value if it fails.
   *
   * @throws the operation's own error if the fallback does not apply to it; FallbackFailedError if both fail
   */
  execute<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<T | F> {
    return this.#standalone.execute(operation, options);
  }

  /** The same as `execute`, but never throws. */
  executeOutcome<T>(operation: Operation<T>, options?: CallOptions | AbortSignal): Promise<Outcome<T | F>> {
    return this.#standalone.executeOutcome(operation, options);
  }

  /** The same for an operation that returns items one by one. @see Pipeline.executeStream */
  executeStream<T>(
    operation: StreamOperation<T>,
    options?: CallOptions | AbortSignal,
  ): AsyncGenerator<T | StreamedItem<F>, void, undefined> {
    return this.#standalone.executeStream(operation, options);
  }

  attach(host: Host): void {
    this.#standalone.attach(host);
  }

  link(next: Next<unknown>): Next<unknown> {
    return (call) => this.run(call, next);
  }

  run<T>(call: Call<T>, next: Next<T>): Promise<T | F> {
    this.#counts.calls += 1;
    return start<T | F>(call as Call<T | F>, next as Next<T | F>).then(undefined, (error: unknown) =>
      this.#recover(error, call),
    );
  }

  report(): FallbackReport {
    return { ...this.#counts };
  }

  async #recover(error: unknown, call: Call<unknown>): Promise<F> {
    const found = classifyCall(this.#classify, error, call);
    if (call.stream?.begun === true) throw error;
    if (call.aborted || found.class === 'cancelled') throw error;
    const isMeant = holdsLater(this.#when, error, found);
    if (isMeant !== true && (isMeant === false || !(await this.#decided(isMeant, error, call)))) throw error;
    const value = await this.#answer(error, call);
    this.#counts.fallbacks += 1;
    if (call.trace !== undefined) call.trace.fromFallback = true;
    if (call.listening) call.emit(this.name, { type: 'fallback', error, classification: found });
    return value;
  }

  /** Whether the fallback applies. If the time runs out before that is known, it does not. */
  async #decided(isMeant: Promise<boolean>, primary: unknown, call: Call<unknown>): Promise<boolean> {
    try {
      return await withinLimits(call, isMeant, primary);
    } catch (reached) {
      if (call.aborted) throw endOf(reached);
      return false;
    }
  }

  async #answer(primary: unknown, call: Call<unknown>): Promise<F> {
    const failures: unknown[] = [];
    let error = primary;
    for (const answer of this.#chain) {
      try {
        const made: F | PromiseLike<F> = answer(error, call);
        return isThenable(made) ? await withinLimits(call, made, primary) : made;
      } catch (failure) {
        if (failure instanceof LimitReached) {
          this.#counts.failed += 1;
          throw failure.reason;
        }
        // Rethrowing the error is not a failure of the fallback.
        if (failure !== error) failures.push(failure);
        error = failure;
      }
    }
    if (failures.length === 0) throw primary;
    this.#counts.failed += 1;
    throw call.framed(new FallbackFailedError(primary, ...failures));
  }
}

/**
 * Returns a fallback value when a call fails, as `new Fallback(options)`. The type of the value becomes part of the
 * pipeline's result type.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const students = pipeline('students', [fallback({ to: () => cache.get(id) }), retry(), circuitBreaker()]);
 * const student: Student = await students.execute(({ signal }) => database.getStudent(id, { signal }));
 * ```
 */
export function fallback<F>(options: FallbackOptions<F>): Fallback<F> {
  return new Fallback(options);
}

type Making<F> = (error: unknown, context: CallContext) => F | PromiseLike<F>;

/** Gives the same value each time; a `Response` as a copy. */
function giving<F>(value: F): Making<F> {
  const kept = new KeptAnswer(value, undefined);
  // A copy of a response is a response, too.
  return () => kept.forOne(undefined) as F;
}

function isFunction<F>(answer: Answer<F>): answer is Making<F> {
  return typeof answer === 'function';
}

function optionIssues(options: unknown): string[] {
  const { to, chain, when } = Object(options) as { to?: unknown; chain?: unknown; when?: unknown };
  const hasTo = typeof options === 'object' && options !== null && Object.hasOwn(options, 'to');
  const condition = when === undefined ? undefined : conditionIssue('when', when);
  const values = Array.isArray(chain) ? chain : [to];
  return [
    ...(values.some(isForOneReader)
      ? [
          'to and chain must not contain a stream or an iterator, which only one caller could read: use a function that creates one',
        ]
      : []),
    ...(chain !== undefined && (!Array.isArray(chain) || chain.length === 0)
      ? ['chain must be a list of at least one value or function']
      : []),
    ...(hasTo && to !== undefined && chain !== undefined ? ['give to or chain, not both'] : []),
    ...(!hasTo && chain === undefined ? ['to or chain must be given'] : []),
    ...(condition === undefined ? [] : [condition]),
  ];
}
