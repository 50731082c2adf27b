import type { Candidate, Operation, Subject } from '../candidate.ts';

/** Obvious async/await code that does the work of one row and nothing else: no settings, no events, no classification. */
export const plain: Candidate = {
  name: 'plain by hand',
  rows: {
    'breaker closed': (operation) => guarded(new PlainBreaker(), operation),
    'breaker closed, macrotask': (operation) => guarded(new PlainBreaker(), operation),
    'breaker open': (operation) => {
      const breaker = new PlainBreaker();
      breaker.openUntil = Infinity;
      return guarded(breaker, operation);
    },
    'breaker failing': (operation) => guarded(new PlainBreaker(Infinity), operation),
    'retry first': (operation) => ({ call: () => retried(operation, 3) }),
    'retry second': (operation) => ({ call: () => retried(operation, 3) }),
    timeout: (operation) => ({ call: () => limited(operation, 2_000) }),
    'timeout concurrent': (operation) => ({ call: () => limited(operation, 2_000) }),
    bulkhead: (operation) => guarded(new PlainBulkhead(10), operation),
    'bulkhead queue': (operation) => guarded(new PlainBulkhead(10), operation),
    'five policies': fivePolicies,
    'five policies concurrent': fivePolicies,
    'breaker concurrent': (operation) => guarded(new PlainBreaker(), operation),
  },
};

interface Guard {
  execute(operation: Operation): Promise<number>;
}

function guarded(guard: Guard, operation: Operation): Subject {
  return { call: () => guard.execute(operation) };
}

/** Opens after so many failures in a row, for a minute. */
export class PlainBreaker implements Guard {
  openUntil = 0;
  readonly #threshold: number;
  #failures = 0;

  constructor(threshold = 5) {
    this.#threshold = threshold;
  }

  async execute(operation: Operation): Promise<number> {
    if (this.openUntil > 0 && performance.now() < this.openUntil) throw new Error('The circuit is open.');
    try {
      const value = await operation();
      this.#failures = 0;
      return value;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures >= this.#threshold) this.openUntil = performance.now() + 60_000;
      throw error;
    }
  }
}

async function retried(operation: Operation, attempts: number): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      if (attempt >= attempts) throw error;
    }
  }
}

async function limited(operation: Operation, limitMs: number): Promise<number> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('It took too long.')), limitMs);
  });
  try {
    return await Promise.race([operation(), late]);
  } finally {
    clearTimeout(timer);
  }
}

class PlainBulkhead implements Guard {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async execute(operation: Operation): Promise<number> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await operation();
    } finally {
      const next = this.#waiting.shift();
      // The place goes over to who waits.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

function fivePolicies(operation: Operation): Subject {
  const breaker = new PlainBreaker();
  const places = new PlainBulkhead(1_000);
  const placed = (): Promise<number> => places.execute(operation);
  const inTime = (): Promise<number> => limited(placed, 2_000);
  const attempt = (): Promise<number> => breaker.execute(inTime);
  return {
    call: async () => {
      try {
        return await retried(attempt, 3);
      } catch {
        return -1;
      }
    },
  };
}
