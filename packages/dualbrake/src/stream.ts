import type { Executor } from './call.ts';
import type { CallOptions } from './call-options.ts';
import type { StreamOperation } from './stream-attempt.ts';
import { StreamCall } from './stream-call.ts';

export type { StreamOperation } from './stream-attempt.ts';

/**
 * The items that a fallback of type `F` adds to a stream: the items of an iterable, or any other value as a single item.
 *
 * @example
 * ```ts
 * const item: StreamedItem<readonly number[]> = 1;
 * const text: StreamedItem<string> = 'a string is one item';
 * ```
 */
export type StreamedItem<F> = F extends string | ArrayBufferView
  ? F
  : F extends AsyncIterable<infer Item> | Iterable<infer Item>
    ? Item
    : F;

/**
 * Runs a stream through a chain, until the iteration ends. Starts with the first `next()`.
 *
 * @see Pipeline.executeStream
 */
export function executeStream<T>(
  executor: Executor,
  operation: StreamOperation<T>,
  options: CallOptions | AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  return new GuardedStream(new StreamCall(executor, operation, options));
}

/**
 * The iterator of the consumer. Not a generator function, whose `return()` would wait for a pending `next()`: stopping early must also
 * end a source that hangs.
 */
class GuardedStream<T> implements AsyncGenerator<T, void, undefined> {
  readonly #call: StreamCall<T>;

  constructor(call: StreamCall<T>) {
    this.#call = call;
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncGenerator';
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, void>> {
    return this.#call.next();
  }

  async return(value?: void | PromiseLike<void>): Promise<IteratorResult<T, void>> {
    await this.#call.leave();
    return { done: true, value: await value };
  }

  async throw(error: unknown): Promise<never> {
    await this.#call.leave();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call.leave();
  }
}
