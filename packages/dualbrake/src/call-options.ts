/**
 * What a caller may say of one call: the second argument of `execute`. All of it is optional, and `undefined` says
 * nothing. The context that an operation is given can be handed on as it is.
 */
export interface CallOptions {
  /** Ends the call when it aborts: the caller has left. Default: the signal of the ambient context, else none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * When the result is of no use any more: a reading of the pipeline's clock, in milliseconds. That is
   * `performance.now()` and not `Date.now()` unless the pipeline has another clock; see `withinMs`. Default: the
   * deadline of the ambient context, else `Infinity`, for none.
   */
  readonly deadline?: number | undefined;
  /**
   * The same in milliseconds from now on. Beside a deadline, given or inherited, the earlier one holds. With 0 or less
   * nothing is started. Default: `Infinity`.
   */
  readonly withinMs?: number | undefined;
  /** Low-cardinality label such as `students.find`. Default: the pipeline's name. */
  readonly key?: string | undefined;
  /** Request id, actor and the like; passed on untouched to operations and events. Default: those of the ambient context. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** Whether this call may run twice. Default: what the ambient context says, else the policies' own settings. */
  readonly idempotent?: boolean | undefined;
  /** Has no effect, because each call counts its own attempts. It is here so that a whole context can be handed on. */
  readonly attempt?: number | undefined;
}

/** A bare signal is short for `{ signal }`. */
export function optionsOf(given: CallOptions | AbortSignal | undefined): CallOptions | undefined {
  return given instanceof AbortSignal ? { signal: given } : given;
}
