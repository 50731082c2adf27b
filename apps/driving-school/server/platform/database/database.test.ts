import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { classify } from 'dualbrake';
import { type Kysely, sql } from 'kysely';
import { Client, type ClientConfig } from 'pg';
import { pino } from 'pino';
import { connectionsDefault } from './connection-count.ts';
import { type ApplicationDatabase, openDatabase } from './database.ts';
import { skipWithoutPostgres, startPostgres, type TestPostgres } from './testing/postgres.ts';
import { testDatabase, type TestDatabase } from './testing/test-database.ts';
import { until } from './testing/until.ts';

const migrations = mkdtempSync(join(tmpdir(), 'migrations-'));
writeFileSync(
  join(migrations, '0001-things.sql'),
  `CREATE EXTENSION IF NOT EXISTS btree_gist;
   CREATE TABLE things (id integer PRIMARY KEY, name text NOT NULL);
   CREATE TABLE lessons (
     car integer NOT NULL,
     during tstzrange NOT NULL,
     EXCLUDE USING gist (car WITH =, during WITH &&)
   );`,
);
after(() => rmSync(migrations, { recursive: true, force: true }));

/** A kind of database: the same tests run against both. */
interface Kind {
  readonly name: 'embedded' | 'postgres';
  readonly skip: string | false;
  /** A query that is still running when the server is killed. */
  readonly slowQuery: string;
  open(): Promise<TestDatabase>;
  /** Settings for a connection outside of the pool. */
  address(database: TestDatabase): ClientConfig;
  kill(database: TestDatabase): Promise<void>;
  /** Restarts a killed server; does nothing when a supervisor restarts it. */
  bringBack(): Promise<void>;
  close(): Promise<void>;
}

