/**
 * dualbrake under the classes of cockatiel 3.1, for the tests that cockatiel 3.1.1 ships: each function makes the class
 * that stands in for one of theirs. Filters, errors, events and `wrap` stay theirs.
 */
import {
  BulkheadFullError,
  bulkhead,
  CallTimeoutError,
  CircuitBreaker,
  CircuitBreakerOpenError,
  classify,
  fallback,
  retry,
  timeout,
  type Classification,
  type Classifier,
  type Operation,
  type Policy,
  type RetryRule,
} from 'dualbrake';

/** `require` of a module of theirs, by its path below `dist`. */
export type Load = (path: string) => unknown;

interface Emitter<T> {
  readonly addListener: (listener: (value: T) => void) => { dispose(): void };
  emit(value?: T): void;
}

interface Theirs {
  readonly Event: { readonly EventEmitter: new <T>() => Emitter<T> };
  readonly Errors: Readonly<
    Record<
      'BrokenCircuitError' | 'BulkheadRejectedError' | 'IsolatedCircuitError' | 'TaskCancelledError',
      new (...of: unknown[]) => Error
    >
  >;
}

type Failure = { readonly error: unknown } | { readonly value: unknown };
type Work = (context: object, signal?: AbortSignal) => unknown;

/** Their filters of errors and answers, and their events of successes and failures. */
interface Executor {
  readonly errorFilter: (error: unknown) => boolean;
  readonly resultFilter: (value: unknown) => boolean;
  readonly onSuccess: unknown;
  readonly onFailure: unknown;
  invoke(work: Work, ...of: unknown[]): Promise<{ readonly success: unknown } | Failure>;
  clone(): Executor;
}

function theirs(load: Load): Theirs {
  return { Event: load('./common/Event'), Errors: load('./errors/Errors') } as Theirs;
}

/** What their filters say, in our words. */
function judgesOf({ errorFilter, resultFilter }: Executor): {
  readonly classify: Classifier;
  readonly judge: (value: unknown) => Classification | undefined;
} {
  const handled = { ...classify(new Error('down')), rule: 'cockatiel' };
  const other = { ...handled, class: 'persistent', retryable: false, countsAgainstBreaker: false } as const;
  return {
    // A refusal of a policy further in stays what it is.
    classify: (error, context) => {
      const own = classify(error, context);
      if (own.class === 'cancelled') return own;
      return errorFilter(error) ? handled : other;
    },
    judge: (value) => (resultFilter(value) ? handled : undefined),
  };
}

/** The work, with their events of it; what was handled is thrown on. */
function told(executor: Executor, work: Work, of: (context: Parameters<Operation<unknown>>[0]) => object) {
  return async (context: Parameters<Operation<unknown>>[0]): Promise<unknown> => {
    const result = await executor.invoke(work, of(context), context.signal);
    if ('error' in result) throw result.error;
    return 'success' in result ? result.success : result.value;
  };
}

/** Runs it, and gives our refusals their names. */
async function translated(
  theirErrors: Theirs['Errors'],
  call: Promise<unknown>,
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CircuitBreakerOpenError) {
      throw error.isolated ? new theirErrors.IsolatedCircuitError() : new theirErrors.BrokenCircuitError();
    }
    if (error instanceof BulkheadFullError) throw new theirErrors.BulkheadRejectedError(1, 0);
    if (error instanceof CallTimeoutError) {
      throw new theirErrors.TaskCancelledError(`Operation timed out after ${error.limitMs}ms`);
    }
    if (signal?.aborted === true && error === signal.reason) throw new theirErrors.TaskCancelledError();
    throw error;
  }
}

function contextOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

interface Backoff {
  readonly duration?: number;
  next(context: object): Backoff & { readonly duration: number };
}

/** Delays that are listed: theirs have one for each attempt. */
const LISTED = 50;

export function retryPolicy(load: Load): unknown {
  const { Event, Errors } = theirs(load);
  return class RetryPolicy {
    readonly #options: { readonly backoff: Backoff; readonly maxAttempts: number };
    readonly #executor: Executor;
    readonly #retried = new Event.EventEmitter<object>();
    readonly #gaveUp = new Event.EventEmitter<object>();
    readonly onRetry = this.#retried.addListener;
    readonly onGiveUp = this.#gaveUp.addListener;
    readonly onSuccess: unknown;
    readonly onFailure: unknown;

    constructor(options: { readonly backoff: Backoff; readonly maxAttempts: number }, executor: Executor) {
      this.#options = options;
      this.#executor = executor;
      this.onSuccess = executor.onSuccess;
      this.onFailure = executor.onFailure;
    }

    dangerouslyUnref(): this {
      return this;
    }

    execute(work: Work, signal?: AbortSignal): Promise<unknown> {
      const { backoff, maxAttempts } = this.#options;
      let attempt = 0;
      let step = backoff;
      const rules: RetryRule[] = [];
      for (let place = 1; place <= Math.min(maxAttempts, LISTED); place += 1) {
        const next = step.next({ attempt: place, signal, result: {} });
        step = next;
        rules.push({ when: () => attempt === place, delayMs: next.duration });
      }
      const guard = retry({
        ...judgesOf(this.#executor),
        maxAttempts: Math.min(maxAttempts + 1, 1_000),
        jitter: 'none',
        baseMs: step.duration ?? 0,
        factor: 1,
        rules,
        onEvent: (event) => {
          if (event.type === 'retry') this.#retried.emit({ error: event.error, delay: event.delayMs });
          if (event.type === 'gave-up') this.#gaveUp.emit({ error: event.error });
        },
      });
      const operation = told(this.#executor, work, (context) => {
        attempt = context.attempt;
        return { attempt: attempt - 1, signal: context.signal };
      });
      return translated(Errors, guard.execute(operation, contextOf(signal)), signal);
    }
  };
}

