/** What a guarded route costs beside the same route bare: Fastify, requests injected one after the other. */
import { bulkhead, CircuitBreaker, fallback, pipeline, retry, timeout } from 'dualbrake';
import { recovery } from 'dualbrake/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { median, quantile } from './measure.ts';

/** One way of answering. */
export interface RouteEntry {
  readonly route: string;
  /** Requests a second, median of slices. */
  readonly perSecond: number;
  /** To the bare route's slice of the same round; median, quarter and three quarters. */
  readonly ratio: number;
  readonly spread: readonly [number, number];
}

const SLICES = 61;
const REQUESTS = 200;
const answer = { id: 's-1', name: 'Ana Costa' };

export async function measureRoutes(): Promise<RouteEntry[]> {
  const policies = pipeline('students', [
    fallback({ to: () => answer }),
    retry(),
    new CircuitBreaker(),
    bulkhead({ limit: 100 }),
    timeout({ limitMs: 1_000 }),
  ]);
  const routes: Readonly<Record<string, FastifyInstance>> = {
    bare: await appWith(async (app) => {
      app.get('/students/:id', async () => answer);
    }),
    'with the plugin, not guarded': await appWith(async (app) => {
      await app.register(recovery);
      app.get('/students/:id', async () => answer);
    }),
    'guarded by five policies': await appWith(async (app) => {
      await app.register(recovery);
      app.get('/students/:id', { config: { recovery: policies } }, async () => answer);
    }),
  };
  const rounds: number[][] = [];
  for (let round = -10; round < SLICES; round += 1) {
    const times: number[] = [];
    for (const app of Object.values(routes)) times.push(await secondsFor(app));
    // The first rounds are for the compiler.
    if (round >= 0) rounds.push(times);
  }
  return Object.keys(routes).map((route, place) => {
    const ratios = rounds.map((times) => (times[0] ?? Number.NaN) / (times[place] ?? Number.NaN));
    const perSecond = median(rounds.map((times) => REQUESTS / (times[place] ?? Number.NaN)));
    return { route, perSecond, ratio: median(ratios), spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)] };
  });
}

async function appWith(furnish: (app: FastifyInstance) => Promise<void>): Promise<FastifyInstance> {
  const app = Fastify();
  await furnish(app);
  await app.ready();
  return app;
}

async function secondsFor(app: FastifyInstance): Promise<number> {
  globalThis.gc?.();
  const begin = process.hrtime.bigint();
  for (let request = 0; request < REQUESTS; request += 1) {
    const { statusCode } = await app.inject('/students/s-1');
    if (statusCode !== 200) throw new Error(`The route answered ${statusCode}.`);
  }
  return Number(process.hrtime.bigint() - begin) / 1e9;
}
