/** A simulated outage: what each way of calling does to a dependency that is down, and how soon it is used again. */
import { circuitBreaker, handleAll, SamplingBreaker } from 'cockatiel';
import { AutoRecovery, breakerService, CircuitBreaker, pipeline, retry, retryBudget } from 'dualbrake';
import OpossumBreaker from 'opossum';
import pRetry from 'p-retry';
import { median } from './measure.ts';
import { VirtualTime } from './virtual-time.ts';

/** What one way of calling came to. Times in milliseconds. */
export interface OutageEntry {
  readonly system: string;
  /** Calls that the dead dependency had to refuse, health checks not counted; median of the phases. */
  readonly deadCalls: number;
  /** From the beginning of the outage to the first refusal by the breaker; absent when there was none. Median. */
  readonly openedAfterMs?: number;
  /** From the end of the outage to the last call that was refused or failed. */
  readonly normalAfterMs: { readonly mean: number; readonly worst: number };
  /** The most calls in any second after the outage; normal are 200. */
  readonly peakPerSecond: number;
}

const CALL_EVERY_MS = 5;
const ANSWER_MS = 20;
const END_MS = 120_000;

/**
 * @param phases outages, of 18 to 42 s, 30 s on average: how long until the next test depends on the moment in which the
 *   dependency comes back, so that the moments must be spread over a whole open time
 */
export async function simulateOutages({ phases }: { readonly phases: number }): Promise<OutageEntry[]> {
  const entries: OutageEntry[] = [];
  for (const [system, make] of Object.entries(systems)) {
    const runs: Run[] = [];
    for (let phase = 0; phase < phases; phase += 1) {
      const share = phases === 1 ? 0.5 : phase / (phases - 1);
      // Its beginning moves, too: windows have buckets.
      const beginsAt = 40_000 + Math.round(1_000 * share);
      runs.push(await simulate(make, { beginsAt, endsAt: beginsAt + 18_000 + Math.round(24_000 * share) }));
    }
    entries.push(entryOf(system, runs));
  }
  return entries;
}

interface Outage {
  readonly beginsAt: number;
  readonly endsAt: number;
}

/** Calls the dependency somehow. */
interface Caller {
  readonly call: () => Promise<unknown>;
  readonly stop?: () => void;
}

type MakeCaller = (dependency: Dependency) => Caller;

/** What is compared. `dualbrake, defaults` are 5 failures in a row and 60 s until it tests. */
const systems: Readonly<Record<string, MakeCaller>> = {
  'dualbrake, defaults, health check each second': (dependency) =>
    watched(new CircuitBreaker(), dependency, (breaker) => breaker.execute(() => dependency.answer())),
  'dualbrake, defaults': (dependency) => {
    const breaker = new CircuitBreaker();
    return { call: () => breaker.execute(() => dependency.answer()) };
  },
  'dualbrake, 50 % in 10 s, open 5 s': (dependency) => {
    const breaker = new CircuitBreaker({ window: 'time', windowMs: 10_000, resetTimeoutMs: 5_000 });
    return { call: () => breaker.execute(() => dependency.answer()) };
  },
  'dualbrake, the same, open 1 s': (dependency) => {
    const breaker = new CircuitBreaker({ window: 'time', windowMs: 10_000, resetTimeoutMs: 1_000 });
    return { call: () => breaker.execute(() => dependency.answer()) };
  },
  'dualbrake, retry around a breaker, health check each second': (dependency) => {
    const breaker = new CircuitBreaker();
    const policies = pipeline('outage', [retry(), breaker]);
    return watched(breaker, dependency, () => policies.execute(() => dependency.answer()));
  },
  'dualbrake, retry with a budget, no breaker': (dependency) => {
    const policy = retry({ budget: retryBudget() });
    return { call: () => policy.execute(() => dependency.answer()) };
  },
  'cockatiel, 50 % in 10 s, open 5 s': (dependency) => {
    const breaker = circuitBreaker(handleAll, {
      halfOpenAfter: 5_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
    });
    return { call: () => breaker.execute(() => dependency.answer()) };
  },
  'opossum, 50 % in 10 s, open 5 s': (dependency) => {
    const breaker = new OpossumBreaker(() => dependency.answer(), {
      errorThresholdPercentage: 50,
      rollingCountTimeout: 10_000,
      resetTimeout: 5_000,
      // Their median sorts all latencies for each failure: minutes of our time, and no difference here.
      rollingPercentilesEnabled: false,
    });
    return { call: () => breaker.fire(), stop: () => breaker.shutdown() };
  },
  'opossum, defaults': (dependency) => {
    const breaker = new OpossumBreaker(() => dependency.answer(), { rollingPercentilesEnabled: false });
    return { call: () => breaker.fire(), stop: () => breaker.shutdown() };
  },
  'p-retry, defaults, no breaker': (dependency) => ({ call: () => pRetry(() => dependency.answer()) }),
};

