// Measures how long the embedded database takes to start, in milliseconds: first start, later starts, and after a kill.
// node --conditions=source --import tsx apps/driving-school/server/platform/database/testing/measure-start.ts
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type ApplicationDatabase, openDatabase } from '../database.ts';
import { until } from './until.ts';

const ROUNDS = 5;

function open(directory: string): ApplicationDatabase {
  mkdirSync(join(directory, 'migrations'), { recursive: true });
  return openDatabase({
    dataFolder: { directory },
    migrationsDirectory: join(directory, 'migrations'),
    log: pino({ level: 'silent' }),
  });
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return Math.round(performance.now() - startedAt);
}

function pidOf(database: ApplicationDatabase): number {
  return Number(database.service.report?.(performance.now())['pid']);
}

const measured: Record<string, number[]> = {
  firstStart: [],
  nextStart: [],
  afterKill: [],
  stop: [],
  residentMegabytes: [],
};
for (let round = 0; round < ROUNDS; round += 1) {
  const directory = mkdtempSync(join(tmpdir(), 'measure-'));
  const first = open(directory);
  measured['firstStart']?.push(await timed(() => first.start()));
  await first.stop();
  const next = open(directory);
  measured['nextStart']?.push(await timed(() => next.start()));
  measured['afterKill']?.push(
    await timed(async () => {
      process.kill(pidOf(next), 'SIGKILL');
      await until('the loss is noticed', () => !next.ready(), { everyMs: 1 });
      await until('it is up again', () => next.ready(), { everyMs: 1 });
    }),
  );
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pidOf(next)}/status`, 'utf8'))?.[1];
  measured['residentMegabytes']?.push(Math.round(Number(kilobytes) / 1_024));
  measured['stop']?.push(await timed(() => next.stop()));
  rmSync(directory, { recursive: true });
}
for (const [name, values] of Object.entries(measured)) {
  values.sort((one, other) => one - other);
  process.stdout.write(`${name}: median ${values[Math.floor(values.length / 2)]}, all ${values.join(' ')}\n`);
}
