import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Client, type ClientConfig } from 'pg';
import { migrate, MigrationError } from './migrate.ts';
import { skipWithoutPostgres, startPostgres, type TestPostgres } from './testing/postgres.ts';
import { testDatabase, type TestDatabase } from './testing/test-database.ts';

const nothing = mkdtempSync(join(tmpdir(), 'no-migrations-'));
after(() => rmSync(nothing, { recursive: true, force: true }));

interface Kind {
  readonly name: string;
  readonly skip: string | false;
  open(): Promise<ClientConfig>;
  close(): Promise<void>;
}

let embedded: TestDatabase | undefined;
let server: TestPostgres | undefined;
const kinds: readonly Kind[] = [
  {
    name: 'embedded',
    skip: false,
    async open() {
      embedded = await testDatabase({ migrationsDirectory: nothing });
      return { host: join(embedded.dataDirectory, 'run'), port: 5432, user: 'postgres', database: 'postgres' };
    },
    close: async () => embedded?.[Symbol.asyncDispose](),
  },
  {
    name: 'postgres',
    skip: skipWithoutPostgres(),
    async open() {
      server = await startPostgres();
      return { connectionString: server.url };
    },
    close: async () => server?.[Symbol.asyncDispose](),
  },
];

for (const kind of kinds) {
  describe(`migrations (${kind.name})`, { skip: kind.skip }, () => {
    let connection: ClientConfig;
    let directory: string;
    before(async () => {
      connection = await kind.open();
    });
    after(() => kind.close());
    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'migrations-'));
      await query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    });
    afterEach(() => rmSync(directory, { recursive: true, force: true }));

    const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
    const run = (): Promise<string[]> => migrate({ connection, directory });
    const refused = (message: string): Promise<void> => assert.rejects(run(), { name: 'MigrationError', message });
    async function query(text: string): Promise<unknown[]> {
      const client = new Client(connection);
      await client.connect();
      try {
        const { rows } = await client.query<Record<string, unknown>>(text);
        return rows ?? [];
      } finally {
        await client.end();
      }
    }

    test('files are applied and recorded once, in order', async () => {
      write('0002-second.sql', "INSERT INTO one VALUES ('from the second');");
      write('0001-first.sql', 'CREATE TABLE one (text text); CREATE TABLE two (text text);');
      assert.deepEqual(await run(), ['0001-first.sql', '0002-second.sql']);
      assert.deepEqual(await run(), []);
      write('0003-third.sql', "INSERT INTO one VALUES ('from the third');");
      assert.deepEqual(await run(), ['0003-third.sql']);

      assert.deepEqual(await query('SELECT text FROM one'), [{ text: 'from the second' }, { text: 'from the third' }]);
      assert.deepEqual(await query('SELECT name, length(checksum) AS length FROM schema_migrations ORDER BY name'), [
        { name: '0001-first.sql', length: 64 },
        { name: '0002-second.sql', length: 64 },
        { name: '0003-third.sql', length: 64 },
      ]);
    });

    test('a failing file is rolled back; earlier files stay applied', async () => {
      write('0001-first.sql', 'CREATE TABLE one (text text);');
      write('0002-broken.sql', 'CREATE TABLE two (text text);\n\nCREATE TABLE three (text strange);');
      await refused('Migration 0002-broken.sql, line 3, failed and was rolled back: type "strange" does not exist.');

      assert.deepEqual(await query('SELECT name FROM schema_migrations'), [{ name: '0001-first.sql' }]);
      assert.deepEqual(await query("SELECT to_regclass('two') AS two"), [{ two: null }]);
      write('0002-broken.sql', 'CREATE TABLE two (text text);');
      assert.deepEqual(await run(), ['0002-broken.sql']);
    });

    test('a file that has changed since it was applied is refused; line endings do not matter', async () => {
      write('0001-first.sql', 'CREATE TABLE one\n(text text);');
      await run();
      write('0001-first.sql', 'CREATE TABLE one\r\n(text text);');
      assert.deepEqual(await run(), []);
      write('0001-first.sql', 'CREATE TABLE one (text text, more text);');
      await refused(
        'Migration 0001-first.sql has changed since it was applied. Undo the change, and add a new migration for it.',
      );
    });

    test('a database that is newer than the program is refused', async () => {
      write('0001-first.sql', 'SELECT 1;');
      write('0002-second.sql', 'SELECT 2;');
      await run();
      rmSync(join(directory, '0002-second.sql'));
      await refused(
        'The database is newer than this program: it has the migration 0002-second.sql. Start the newer version.',
      );
    });

    test('a database with other migrations is refused', async () => {
      write('0001-first.sql', 'SELECT 1;');
      await run();
      rmSync(join(directory, '0001-first.sql'));
      write('0001-other.sql', 'SELECT 1;');
      await refused(
        'The database has the migration 0001-first.sql where this program has 0001-other.sql. Start the program that belongs to this database, or use another database.',
      );
    });

    test('two programs that start at the same time apply each file once', async () => {
      write('0001-first.sql', 'CREATE TABLE one (text text);');
      write('0002-second.sql', "INSERT INTO one VALUES ('once');");
      const applied = await Promise.all([run(), run(), run()]);
      assert.deepEqual(applied.flat().toSorted(), ['0001-first.sql', '0002-second.sql']);
      assert.deepEqual(await query('SELECT text FROM one'), [{ text: 'once' }]);
    });
  });
}

describe('migration files', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'migrations-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  // Files are checked before connecting, so no server is needed.
  const refused = async (message: string): Promise<void> => {
    await assert.rejects(migrate({ connection: { host: '/nowhere' }, directory }), (error) => {
      assert.ok(error instanceof MigrationError);
      assert.equal(error.message, message);
      return true;
    });
    rmSync(directory, { recursive: true });
  };
  const write = (name: string, text = 'SELECT 1;'): void => writeFileSync(join(directory, name), text);

  test('a gap in the numbers is refused', () => {
    write('0001-first.sql');
    write('0003-third.sql');
    return refused('Migration 0002 is missing: the next file is 0003-third.sql. Numbers must have no gaps.');
  });

  test('two files with one number are refused', () => {
    write('0001-first.sql');
    write('0002-lessons.sql');
    write('0002-payments.sql');
    return refused(
      'Two migrations have the same number: 0002-lessons.sql and 0002-payments.sql. Give the newer one the next free number.',
    );
  });

  test('a misnamed file is refused', () => {
    write('1-first.sql');
    return refused('These migrations are not named like 0001-what-it-does.sql: 1-first.sql.');
  });

  test('a file that ends the transaction is refused', () => {
    write('0001-first.sql', 'CREATE TABLE one (text text);\nCOMMIT;\n');
    return refused(
      'Migration 0001-first.sql begins or ends a transaction. Remove that statement: each file runs in its own transaction.',
    );
  });
});
