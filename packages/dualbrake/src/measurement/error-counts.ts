import type { Call } from '../call.ts';
import type { Classification, ErrorClass } from '../classification.ts';

/** How many types of error are counted separately; further ones are counted as `OTHER_TYPES`. */
const TYPES_MAX = 32;

/**
 * The type that stands for all types beyond the limit, named as in OpenTelemetry.
 *
 * @example
 * ```ts
 * for (const { errors } of Measurement.of(defaultRegistry).breakers().values()) {
 *   log.info(errors.list().filter(({ type }) => type !== OTHER_TYPES));
 * }
 * ```
 */
export const OTHER_TYPES = '_OTHER';

/**
 * The call in which an error was last seen.
 *
 * @example
 * ```ts
 * const [error] = Measurement.of(defaultRegistry).breakers().get('students.database')?.errors.list() ?? [];
 * const sample: ErrorSample | undefined = error?.sample;
 * log.info(sample?.correlationId);
 * ```
 */
export interface ErrorSample {
  /** Clock reading. */
  readonly at: number;
  /** Low-cardinality label of the call. */
  readonly key: string;
  /** Name of the pipeline. */
  readonly pipeline: string;
  /** From `attributes.correlationId` of the call. */
  readonly correlationId: string | undefined;
}

/**
 * Errors of one class and type.
 *
 * @example
 * ```ts
 * const print = ({ class: errorClass, type, count }: ErrorCount) => log.info(`${count} ${type} (${errorClass})`);
 * ```
 */
export interface ErrorCount {
  readonly class: ErrorClass;
  /** The classifier's rule, such as `node.ECONNREFUSED`; or `_OTHER`. */
  readonly type: string;
  count: number;
  /** Clock readings. */
  readonly firstAt: number;
  lastAt: number;
  sample: ErrorSample | undefined;
}

/** Counts errors by class and type, in bounded memory. Messages are not kept: they may contain personal data. */
export class ErrorCounts {
  readonly #counts = new Map<string, ErrorCount>();

  count(found: Classification, now: number, call: Call<unknown> | undefined): void {
    const known = this.#counts.get(`${found.class} ${found.rule}`) ?? this.#begin(found, now);
    known.count += 1;
    known.lastAt = now;
    if (call === undefined) return;
    const { correlationId } = call.attributes;
    known.sample = {
      at: now,
      key: call.key,
      pipeline: call.pipeline,
      correlationId: typeof correlationId === 'string' ? correlationId : undefined,
    };
  }

  /** In the order in which the types were first seen. */
  list(): readonly Readonly<ErrorCount>[] {
    return [...this.#counts.values()];
  }

  #begin({ class: errorClass, rule }: Classification, now: number): ErrorCount {
    const type = this.#counts.size < TYPES_MAX ? rule : OTHER_TYPES;
    const name = `${errorClass} ${type}`;
    const begun = this.#counts.get(name) ?? {
      class: errorClass,
      type,
      count: 0,
      firstAt: now,
      lastAt: now,
      sample: undefined,
    };
    this.#counts.set(name, begun);
    return begun;
  }
}