export function timeoutPolicy(load: Load): unknown {
  const { Event, Errors } = theirs(load);
  const { ExecuteWrapper } = load('./common/Executor') as { readonly ExecuteWrapper: new () => Executor };
  return class TimeoutPolicy {
    readonly #limitMs: number;
    readonly #executor = new ExecuteWrapper();
    readonly #timedOut = new Event.EventEmitter<void>();
    readonly onTimeout = this.#timedOut.addListener;
    readonly onSuccess = this.#executor.onSuccess;
    readonly onFailure = this.#executor.onFailure;

    constructor(limitMs: number) {
      this.#limitMs = limitMs;
    }

    dangerouslyUnref(): this {
      return this;
    }

    async execute(work: Work, signal?: AbortSignal): Promise<unknown> {
      const guard = timeout({
        limitMs: this.#limitMs,
        onEvent: ({ type }) => (type === 'timeout' ? this.#timedOut.emit() : undefined),
      });
      // Their events are of the whole call, so the limit is inside.
      const result = await this.#executor.invoke(() =>
        translated(
          Errors,
          guard.execute((context) => work({ signal: context.signal }, context.signal), contextOf(signal)),
          signal,
        ),
      );
      if ('error' in result) throw result.error;
      return 'success' in result ? result.success : result.value;
    }
  };
}

const states = { closed: 0, open: 1, 'half-open': 2 } as const;
const ISOLATED = 3;

export function circuitBreakerPolicy(load: Load): unknown {
  const { Event, Errors } = theirs(load);
  return class CircuitBreakerPolicy {
    readonly #breaker: CircuitBreaker;
    readonly #executor: Executor;
    readonly #broke = new Event.EventEmitter<object>();
    readonly #reset = new Event.EventEmitter<void>();
    readonly #halfOpened = new Event.EventEmitter<void>();
    readonly #changed = new Event.EventEmitter<number>();
    readonly onBreak = this.#broke.addListener;
    readonly onReset = this.#reset.addListener;
    readonly onHalfOpen = this.#halfOpened.addListener;
    readonly onStateChange = this.#changed.addListener;
    readonly onSuccess: unknown;
    readonly onFailure: unknown;
    lastFailure: unknown;
    #orders = 0;

    constructor(
      options: { readonly halfOpenAfter: number; readonly breaker: { readonly threshold: number } },
      executor: Executor,
    ) {
      this.#executor = executor;
      this.onSuccess = executor.onSuccess;
      this.onFailure = executor.onFailure;
      this.#breaker = new CircuitBreaker({
        ...judgesOf(executor),
        failureThreshold: options.breaker.threshold,
        resetTimeoutMs: options.halfOpenAfter,
        onEvent: (event) => {
          if (event.type !== 'transition') return;
          if (event.to === 'open') this.#broke.emit({});
          if (event.to === 'closed') this.#reset.emit();
          if (event.to === 'half-open') this.#halfOpened.emit();
          this.#changed.emit(states[event.to]);
        },
      });
    }

    get state(): number {
      return this.#orders > 0 ? ISOLATED : states[this.#breaker.state];
    }

    isolate(): { dispose(): void } {
      this.#orders += 1;
      if (this.#orders === 1) {
        this.#breaker.isolate();
        this.#broke.emit({ isolated: true });
      }
      return {
        dispose: () => {
          this.#orders -= 1;
          if (this.#orders > 0) return;
          this.#breaker.release();
          this.#reset.emit();
        },
      };
    }

    execute(work: Work, signal?: AbortSignal): Promise<unknown> {
      const operation = told(this.#executor, work, (context) => ({ signal: context.signal }));
      const call = this.#breaker.execute(operation, contextOf(signal)).catch((error: unknown) => {
        if (!(error instanceof CircuitBreakerOpenError)) this.lastFailure = { error };
        throw error;
      });
      return translated(Errors, call, signal);
    }
  };
}

export function bulkheadPolicy(load: Load): unknown {
  const { Event, Errors } = theirs(load);
  return class BulkheadPolicy {
    readonly #guard: Policy & ReturnType<typeof bulkhead>;
    readonly #limits: { readonly limit: number; readonly queue: number };
    readonly #refused = new Event.EventEmitter<void>();
    readonly onReject = this.#refused.addListener;

    constructor(limit: number, queue: number) {
      this.#limits = { limit, queue };
      this.#guard = bulkhead({ limit, queue: Math.min(queue, 1_000_000) });
    }

    get executionSlots(): number {
      return this.#limits.limit - this.#guard.report().running;
    }

    get queueSlots(): number {
      return this.#limits.queue - this.#guard.report().waiting;
    }

    execute(work: Work, signal?: AbortSignal): Promise<unknown> {
      const call = this.#guard.execute((context) => work({ signal: context.signal }), contextOf(signal));
      return translated(Errors, call, signal);
    }
  };
}

export function fallbackPolicy(): unknown {
  return class FallbackPolicy {
    readonly #executor: Executor;
    readonly #answer: () => unknown;
    readonly onSuccess: unknown;
    readonly onFailure: unknown;

    constructor(executor: Executor, answer: () => unknown) {
      this.#executor = executor;
      this.#answer = answer;
      this.onSuccess = executor.onSuccess;
      this.onFailure = executor.onFailure;
    }

    execute(work: Work, signal?: AbortSignal): Promise<unknown> {
      const guard = fallback({ to: this.#answer, when: (error) => this.#executor.errorFilter(error) });
      return guard.execute(
        told(this.#executor, work, (context) => ({ signal: context.signal })),
        contextOf(signal),
      );
    }
  };
}
