import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { skipWithoutPostgres, startPostgres } from './testing/postgres.ts';

const example = fileURLToPath(new URL('../../../../../packages/dualbrake/examples/postgresql.ts', import.meta.url));

test(
  'dualbrake’s PostgreSQL example cancels the query on the server when the timeout expires',
  { skip: skipWithoutPostgres() },
  async () => {
    await using server = await startPostgres();

    const options = ['--conditions=source', '--import', 'tsx', example];
    const { stdout } = await promisify(execFile)(process.execPath, options, {
      env: { ...process.env, POSTGRES_URL: server.url },
    });

    assert.equal(stdout, 'the caller got CALL_TIMEOUT\nthe query has ended on the server too\n');
  },
);