function watched(
  breaker: CircuitBreaker,
  dependency: Dependency,
  call: (breaker: CircuitBreaker) => Promise<unknown>,
): Caller {
  const service = breakerService({ breakers: [breaker], isHealthy: () => dependency.check() });
  const recovery = new AutoRecovery({ service, checkIntervalMs: 1_000 });
  recovery.start();
  return { call: () => call(breaker), stop: () => recovery.stop() };
}

/** A server that refuses connections for a while; each answer and each refusal takes 20 ms. */
class Dependency {
  deadCalls = 0;
  readonly #time: VirtualTime;
  readonly #outage: Outage;
  readonly #callsBySecond = new Map<number, number>();

  constructor(time: VirtualTime, outage: Outage) {
    this.#time = time;
    this.#outage = outage;
  }

  get isDown(): boolean {
    return this.#time.now >= this.#outage.beginsAt && this.#time.now < this.#outage.endsAt;
  }

  get peakPerSecond(): number {
    return Math.max(0, ...this.#callsBySecond.values());
  }

  answer(): Promise<string> {
    if (this.isDown) this.deadCalls += 1;
    const second = Math.floor((this.#time.now - this.#outage.endsAt) / 1_000);
    if (second >= 0) this.#callsBySecond.set(second, (this.#callsBySecond.get(second) ?? 0) + 1);
    const error = this.isDown
      ? Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
      : undefined;
    return new Promise((resolve, reject) => {
      setTimeout(() => (error === undefined ? resolve('answer') : reject(error)), ANSWER_MS);
    });
  }

  /** What a health check asks: the same way, in the same time, but it is no user's call. */
  check(): Promise<boolean> {
    const isHealthy = !this.isDown;
    return new Promise((resolve) => {
      setTimeout(() => resolve(isHealthy), ANSWER_MS);
    });
  }
}

interface Run {
  readonly deadCalls: number;
  readonly openedAfterMs: number | undefined;
  readonly normalAfterMs: number;
  readonly peakPerSecond: number;
}

async function simulate(make: MakeCaller, outage: Outage): Promise<Run> {
  const time = new VirtualTime();
  time.install();
  try {
    const dependency = new Dependency(time, outage);
    const { call, stop } = make(dependency);
    let openedAt: number | undefined;
    let lastBadAt = outage.endsAt;
    const arrive = async (): Promise<void> => {
      const arrivedAt = time.now;
      try {
        await call();
      } catch (error) {
        const isOwn = error instanceof Error && Object.assign({ code: '' }, error).code === 'ECONNREFUSED';
        if (!isOwn && arrivedAt >= outage.beginsAt) openedAt ??= arrivedAt;
        if (arrivedAt >= outage.endsAt) lastBadAt = arrivedAt;
      }
    };
    const arrivals = setInterval(() => void arrive(), CALL_EVERY_MS);
    await time.runUntil(END_MS);
    clearInterval(arrivals);
    stop?.();
    return {
      deadCalls: dependency.deadCalls,
      openedAfterMs: openedAt === undefined ? undefined : openedAt - outage.beginsAt,
      normalAfterMs: lastBadAt - outage.endsAt,
      peakPerSecond: dependency.peakPerSecond,
    };
  } finally {
    time.uninstall();
  }
}

function entryOf(system: string, runs: readonly Run[]): OutageEntry {
  const opened = runs.flatMap(({ openedAfterMs }) => (openedAfterMs === undefined ? [] : [openedAfterMs]));
  const normal = runs.map(({ normalAfterMs }) => normalAfterMs);
  return {
    system,
    deadCalls: median(runs.map(({ deadCalls }) => deadCalls)),
    ...(opened.length === 0 ? {} : { openedAfterMs: median(opened) }),
    normalAfterMs: { mean: normal.reduce((sum, each) => sum + each, 0) / normal.length, worst: Math.max(...normal) },
    peakPerSecond: Math.max(...runs.map(({ peakPerSecond }) => peakPerSecond)),
  };
}
