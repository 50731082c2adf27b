import type {
  Adapter,
  Breaker,
  BreakerOptions,
  FallbackOptions,
  Guard,
  Library,
  Operation,
  RetryOptions,
} from '../adapter.ts';
import { mockedTime, realTime } from '../time.ts';

/**
 * Recovery as one writes it in an afternoon. It has no column on the page: it falls into the pitfalls that no library
 * falls into, which shows that they are questions and not formalities.
 */
export const careless: Pick<Library, 'open'> = {
  open: (kind): Adapter => ({
    time: kind === 'real' ? realTime() : mockedTime(),
    takesSignals: true,
    breaker: (options = {}) => carelessBreaker(options),
    breakersOfOneOptionsObject(failures) {
      const one = carelessBreaker({ failures });
      return { first: one, second: one, isUntouched: () => true };
    },
    breakerAroundBulkhead: (failures, limit) => carelessBreaker({ failures }, carelessBulkhead(limit)),
    retry: carelessRetry,
    timeout: carelessTimeout,
    timeoutAroundBulkhead: (limit, limitMs) => within(carelessBulkhead(limit), carelessTimeout(limitMs)),
    fallback: carelessFallback,
  }),
};

const unguarded: Guard = { execute: async (operation, signal) => operation({ signal }) };

/** Every result is a success or a failure, and changes whatever state there is when it comes. */
function carelessBreaker(options: BreakerOptions, inner?: Guard): Breaker {
  const { failures: threshold = 3, resetMs = 1_000, ignores } = options;
  let failures = 0;
  let openedAt: number | undefined;
  const stateNow = (): Breaker['state'] => {
    if (openedAt === undefined) return 'closed';
    return Date.now() < openedAt + resetMs ? 'open' : 'half-open';
  };
  const close = (): void => {
    failures = 0;
    openedAt = undefined;
  };
  const begin = (operation: Operation, signal: AbortSignal | undefined): Promise<unknown> =>
    inner === undefined ? Promise.resolve(operation({ signal })) : inner.execute(operation, signal);
  return {
    get state() {
      return stateNow();
    },
    execute(operation, signal) {
      if (stateNow() === 'open') return Promise.reject(new Error('open'));
      return begin(operation, signal).then(
        (value) => {
          close();
          return value;
        },
        (error: unknown) => {
          failures += 1;
          if (stateNow() === 'closed' && ignores?.(error) === true) close();
          else if (failures >= threshold) openedAt = Date.now();
          throw error;
        },
      );
    },
    isolate() {
      openedAt = Date.now();
      return close;
    },
  };
}

function carelessRetry({ attempts, baseMs, factor = 1, onDelay }: RetryOptions): Guard {
  return {
    async execute(operation, signal) {
      signal?.addEventListener('abort', () => {});
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await operation({ signal });
        } catch (error) {
          if (attempt === attempts) throw error;
          const delayMs = baseMs * factor ** (attempt - 1);
          onDelay?.(delayMs);
          await new Promise((resolve) => setTimeout(resolve, Math.min(delayMs, 30_000)));
        }
      }
    },
  };
}

function carelessTimeout(limitMs: number): Guard {
  return {
    execute: (operation, signal) =>
      new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error('too slow')), limitMs);
        void unguarded.execute(operation, signal).then(resolve);
      }),
  };
}

function carelessBulkhead(limit: number): Guard {
  let running = 0;
  return {
    async execute(operation, signal) {
      if (running >= limit) throw new Error('full');
      running += 1;
      return unguarded.execute(operation, signal).finally(() => (running -= 1));
    },
  };
}

function carelessFallback({ answer }: FallbackOptions): Guard {
  return { execute: (operation, signal) => unguarded.execute(operation, signal).catch(answer) };
}

function within(outer: Guard, inner: Guard): Guard {
  return { execute: (operation, signal) => outer.execute(() => inner.execute(operation, signal), signal) };
}
