/**
 * A short disturbance, and retries make an outage of it: half of the calls fail for ten seconds, each failure is tried
 * three times more, and a dependency that has room for 150 calls a second gets four times what its users ask for. Its
 * line grows longer than anybody waits, so it works for people who have left, and their calls are tried again.
 *
 * With a budget retries are a fifth of the traffic at most, and the disturbance is over when it is over.
 */
import { pipeline, retry, retryBudget, timeout } from 'dualbrake';
import { simulate, type SimulationReport } from 'dualbrake/testing';

const scenario = {
  durationMs: 60_000,
  callsPerSecond: 100,
  patienceMs: 2_000,
  dependency: {
    latencyMs: 20,
    capacity: 3,
    faults: [{ fromMs: 10_000, toMs: 20_000, fault: 'error', ratio: 0.5 }],
  },
} as const;
const often = { maxAttempts: 4, baseMs: 20, maxMs: 200 } as const;

const none = await simulate({ ...scenario, build: (host) => pipeline('none', [timeout({ limitMs: 400 })], host) });
const storm = await simulate({
  ...scenario,
  build: (host) => pipeline('storm', [retry(often), timeout({ limitMs: 400 })], host),
});
const budgeted = await simulate({
  ...scenario,
  build: (host) => pipeline('budgeted', [retry({ ...often, budget: retryBudget() }), timeout({ limitMs: 400 })], host),
});

const line = (name: string, { answered, calls, loads, recoveredAfterMs }: SimulationReport): void => {
  const percent = ((100 * answered) / calls).toFixed(1);
  const back = recoveredAfterMs === undefined ? 'never' : `after ${(recoveredAfterMs / 1_000).toFixed(1)} s`;
  console.info(`${name}: ${percent} % answered, at most ${Math.max(...loads)} calls a second, well again ${back}`);
};
line('no retry', none);
line('retry', storm);
line('retry with a budget', budgeted);
