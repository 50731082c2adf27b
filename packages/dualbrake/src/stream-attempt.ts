import type { CallContext } from './call.ts';
import { read } from './classify/safe-read.ts';
import { InvalidSettingsError } from './errors.ts';
import { show } from './show.ts';
import { streamEnd, type StreamProgress } from './stream-progress.ts';

/**
 * The items that an operation of `executeStream` returns.
 *
 * @example
 * ```ts
 * const items: Streamable<number> = [1, 2, 3];
 * for await (const item of new CircuitBreaker().executeStream(() => items)) log.info(item);
 * ```
 */
export type Streamable<T> = AsyncIterable<T> | Iterable<T>;

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

/** The consumer's side of a stream, as an attempt sees it. */
export interface StreamConsumer<T> {
  /** Whether the consumer waits for an item. The source is only read then. */
  readonly isAsking: boolean;
  /** Calls back once, when the consumer requests an item. */
  whenAsking(callback: () => void): void;
  /** Resolves the consumer's oldest pending `next()`. */
  give(item: T): void;
}

/** The part of an iterator that is used. */
interface Source<T> {
  next(): PromiseLike<IteratorResult<T, unknown>> | IteratorResult<T, unknown>;
  return?(): unknown;
}

/**
 * One attempt at a stream: opens the source, reads an item whenever the consumer requests one, and closes the source when the signal
 * aborts. Always runs in the async context of the consumer's first `next()`.
 */
export class StreamAttempt<T> {
  readonly #signal: AbortSignal;
  readonly #progress: StreamProgress;
  readonly #consumer: StreamConsumer<T>;
  #begun = false;
  #isPulling = false;
  #isInterrupted = false;
  #onAbort: (() => void) | undefined;
  #cleanUpFailure: { readonly error: unknown } | undefined;

  constructor(signal: AbortSignal, progress: StreamProgress, consumer: StreamConsumer<T>) {
    this.#signal = signal;
    this.#progress = progress;
    this.#consumer = consumer;
  }

  /** Whether the consumer has received items of this attempt. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether a read from the source is pending. */
  get isPulling(): boolean {
    return this.#isPulling;
  }

  /** The error that the source threw when it was closed early, if any. */
  get cleanUpFailure(): { readonly error: unknown } | undefined {
    return this.#cleanUpFailure;
  }

  /**
   * Settles when the source has ended, including its cleanup.
   *
   * @param subject what the operation belongs to, for error messages
   * @throws the errors of the source, unchanged; the signal's reason when it aborts
   */
  async run(subject: string, open: () => Streamable<T> | PromiseLike<Streamable<T>>): Promise<typeof streamEnd> {
    const signal = this.#signal;
    const stop = (): void => this.#onAbort?.();
    signal.addEventListener('abort', stop);
    try {
      const answer = await open();
      const source = sourceOf<T>(subject, answer);
      for (;;) {
        if (!this.#consumer.isAsking) await this.#demand();
        const result = signal.aborted ? undefined : await this.#pull(source);
        if (result === undefined && this.#isInterrupted) destroy(answer);
        if (result?.done === true) return streamEnd;
        if (result === undefined || signal.aborted) return await this.#end(source, signal.reason);
        if (!this.#begun && !this.#progress.begin()) return await this.#end(source, superseded());
        this.#begun = true;
        this.#consumer.give(result.value);
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Resolves when the consumer requests an item or the signal aborts. */
  #demand(): Promise<void> {
    if (this.#signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onAbort = resolve;
      this.#consumer.whenAsking(resolve);
    });
  }

  /** The next result; `undefined` if the signal aborts first. One promise per read: a shared one would accumulate reactions. */
  async #pull(source: Source<T>): Promise<IteratorResult<T, unknown> | undefined> {
    this.#isPulling = true;
    try {
      const result = await new Promise<IteratorResult<T, unknown> | undefined>((resolve, reject) => {
        this.#onAbort = () => {
          this.#isInterrupted = true;
          resolve(undefined);
        };
        Promise.resolve(source.next()).then(resolve, reject);
      });
      if (result !== undefined && (typeof result !== 'object' || result === null)) {
        throw new TypeError(`The iterator of a stream must return objects with done and value, got ${String(result)}.`);
      }
      return result;
    } finally {
      this.#isPulling = false;
      this.#onAbort = undefined;
    }
  }

  async #end(source: Source<T>, reason: unknown): Promise<never> {
    try {
      await source.return?.();
    } catch (error) {
      this.#cleanUpFailure = { error };
    }
    throw reason;
  }
}

/** Whether it is treated as a stream. Strings and typed arrays are iterable, but count as single values. */
export function isStreamable(value: unknown): value is Streamable<unknown> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (isWebStream(value)) return true;
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = value as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof later === 'function' || typeof now === 'function';
}

