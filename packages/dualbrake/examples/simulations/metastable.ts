/**
 * A failure that outlives its cause: five seconds of three times the usual traffic fill the line of a dependency that
 * could serve everybody. From then on each call waits longer than its time limit, so it fails, is tried again and takes
 * a place in the line for nothing. The surge is over, and nobody is served.
 *
 * A breaker that sees it keeps calls away until the line is worked off; with ramp-up it lets them back slowly, so that
 * the first rush does not fill the line anew.
 */
import { CircuitBreaker, pipeline, retry, timeout } from 'dualbrake';
import { simulate, type SimulationReport } from 'dualbrake/testing';

const scenario = {
  durationMs: 120_000,
  callsPerSecond: 100,
  surge: { fromMs: 10_000, toMs: 15_000, factor: 3 },
  patienceMs: 3_000,
  dependency: { latencyMs: 20, capacity: 3 },
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
  build: (host) => pipeline('ramped', [retry(often), breakerOf(10_000), timeout(limit)], host),
});

const line = (name: string, { answered, calls, goodput }: SimulationReport): void => {
  const atTheEnd = goodput.slice(-10).reduce((sum, each) => sum + each, 0) / 10;
  console.info(`${name}: ${((100 * answered) / calls).toFixed(1)} % answered, ${atTheEnd.toFixed(0)} a second at the end`);
};
line('retry', bare);
line('with a breaker', guarded);
line('with a breaker that ramps up', ramped);
