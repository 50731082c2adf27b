/** How fast the console answers while the database cannot be reached, next to a bare Fastify route in the same run. */
import { readFile } from 'node:fs/promises';
import { Agent, get, type OutgoingHttpHeaders } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Program, until } from '../test/program.ts';
import { GuardedServer } from './guarded-server-process.ts';
import { median, quantile } from './statistics.ts';

/** One address. Times in milliseconds. */
export interface EndpointEntry {
  readonly path: string;
  readonly bytes: number;
  readonly p50: number;
  /** Median of blocks. */
  readonly p99: number;
  /** To the bare route's p99 of the same block; median of blocks. */
  readonly ratio: number;
}

/** 99th percentiles are of blocks of this many rounds, so that one bad second of the machine is in one of them only. */
const BLOCK = 400;
const ROUNDS = 5 * BLOCK;
const WARM_UP = 100;

/** Every address that can be read without knowing an id that changes, and those of the breaker and the service. */
const paths = [
  'overview',
  'session',
  'instances',
  'breakers',
  'breakers/database-read.database',
  'breakers/database-read.database/history',
  'breakers/database-read.database/transitions',
  'breakers/database-read.database/errors',
  'breakers/database-read.database/recoveries',
  'breakers/database-read.database/override',
  'retries',
  'retries/database-read.retry',
  'retries/database-read.retry/funnel',
  'errors',
  'services',
  'services/database',
  'config',
  'config/revisions',
  'incidents',
  'logs',
  'audit',
  'faults',
  'openapi.json',
];

export async function measureEndpoints(): Promise<{ bare: EndpointEntry; entries: EndpointEntry[] }> {
  await using program = await Program.launch({
    fresh: true,
    environment: { DATABASE_URL: `postgres://nobody@127.0.0.1:${await closedPort()}/nothing`, LOG_LEVEL: 'error' },
  });
  await program.line(/http:\/\/\S+/);
  const token = (await readFile(join(program.dataDirectory, 'console-token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}` };
  await until(
    'the console answers',
    async () => (await fetch(`${program.address}/admin/api/v1/overview`, { headers })).ok,
  );
  await blockTheDatabase(program.address);

  const bare = await GuardedServer.start('bare');

  const times = new Map<string, number[]>(['bare', ...paths].map((path) => [path, []]));
  const sizes = new Map<string, number>();
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const path of inTurn(['bare', ...paths], round + WARM_UP)) {
      const url = path === 'bare' ? `http://127.0.0.1:${bare.port}/bare` : `${program.address}/admin/api/v1/${path}`;
      const { ms, bytes } = await ask(url, headers);
      sizes.set(path, bytes);
      if (round >= 0) times.get(path)?.push(ms);
    }
  }
  agent.destroy();
  await bare.stop();
  const blocksOf = (path: string): number[] =>
    Array.from({ length: ROUNDS / BLOCK }, (_, block) =>
      quantile((times.get(path) ?? []).slice(block * BLOCK, (block + 1) * BLOCK), 0.99),
    );
  const bareBlocks = blocksOf('bare');
  const entryOf = (path: string): EndpointEntry => {
    const blocks = blocksOf(path);
    return {
      path,
      bytes: sizes.get(path) ?? 0,
      p50: median(times.get(path) ?? []),
      p99: median(blocks),
      ratio: median(blocks.map((p99, block) => p99 / (bareBlocks[block] ?? Number.NaN))),
    };
  };
  return { bare: entryOf('bare'), entries: paths.map(entryOf) };
}

/** Each round begins with a different address, so that none always follows the largest answer. */
function inTurn(all: readonly string[], round: number): string[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/** Opens the database's breaker by requesting a student: anonymous requests do not use the database. */
async function blockTheDatabase(address: string): Promise<void> {
  const body = JSON.stringify({ email: 'nobody@school.example', password: 'a long enough passphrase' });
  const headers = { 'content-type': 'application/json', origin: address };
  for (let tries = 0; tries < 10; tries += 1) {
    const response = await fetch(`${address}/api/session`, { method: 'POST', headers, body });
    if (response.ok) throw new Error('The database answers, which it must not.');
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(url: string, headers: OutgoingHttpHeaders): Promise<{ ms: number; bytes: number }> {
  const begin = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
      response.once('end', () => {
        if (response.statusCode === 200) resolve({ ms: Number(process.hrtime.bigint() - begin) / 1e6, bytes });
        else reject(new Error(`${url} answered ${response.statusCode}.`));
      });
    }).once('error', reject);
  });
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