function sourceOf<T>(subject: string, answer: unknown): Source<T> {
  if (!isStreamable(answer)) {
    throw new InvalidSettingsError(subject, [
      `the operation of executeStream() must return an async iterable or an iterable, got ${typeShown(answer)}; ` +
        'execute() is for single results',
    ]);
  }
  // The item type can't be checked.
  const source = answer as Streamable<T>;
  if (isWebStream<T>(source)) return new WebSource(source.getReader());
  if (Symbol.asyncIterator in source && typeof source[Symbol.asyncIterator] === 'function') {
    return source[Symbol.asyncIterator]();
  }
  return new SyncSource((source as Iterable<T>)[Symbol.iterator]());
}

/**
 * A web stream. Its own iterator ends only once it has an item, so that one that is waited for could not be ended; and
 * not every browser has that iterator.
 */
class WebSource<T> implements Source<T> {
  readonly #reader: ReadableStreamDefaultReader<T>;

  constructor(reader: ReadableStreamDefaultReader<T>) {
    this.#reader = reader;
  }

  async next(): Promise<IteratorResult<T, unknown>> {
    const result = await this.#reader.read();
    if (!result.done) return result;
    this.#reader.releaseLock();
    return result;
  }

  return(): Promise<void> {
    const cancelled = this.#reader.cancel();
    this.#reader.releaseLock();
    return cancelled;
  }
}

/** A synchronous iterator. Awaits promises among its items, as `for await` does. */
class SyncSource<T> implements Source<T> {
  readonly #iterator: Iterator<T, unknown>;

  constructor(iterator: Iterator<T, unknown>) {
    this.#iterator = iterator;
  }

  async next(): Promise<IteratorResult<T, unknown>> {
    const result: unknown = this.#iterator.next();
    // What is no result is refused by who has asked.
    if (typeof result !== 'object' || result === null) return result as never;
    const { done, value } = result as IteratorResult<T, unknown>;
    if (done === true) return { done, value };
    try {
      return { done: false, value: await value };
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  return(): unknown {
    return this.#iterator.return?.();
  }

  /** After an item that rejects, which is worth more than what goes wrong now. */
  #close(): void {
    try {
      this.return();
    } catch {
      // The item's own error is thrown.
    }
  }
}

function isWebStream<T>(value: object): value is ReadableStream<T> {
  return typeof read(value, 'getReader') === 'function' && typeof read(value, 'cancel') === 'function';
}

/**
 * Destroys a Node stream with a pending read, because its `return()` would wait for the next item.
 */
function destroy(answer: unknown): void {
  const end = read(answer, 'destroy');
  if (typeof end !== 'function' || typeof read(answer, 'pipe') !== 'function') return;
  try {
    Reflect.apply(end, answer, []);
  } catch {
    // Best effort.
  }
}

function superseded(): DOMException {
  return new DOMException('Another attempt delivered the first item of this stream.', 'AbortError');
}

/** Of a single answer only its type: it may be about a person. */
function typeShown(answer: unknown): string {
  return typeof answer === 'object' ? show(answer) : `a value of type ${typeof answer}`;
}
