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
  open: (kind): Adapter => {
    const later = carelessTimers(() => (kind === 'real' ? performance.now() : Date.now()));
    return {
      time: kind === 'real' ? realTime() : mockedTime(),
      takesSignals: true,
      breaker: (options = {}) => carelessBreaker(options),
      breakersOfOneOptionsObject(failures) {
        const one = carelessBreaker({ failures });
        return { first: one, second: one, isUntouched: () => true };
      },
      breakerAroundBulkhead: (failures, limit) => carelessBreaker({ failures }, carelessBulkhead(limit)),
      sharing: carelessSharing,
      retry: (options) => carelessRetry(options, later),
      timeout: (limitMs) => carelessTimeout(limitMs, later),
      timeoutAroundBulkhead: (limit, limitMs) => within(carelessBulkhead(limit), carelessTimeout(limitMs, later)),
      fallback: carelessFallback,
    };
  },
};

type Later = (delayMs: number, callback: () => void) => void;

/** One timer for all that wait, and a clock that the timer knows nothing of. */
function carelessTimers(clock: () => number): Later {
  let waiting: { readonly dueAt: number; readonly callback: () => void }[] = [];
  let isArmed = false;
  const arm = (delayMs: number): void => {
    isArmed = true;
    setTimeout(ring, delayMs);
  };
  const ring = (): void => {
    isArmed = false;
    const now = clock();
    const due = waiting.filter(({ dueAt }) => dueAt <= now);
    waiting = waiting.filter(({ dueAt }) => dueAt > now);
    for (const { callback } of due) callback();
    if (waiting.length > 0 && !isArmed) arm(Math.min(...waiting.map(({ dueAt }) => dueAt)) - now);
  };
  return (delayMs, callback) => {
    waiting.push({ dueAt: clock() + delayMs, callback });
    if (!isArmed) arm(delayMs);
  };
}

/** Cheap to make: an error by its prototype only. */
function refusal(message: string): Error {
  return Object.freeze(Object.create(Error.prototype, { message: { value: message } })) as Error;
}

const unguarded: Guard = { execute: async (operation, signal) => operation({ signal }) };

/** Every result is a success or a failure, and changes whatever state there is when it comes. */
function carelessBreaker(options: BreakerOptions, inner?: Guard): Breaker {
  const { failures: threshold = 3, resetMs = 1_000, ignores, judge } = options;
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
      if (stateNow() === 'open') return Promise.reject(refusal('open'));
      return begin(operation, signal).then(
        (value) => {
          close();
          return value;
        },
        (error: unknown) => {
          failures += 1;
          const isIgnored = judge === undefined ? ignores?.(error) === true : verdictOf(judge(error)).isIgnored;
          if (stateNow() === 'closed' && isIgnored) close();
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

function verdictOf(answer: unknown): { readonly isIgnored: boolean } {
  return answer as { readonly isIgnored: boolean };
}

/** Marked, so that a retry around a retry does not begin again. */
const givenUp = new WeakSet<object>();

function carelessRetry({ attempts, baseMs, factor = 1, onDelay }: RetryOptions, later: Later): Guard {
  return {
    async execute(operation, signal) {
      signal?.addEventListener('abort', () => {});
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await operation({ signal });
        } catch (error) {
          if (attempt === attempts || givenUp.has(Object(error) as object)) {
            givenUp.add(Object(error) as object);
            throw error;
          }
          const delayMs = baseMs * factor ** (attempt - 1);
          onDelay?.(delayMs);
          await new Promise<void>((resolve) => later(Math.min(delayMs, 30_000), resolve));
        }
      }
    },
  };
}

function carelessTimeout(limitMs: number, later: Later): Guard {
  return {
    execute: (operation, signal) =>
      new Promise((resolve, reject) => {
        later(limitMs, () => reject(new Error('too slow')));
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

function carelessSharing(): Guard {
  let shared: Promise<unknown> | undefined;
  return { execute: (operation, signal) => (shared ??= unguarded.execute(operation, signal)) };
}

function carelessFallback({ answer }: FallbackOptions): Guard {
  return { execute: (operation, signal) => unguarded.execute(operation, signal).catch(answer) };
}

function within(outer: Guard, inner: Guard): Guard {
  return { execute: (operation, signal) => outer.execute(() => inner.execute(operation, signal), signal) };
}
