import type { CallContext, Executor } from './call.ts';
import type { CallOptions } from './call-options.ts';
import type { Streamable } from './stream-attempt.ts';
import { StreamCall } from './stream-call.ts';

/**
 * An operation that returns items one by one: an async generator function, or a function that opens a stream.
 *
 * @example
 * ```ts
 * const lines: StreamOperation<string> = async function* ({ signal }) {
 *   const response = await fetch('https://reports.example/lines', { signal });
 *   for await (const chunk of response.body ?? []) yield new TextDecoder().decode(chunk);
 * };
 * for await (const line of retry().executeStream(lines)) log.info(line);
 * ```
 */
export type StreamOperation<T> = (context: CallContext) => Streamable<T> | PromiseLike<Streamable<T>>;

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
