import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { Maintenance } from './maintenance.ts';
import { testDatabase, type TestDatabase } from './testing/test-database.ts';
import { until } from './testing/until.ts';

/** A fake database with the given numbers of dead rows, in which maintenance takes effect. */
function aDatabase({ idleMs, dead = {}, longLog = false }: { idleMs: number; dead?: object; longLog?: boolean }) {
  const left = new Map(Object.entries(dead) as [string, number][]);
  let logIsLong = longLog;
  const ran: string[] = [];
  let turns = 0;
  return {
    ran,
    turns: () => turns,
    idleMs: () => idleMs,
    exclusively: <T>(work: () => Promise<T>): Promise<T> => {
      turns += 1;
      return work();
    },
    query: async (text: string) => {
      if (text.includes('pg_stat_all_tables')) {
        const factor = Number(/> (\d+) \*/.exec(text)?.[1]);
        const due = [...left].find(([, rows]) => rows > factor * 200);
        return due === undefined ? [] : [{ statement: `VACUUM (ANALYZE) public.${due[0]}` }];
      }
      if (text.includes('pg_control_checkpoint')) return [{ long: logIsLong }];
      ran.push(text);
      left.delete(text.replace('VACUUM (ANALYZE) public.', ''));
      if (text === 'CHECKPOINT') logIsLong = false;
      return [];
    },
    onBusy: () => undefined,
  };
}

test('an idle database is vacuumed table by table, with turns for clients in between', async () => {
  const database = aDatabase({ idleMs: 3_000, dead: { students: 201, sessions: 500, schools: 3 }, longLog: true });
  assert.deepEqual(await new Maintenance(database).round(), [
    'VACUUM (ANALYZE) public.students',
    'VACUUM (ANALYZE) public.sessions',
    'CHECKPOINT',
  ]);
  assert.equal(database.turns(), 4);
});

test('in a busy database, a table is vacuumed only when it has five times as many dead rows', async () => {
  const database = aDatabase({ idleMs: 0, dead: { students: 1_000, sessions: 1_001 } });
  await new Maintenance(database).round();
  assert.deepEqual(database.ran, ['VACUUM (ANALYZE) public.sessions']);
});

test('a statement runs once per round, even when it changes nothing', async () => {
  const database = aDatabase({ idleMs: 3_000, longLog: true });
  const unchanging = {
    ...database,
    query: async (text: string) => (text.startsWith('VACUUM') ? [] : await database.query(text)),
  };
  assert.deepEqual(await new Maintenance(unchanging).round(), ['CHECKPOINT']);
});

test('after 20 updates of every row, the table and the log of the embedded database are still small', async () => {
  await using database = await testDatabase();
  await sql`CREATE TABLE lines (id int PRIMARY KEY, text text NOT NULL)`.execute(database.kysely);
  await sql`INSERT INTO lines SELECT g, repeat('x', 300) FROM generate_series(1, 2000) g`.execute(database.kysely);
  const bytesOfRows = await tableBytes(database);
  for (let round = 0; round < 2; round += 1) {
    for (let times = 0; times < 20; times += 1) await sql`UPDATE lines SET text = text`.execute(database.kysely);
    // Dead rows are counted up to a second late otherwise, and a table that is not yet vacuumed looks clean.
    await sql`SELECT pg_stat_force_next_flush()`.execute(database.kysely);
    await until('the table is vacuumed', async () => (await deadRows(database)) === 0, { limitMs: 120_000 });
  }
  // The second round reuses the space of the first. On a slow machine, a vacuum may run during a round.
  const bytes = await tableBytes(database);
  assert.ok(bytes <= 21 * bytesOfRows * 1.1, `2,000 rows of ${bytesOfRows} bytes have grown to ${bytes} bytes`);
  await until('the log is short', () => logBytes(database) <= 6 * 16 * 1024 * 1024, { limitMs: 120_000 });
});

async function deadRows(database: TestDatabase): Promise<number> {
  const { rows } = await sql<{ dead: string }>`
    SELECT n_dead_tup AS dead FROM pg_stat_user_tables WHERE relname = 'lines'`.execute(database.kysely);
  return Number(rows[0]?.dead);
}

async function tableBytes(database: TestDatabase): Promise<number> {
  const { rows } = await sql<{ bytes: string }>`SELECT pg_table_size('lines') AS bytes`.execute(database.kysely);
  return Number(rows[0]?.bytes);
}

function logBytes({ dataDirectory }: TestDatabase): number {
  const folder = join(dataDirectory, 'postgres', 'pg_wal');
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
