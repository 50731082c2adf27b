import { AbortListener } from './abort-listener.ts';
import type { Call, CallContext, Executor } from './call.ts';
import type { CallOptions } from './call-options.ts';
import type { Clock } from './clock.ts';
import { CallTimeoutError } from './errors.ts';
import { beginStream } from './execution.ts';
import type { LazySignal } from './lazy-signal.ts';
import {
  isStreamable,
  StreamAttempt,
  type Streamable,
  type StreamConsumer,
  type StreamOperation,
} from './stream-attempt.ts';
import { streamEnd, type BeginningStream, type StreamProgress } from './stream-progress.ts';

/** A pending `next()`. */
interface Request<T> {
  readonly resolve: (result: IteratorResult<T, void>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One stream on its way through a chain. To the chain it is a single call, whose operation iterates the source and resolves when that
 * ends. Items bypass the chain: they go directly from the source to the pending `next()`.
 */
export class StreamCall<T> implements BeginningStream, StreamConsumer<T> {
  readonly #executor: Executor;
  readonly #operation: StreamOperation<T>;
  readonly #options: CallOptions | AbortSignal | undefined;
  #state: 'idle' | 'running' | 'ended' = 'idle';
  readonly #requests: Request<T>[] = [];
  #whenAsking: (() => void) | undefined;
  #begun = false;
  /** Running attempts, with the promise of their end. */
  readonly #attempts = new Map<StreamAttempt<T>, Promise<unknown>>();
  /** The error of the attempt whose items the consumer has received. */
  #lastError: unknown;
  /** A failure that happened between two reads: the next `next()` rejects with it. */
  #failure: { readonly error: unknown } | undefined;
  #signal: LazySignal | undefined;
  #cancelDeadline: (() => void) | undefined;

  constructor(executor: Executor, operation: StreamOperation<T>, options: CallOptions | AbortSignal | undefined) {
    this.#executor = executor;
    this.#operation = operation;
    this.#options = options;
  }

  /** The next item. Concurrent calls are resolved in order. */
  next(): Promise<IteratorResult<T, void>> {
    if (this.#state === 'ended') {
      const failure = this.#failure;
      this.#failure = undefined;
      return failure === undefined ? Promise.resolve(end()) : Promise.reject(failure.error);
    }
    return new Promise((resolve, reject) => {
      this.#requests.push({ resolve, reject });
      if (this.#state === 'idle') this.#start();
      else this.#ask();
    });
  }

  /**
   * Stops the stream early: aborts the signal and closes the source. Does not count as a failure of the dependency.
   *
   * Waits for the cleanup of a source that is between two items, as a `for await` loop would, but not for one with a pending read.
   *
   * @throws the error of that cleanup
   */
  async leave(): Promise<void> {
    const wasRunning = this.#state === 'running';
    const [source] = [...this.#attempts].filter(([attempt]) => attempt.begun && !attempt.isPulling);
    this.#failure = undefined;
    this.#end();
    if (!wasRunning) return;
    this.#signal?.abort(new DOMException('The stream was stopped before its end.', 'AbortError'));
    if (source === undefined) return;
    const [attempt, ended] = source;
    await ended.catch(() => undefined);
    if (attempt.cleanUpFailure !== undefined) throw attempt.cleanUpFailure.error;
  }

  get begun(): boolean {
    return this.#begun;
  }

  get isIdle(): boolean {
    return this.#begun && !this.isAsking;
  }

  begin(): boolean {
    if (this.#begun || this.#state === 'ended') return false;
    this.#begun = true;
    return true;
  }

  get isAsking(): boolean {
    return this.#requests.length > 0;
  }

  whenAsking(callback: () => void): void {
    this.#whenAsking = callback;
  }

  give(item: T): void {
    this.#requests.shift()?.resolve({ done: false, value: item });
  }

  limitedBy(caller: LazySignal | undefined, deadline: number | undefined, clock: Clock): LazySignal {
    // Answers before the operation can react to its signal.
    const signal = new AbortListener(caller, (reason) => this.#failed(reason));
    this.#signal = signal;
    signal.follow();
    if (deadline !== undefined) {
      const leftMs = deadline - clock.now();
      this.#cancelDeadline = clock.after(leftMs, () => this.#failed(new CallTimeoutError(leftMs, 'caller')));
    }
    return signal;
  }

  #start(): void {
    this.#state = 'running';
    // The context that reaches an operation is always the call itself.
    const operation = (context: CallContext): Promise<unknown> => this.#attempt(context as Call<unknown>);
    beginStream(this.#executor, operation, this.#options, this).then(
      (answer) => this.#answered(answer),
      (error: unknown) => this.#failed(error),
    );
  }

  #ask(): void {
    const callback = this.#whenAsking;
    this.#whenAsking = undefined;
    callback?.();
  }

  /** Runs the operation. A custom policy without support for streams may retry after the first item: it gets the same error again. */
  #attempt(call: Call<unknown>): Promise<typeof streamEnd> {
    if (this.#begun) return Promise.reject(this.#lastError);
    const operation = this.#operation;
    return this.#iterate(call.signal, call.stream ?? this, () => operation(call));
  }

  async #iterate(
    signal: AbortSignal,
    progress: StreamProgress,
    open: () => Streamable<T> | PromiseLike<Streamable<T>>,
  ): Promise<typeof streamEnd> {
    const attempt = new StreamAttempt<T>(signal, progress, this);
    const ended = attempt.run(this.#executor.name, open);
    this.#attempts.set(attempt, ended);
    try {
      return await ended;
    } catch (error) {
      if (attempt.begun) this.#lastError = error;
      throw error;
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  /** The chain has resolved: the stream is complete, or a fallback replaces it. */
  #answered(answer: unknown): void {
    if (this.#state === 'ended') return;
    if (answer === streamEnd) this.#end();
    else if (this.#begun) this.#failed(this.#lastError);
    else this.#giveInstead(answer);
  }

  /** Delivers the items of a fallback, without the policies, but with the caller's signal and deadline. */
  #giveInstead(answer: unknown): void {
    const signal = this.#signal?.signal ?? new AbortController().signal;
    // `StreamedItem` is the type of these items.
    const items = (isStreamable(answer) ? answer : [answer]) as Streamable<T>;
    this.#iterate(signal, this, () => items).then(
      () => this.#end(),
      (error: unknown) => this.#failed(error),
    );
  }

  #failed(error: unknown): void {
    if (this.#state === 'ended') return;
    const request = this.#requests.shift();
    if (request === undefined) this.#failure = { error };
    else request.reject(error);
    this.#end();
    // Attempts that are still running were abandoned by a time limit, or by a policy that returned before their end.
    if (this.#attempts.size > 0) this.#signal?.abort(error);
  }

  #end(): void {
    this.#state = 'ended';
    this.#cancelDeadline?.();
    this.#signal?.release();
    for (const { resolve } of this.#requests.splice(0)) resolve(end());
  }
}

function end(): IteratorResult<never, void> {
  return { done: true, value: undefined };
}
