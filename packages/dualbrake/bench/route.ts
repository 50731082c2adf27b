/** What a guarded route costs beside the same route bare: Fastify over loopback, one request after the other. */
import { bulkhead, CircuitBreaker, fallback, pipeline, retry, timeout } from 'dualbrake';
import { recovery } from 'dualbrake/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
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
const REQUESTS = 100;
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
  agent.destroy();
  for (const app of Object.values(routes)) await app.close();
  return Object.keys(routes).map((route, place) => {
    const ratios = rounds.map((times) => (times[0] ?? Number.NaN) / (times[place] ?? Number.NaN));
    const perSecond = median(rounds.map((times) => REQUESTS / (times[place] ?? Number.NaN)));
    return { route, perSecond, ratio: median(ratios), spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)] };
  });
}

async function appWith(furnish: (app: FastifyInstance) => Promise<void>): Promise<FastifyInstance> {
  const app = Fastify();
  await furnish(app);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app;
}

/** One connection, which stays. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function answered(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/students/s-1', agent }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`The route answered ${response.statusCode}.`));
      });
    }).once('error', reject);
  });
}

async function secondsFor(app: FastifyInstance): Promise<number> {
  globalThis.gc?.();
  const begin = process.hrtime.bigint();
  for (let request = 0; request < REQUESTS; request += 1) {
    await answered((app.server.address() as AddressInfo).port);
  }
  return Number(process.hrtime.bigint() - begin) / 1e9;
}
