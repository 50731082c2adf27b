import type { Call } from '../call.ts';
import type { Classification, ErrorClass } from '../classification.ts';

/** How many types of error are told apart at one place; further ones are counted together as `OTHER_TYPES`. */
const TYPES_MAX = 32;

/** The type under which all are counted that found no room, as OpenTelemetry names it. */
export const OTHER_TYPES = '_OTHER';

/** The call that an error was last seen in. */
export interface ErrorSample {
  /** Clock reading. */
  readonly at: number;
  /** Low-cardinality label of the call. */
  readonly key: string;
  readonly pipeline: string;
  /** As the caller gave it in `attributes.correlationId`. */
  readonly correlationId: string | undefined;
}

/** Errors of one class and type at one place. */
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

/** Counts errors by class and type, in bounded memory. Messages are not kept: they may hold anything. */
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

  /** Those that were first seen, first. */
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