const embedded: Kind = {
  name: 'embedded',
  skip: false,
  slowQuery: 'SELECT count(*) FROM generate_series(1, 2000000000)',
  open: () => testDatabase({ migrationsDirectory: migrations }),
  address: (database) => ({
    host: join(database.dataDirectory, 'run'),
    user: 'postgres',
    database: 'postgres',
  }),
  kill: (database) => Promise.resolve(database.kill()),
  bringBack: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

let server: TestPostgres | undefined;
let url = '';
const postgres: Kind = {
  name: 'postgres',
  skip: skipWithoutPostgres(),
  slowQuery: 'SELECT pg_sleep(60)',
  async open() {
    server ??= await startPostgres();
    url = await server.createDatabase('contract');
    return testDatabase({ url, migrationsDirectory: migrations });
  },
  address: () => ({ connectionString: url }),
  kill: async () => server?.kill(),
  bringBack: async () => server?.start(),
  close: async () => server?.[Symbol.asyncDispose](),
};

for (const kind of [embedded, postgres]) {
  describe(`the database (${kind.name})`, { skip: kind.skip }, () => {
    let database: TestDatabase;
    before(async () => {
      database = await kind.open();
    });
    after(async () => {
      await database[Symbol.asyncDispose]();
      await kind.close();
    });

    test('M1.4: what another program sets in its session does not reach the application', async () => {
      const other = new Client(kind.address(database));
      await other.connect();
      await other.query("SET search_path = ''");
      await other.query("SELECT set_config('DateStyle', 'German', false)");
      await other.query('CREATE TEMP TABLE things (nothing integer)');

      const { rows } = await sql<{ count: string }>`SELECT count(name) FROM things`.execute(database.kysely);
      const { rows: kept } = await other.query<{ search_path: string }>('SHOW search_path');
      await other.end();

      assert.deepEqual([rows.length, kept], [1, [{ search_path: '""' }]]);
    });

    test('the database is up, ready and healthy after the start', async () => {
      const { state, kind: shown, reason } = report(database);
      assert.deepEqual({ state, shown }, { state: 'up', shown: kind.name === 'embedded' ? 'embedded' : 'external' });
      assert.equal(typeof reason, 'string');
      assert.equal(database.ready(), true);
      assert.equal(await database.isHealthy(), true);
    });

    test('200 queries over all connections, some with large parameters, each get their own answer', async () => {
      const padding = 'x'.repeat(300_000);
      const answers: number[] = [];
      let next = 0;
      // One client per connection, so none waits for a connection, however slow the machine is.
      const client = async (): Promise<void> => {
        for (let index = next++; index < 200; index = next++) {
          const long = index % 5 === 0 ? padding : '';
          // The SQL text differs as well: otherwise a shared statement would go unnoticed.
          const { rows } = await sql<{ answer: number }>`
            SELECT ${sql.lit(index)} + length(${long}::text) AS answer`.execute(database.kysely);
          answers[index] = Number(rows[0]?.answer) - long.length;
        }
      };
      await Promise.all(Array.from({ length: connectionsDefault }, client));
      assert.deepEqual(answers, [...answers.keys()]);
      assert.equal(answers.length, 200);
    });

    test('the writes of a transaction become visible to others when it commits', async () => {
      const committed = Promise.withResolvers<void>();
      const written = Promise.withResolvers<void>();
      const writing = database.kysely.transaction().execute(async (transaction) => {
        await sql`INSERT INTO things VALUES (1, 'one')`.execute(transaction);
        written.resolve();
        await committed.promise;
      });
      await written.promise;
      // The embedded database answers this after the commit, a server before: both are correct; a dirty read is not.
      const counting = count(database.kysely).then((things) => ({ things, afterCommit: isCommitted }));
      let isCommitted = false;
      setTimeout(() => {
        isCommitted = true;
        committed.resolve();
      }, 50);
      const seen = await counting;
      assert.equal(seen.things, seen.afterCommit ? 1 : 0);
      await writing;
      assert.equal(await count(database.kysely), 1);
    });

    test('of two concurrent transactions that book the same car, one fails with SQLSTATE 23P01', async () => {
      const outcomes = await Promise.all([book(database.kysely), book(database.kysely)].map(outcomeOf));
      // When both insert before either checks for conflicts, PostgreSQL ends one as a deadlock, which can be retried.
      const repeated = outcomes.map((outcome) => (outcome === '40P01' ? outcomeOf(book(database.kysely)) : outcome));
      assert.deepEqual(new Set(await Promise.all(repeated)), new Set(['23P01', 'booked']));
    });

    test('a failed transaction is rolled back and rejects with the error of its statement', async () => {
      const things = await count(database.kysely);
      const failing = database.kysely.transaction().execute(async (transaction) => {
        await sql`INSERT INTO things VALUES (50, 'fifty')`.execute(transaction);
        await sql`INSERT INTO things VALUES (50, 'fifty again')`.execute(transaction);
      });
      await assert.rejects(failing, { code: '23505' });
      assert.equal(await count(database.kysely), things);
    });

    test('the transaction of a client that disconnects is rolled back and blocks no one', async () => {
      const things = await count(database.kysely);
      const client = new Client(kind.address(database));
      client.on('error', () => undefined);
      await client.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO things VALUES (60, 'sixty')");
      client.connection.stream.destroy();
      await sql`INSERT INTO things VALUES (60, 'sixty')`.execute(database.kysely);
      assert.equal(await count(database.kysely), things + 1);
    });

    test('dates are read as text, and times in UTC', async () => {
      const { rows } = await sql<{ born: unknown; at: unknown; zone: unknown }>`
        SELECT date '2008-02-29' AS born, timestamptz '2026-03-08 07:30Z' AS at, current_setting('TimeZone') AS zone
      `.execute(database.kysely);
      assert.deepEqual(rows, [{ born: '2008-02-29', at: new Date('2026-03-08T07:30:00Z'), zone: 'UTC' }]);
    });

    test('the control "reconnect" replaces connections without failing a query', async () => {
      await Promise.all(Array.from({ length: 5 }, () => count(database.kysely)));
      const change = database.service.controls?.['reconnect']?.({ now: 0, trigger: 'operator' });
      assert.match(change?.from ?? '', /^[1-9]\d* open$/);
      await Promise.all(Array.from({ length: 5 }, () => count(database.kysely)));
    });

    test('when the server is killed, queries fail immediately, and the database recovers automatically', async () => {
      let readyAgain = 0;
      database.onReady(() => void (readyAgain += 1));
      await until('the callback was called for the current state', () => readyAgain === 1);
      const running = [kind.slowQuery, kind.slowQuery].map((text) => sql.raw(text).execute(database.kysely));
      const inTransaction = database.kysely.transaction().execute(async (transaction) => {
        await sql`SELECT 1`.execute(transaction);
        await sql.raw(kind.slowQuery).execute(transaction);
      });
      const settled = Promise.allSettled([...running, inTransaction]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await kind.kill(database);
      const outcomes = await settled;

      for (const outcome of outcomes) {
        assert.equal(outcome.status, 'rejected');
        // The error of the rollback would hide that a COMMIT may have been sent.
        assert.doesNotMatch(String(outcome.reason), /not queryable/);
        // The lost connection fails them, not the time limit.
        assert.doesNotMatch(String(outcome.reason), /read timeout/);
        const { class: kindOfError, reachedServer } = classify(outcome.reason, { dependency: 'database' });
        assert.deepEqual([kindOfError, reachedServer], ['system', 'maybe'], String(outcome.reason));
      }

      await kind.bringBack();
      await until('a query is answered', () => count(database.kysely).then(() => true));
      await until('the database is ready', () => database.ready() && readyAgain === 2);
      assert.equal(await database.isHealthy(), true);
    });

    test('while the database is down, queries fail and none hangs', async () => {
      await kind.kill(database);
      await until('the loss is noticed', () => !database.ready());
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => count(database.kysely)));
      for (const outcome of outcomes) {
        // The embedded database may already be back.
        if (outcome.status === 'fulfilled') continue;
        assert.equal(classify(outcome.reason, { dependency: 'database' }).class, 'system', String(outcome.reason));
      }
      await kind.bringBack();
      await until('the database is ready', () => database.ready());
    });
  });
}

