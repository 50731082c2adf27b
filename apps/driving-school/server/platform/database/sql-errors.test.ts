/** The classifier's results for errors of real databases, through this program's driver and query builder. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { classify } from 'dualbrake';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Client, Pool } from 'pg';
import { skipWithoutPostgres, startPostgres, type TestPostgres } from './testing/postgres.ts';

/** Class, retryable (R), counts against the breaker (B), reached the server, applied. */
function verdictOf(error: unknown): string {
  const { class: kind, retryable, countsAgainstBreaker, reachedServer, applied } = classify(error);
  return `${kind} ${retryable ? 'R' : '-'}${countsAgainstBreaker ? 'B' : '-'} ${reachedServer} ${applied}`;
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('The work was expected to fail.');
}

const skip = skipWithoutPostgres();
let server: TestPostgres;
const clients: Client[] = [];

before(async () => {
  if (skip !== false) return;
  server = await startPostgres();
  const client = await connected();
  await client.query('CREATE TABLE lesson (id int PRIMARY KEY, seats int CHECK (seats >= 0))');
  await client.query('INSERT INTO lesson VALUES (1, 1), (2, 1)');
});
after(async () => {
  await Promise.allSettled(clients.map((client) => client.end()));
  await server?.[Symbol.asyncDispose]();
});

async function connected(url = server.url): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

test('constraint violations, syntax errors and missing tables: persistent, not counted', { skip }, async () => {
  const client = await connected();
  const database = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: server.url, max: 1 }) }),
  });

  for (const statement of [
    'INSERT INTO lesson VALUES (1, 1)',
    'INSERT INTO lesson VALUES (3, -1)',
    'SELEC',
    'TABLE x',
  ]) {
    assert.equal(verdictOf(await errorOf(client.query(statement))), 'persistent -- yes no', statement);
    assert.equal(verdictOf(await errorOf(sql.raw(statement).execute(database))), 'persistent -- yes no', statement);
  }
  await database.destroy();
});

test('serialization failures, deadlocks and lock conflicts: retryable, not counted', { skip }, async () => {
  const [one, two] = [await connected(), await connected()];
  for (const client of [one, two]) {
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    await client.query('SELECT sum(seats) FROM lesson');
  }
  await one.query('UPDATE lesson SET seats = seats + 1 WHERE id = 1');
  const racing = two.query('UPDATE lesson SET seats = seats + 1 WHERE id = 1');
  const [serialization] = await Promise.all([errorOf(racing), one.query('COMMIT')]);
  await two.query('ROLLBACK');

  await one.query('BEGIN');
  await two.query('BEGIN');
  await one.query('UPDATE lesson SET seats = 5 WHERE id = 1');
  await two.query('UPDATE lesson SET seats = 5 WHERE id = 2');
  const ends = await Promise.allSettled([
    one.query('UPDATE lesson SET seats = 6 WHERE id = 2'),
    two.query('UPDATE lesson SET seats = 6 WHERE id = 1'),
  ]);
  const deadlock = ends.find(({ status }) => status === 'rejected');
  for (const client of [one, two]) await client.query('ROLLBACK');

  await one.query('BEGIN');
  await one.query('SELECT * FROM lesson WHERE id = 1 FOR UPDATE');
  const locked = await errorOf(two.query('SELECT * FROM lesson WHERE id = 1 FOR UPDATE NOWAIT'));
  await one.query('ROLLBACK');

  for (const error of [serialization, (deadlock as PromiseRejectedResult).reason as unknown, locked])
    assert.equal(verdictOf(error), 'transient R- yes no', String(error));
});

test('a statement timeout and a cancelled statement', { skip }, async () => {
  const client = await connected();
  const other = await connected();
  await client.query('SET statement_timeout = 20');
  const late = await errorOf(client.query('SELECT pg_sleep(5)'));
  await client.query('SET statement_timeout = 0');
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const sleeping = errorOf(client.query('SELECT pg_sleep(5)'));
  let isCancelled = false;
  while (!isCancelled) {
    const answer = await other.query<{ done: boolean }>(
      "SELECT pg_cancel_backend(pid) AS done FROM pg_stat_activity WHERE pid = $1 AND state = 'active'",
      [rows[0]?.pid],
    );
    isCancelled = answer.rows[0]?.done === true;
  }

  assert.equal(verdictOf(late), 'transient RB yes no');
  assert.match(verdictOf(await sleeping), /^cancelled --/);
});

test('a terminated connection, too many connections, and an unknown user', { skip }, async () => {
  const client = await connected();
  const other = await connected();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const sleeping = errorOf(client.query('SELECT pg_sleep(5)'));
  const disconnected = new Promise((resolve) => void client.once('end', resolve));
  await other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  const terminated = await sleeping;
  await disconnected;
  const afterwards = await errorOf(client.query('SELECT 1'));

  await other.query('CREATE ROLE guest LOGIN CONNECTION LIMIT 1');
  const url = new URL(server.url);
  url.username = 'guest';
  await connected(url.href);
  const tooMany = await errorOf(connected(url.href));
  url.username = 'nobody';
  const unknownUser = await errorOf(connected(url.href));

  assert.equal(verdictOf(terminated), 'system RB maybe maybe');
  assert.equal(verdictOf(afterwards), 'system RB no no');
  assert.equal(verdictOf(tooMany), 'system RB no no');
  assert.equal(verdictOf(unknownUser), 'persistent -- no no');
});

test('a server that is killed during a statement, and is not running afterwards', { skip }, async () => {
  await using victim = await startPostgres();
  const client = new Client({ connectionString: victim.url });
  client.on('error', () => undefined);
  await client.connect();
  const sleeping = errorOf(client.query('SELECT pg_sleep(30)'));
  await victim.kill();
  const refused = await errorOf(new Client({ connectionString: victim.url }).connect());

  assert.equal(verdictOf(await sleeping), 'system RB maybe maybe');
  assert.match(verdictOf(refused), /^(transient|system) RB no no$/);
});

test('errors of PGlite are classified like those of PostgreSQL', async () => {
  const database = await PGlite.create();
  await database.exec('CREATE TABLE lesson (id int PRIMARY KEY); INSERT INTO lesson VALUES (1)');

  const duplicate = await errorOf(database.query('INSERT INTO lesson VALUES (1)'));
  const syntax = await errorOf(database.query('SELEC'));
  await database.close();
  const closed = await errorOf(database.query('SELECT 1'));

  assert.equal(verdictOf(duplicate), 'persistent -- yes no');
  assert.equal(verdictOf(syntax), 'persistent -- yes no');
  assert.equal(verdictOf(closed), 'persistent -- no no');
});
