import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'pg';
import { BreakingClient } from './surviving-dialect.ts';
import { skipWithoutPostgres, startPostgres } from './testing/postgres.ts';

test(
  'a query that times out breaks its connection, so the next caller does not wait for the old answer',
  { skip: skipWithoutPostgres() },
  async () => {
    await using server = await startPostgres();
    const pool = new Pool({ connectionString: server.url, max: 1, query_timeout: 100, Client: BreakingClient });
    pool.on('error', () => undefined);
    const client = await pool.connect();
    await assert.rejects(client.query('SELECT pg_sleep(3)'), { message: 'Query read timeout' });
    await assert.rejects(client.query('ROLLBACK'), { message: 'Connection terminated unexpectedly' });
    // Like Kysely, which does not pass an error here.
    client.release();

    const { rows } = await pool.query<{ answer: number }>('SELECT 1 AS answer');
    assert.deepEqual(rows, [{ answer: 1 }]);
    await pool.end();
  },
);