test(
  'an unreachable external database does not prevent a start, and is used once it is reachable',
  { skip: postgres.skip },
  async () => {
    await using postgresServer = await startPostgres();
    const late = await postgresServer.createDatabase('late');
    await postgresServer.kill();
    await using database = await testDatabase({ url: late, migrationsDirectory: migrations });
    assert.equal(database.ready(), false);
    assert.equal(report(database)['state'], 'down');
    assert.equal(await database.isHealthy(), false);

    await postgresServer.start();
    await until('the database is ready', () => database.ready());
    assert.equal(await count(database.kysely), 0);
  },
);

test('an invalid URL is refused without showing its password', () => {
  assert.throws(() => testDatabaseWith('mysql://owner:secret@db/school'), {
    name: 'TypeError',
    message: 'DATABASE_URL must begin with postgres:// or postgresql://.',
  });
});

test('with a very long path of the data folder, the socket is in another folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'long-'));
  const long = join(folder, 'a-folder-with-quite-a-long-name'.repeat(4));
  mkdirSync(long, { recursive: true });
  {
    await using database = await testDatabase({ dataDirectory: long, migrationsDirectory: migrations });
    assert.equal(await count(database.kysely), 0);
  }
  rmSync(folder, { recursive: true });
});

function testDatabaseWith(address: string): ApplicationDatabase {
  const log = pino({ level: 'silent' });
  return openDatabase({ url: address, dataFolder: { directory: tmpdir() }, migrationsDirectory: migrations, log });
}

function report(database: ApplicationDatabase): Readonly<Record<string, unknown>> {
  return database.service.report?.(performance.now()) ?? {};
}

async function count(kysely: Kysely<Record<string, never>>): Promise<number> {
  const { rows } = await sql<{ count: string }>`SELECT count(*) AS count FROM things`.execute(kysely);
  return Number(rows[0]?.count);
}

function book(kysely: Kysely<Record<string, never>>): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    await sql`SELECT 1`.execute(transaction);
    await sql`INSERT INTO lessons VALUES (7, '[2026-01-05 10:00Z, 2026-01-05 11:00Z)')`.execute(transaction);
  });
}

/** `booked`, or the SQLSTATE of the failure. */
async function outcomeOf(booking: Promise<void>): Promise<unknown> {
  try {
    await booking;
    return 'booked';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code;
    throw error;
  }
}
