/**
 * A failure that outlives its cause. A dependency that could serve everybody restarts: five seconds later it is back,
 * with empty caches, and a third as fast until they are full. Everybody rushes in at once.
 *
 * With retries alone it is asked for three times what it can do, its line is longer than anybody waits, and so each call
 * fails and comes back: nobody is served, for good. A breaker keeps calls away, but lets all of them back at once, onto
 * caches that have cooled down meanwhile: it opens again and again. One that ramps up lets back as many as fill the
 * caches, and it is over.
 */
import { CircuitBreaker, pipeline, retry, timeout } from 'dualbrake';
import { simulate, type SimulationReport } from 'dualbrake/testing';

const scenario = {
  durationMs: 180_000,
  callsPerSecond: 100,
  patienceMs: 3_000,
  dependency: {
    latencyMs: 20,
    capacity: 3,
    line: 100,
    cold: { latencyMs: 60, calls: 500, idleMs: 2_000 },
    faults: [{ fromMs: 10_000, toMs: 15_000, fault: 'refuse' }],
  },
} as const;
const often = { maxAttempts: 3, baseMs: 100 } as const;
const limit = { limitMs: 500 } as const;

const breakerOf = (rampUpMs: number): CircuitBreaker =>
  new CircuitBreaker({ window: 'time', failureRatio: 0.5, resetTimeoutMs: 5_000, rampUpMs });

const bare = await simulate({
  ...scenario,
  build: (host) => pipeline('bare', [retry(often), timeout(limit)], host),
});
const guarded = await simulate({
  ...scenario,
  build: (host) => pipeline('guarded', [retry(often), breakerOf(0), timeout(limit)], host),
});
const ramped = await simulate({
  ...scenario,
  build: (host) => pipeline('ramped', [retry(often), breakerOf(30_000), timeout(limit)], host),
});

const line = (name: string, { answered, calls, goodput }: SimulationReport): void => {
  const atTheEnd = goodput.slice(-60).reduce((sum, each) => sum + each, 0) / 60;
  const percent = ((100 * answered) / calls).toFixed(1);
  console.info(`${name}: ${percent} % answered, ${atTheEnd.toFixed(0)} a second in the last minute`);
};
line('retry', bare);
line('with a breaker', guarded);
line('with a breaker that ramps up', ramped);
