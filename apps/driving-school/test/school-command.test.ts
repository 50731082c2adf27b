import assert from 'node:assert/strict';
import { randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import {
  connectToProgram,
  connectToServer,
  type DirectConnection,
} from '../server/platform/database/direct-connection.ts';
import { skipWithoutPostgres, startPostgres } from '../server/platform/database/testing/postgres.ts';
import { command, type Outcome } from './command.ts';
import { Program } from './program.ts';

const names = ['overlaps', 'claims', 'standby', 'enrolments', 'guardians', 'booked_past_expiry'];
const empty = { DEMO_DATA: 'no' };
const skip = skipWithoutPostgres();

/** The environment of a command without the program's port. */
const of = (dataDirectory: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  DATA_DIR: dataDirectory,
  ...more,
});

async function school(options: readonly string[], environment: Readonly<Record<string, string>>): Promise<Outcome> {
  const outcome = await command('school', options, environment);
  assert.doesNotMatch(outcome.err, /\n\s+at /, 'no stack trace');
  return outcome;
}

/** The objects that `--json` prints. */
function lines({ out }: Outcome): Record<string, number> {
  const objects = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { check: string; found: number });
  for (const object of objects) assert.deepEqual(Object.keys(object), ['check', 'found']);
  return Object.fromEntries(objects.map(({ check, found }) => [check, found]));
}

const nothing = Object.fromEntries(names.map((name) => [name, 0]));

/** Claims a resource for time off that does not exist. */
async function plantClaim({ kysely }: DirectConnection): Promise<void> {
  await sql`INSERT INTO resource_claims (school_id, source_kind, source_id, resource_kind, resource_id, during)
    SELECT id, 'time_off', ${randomUUIDv7()}::uuid, 'instructor', ${randomUUIDv7()}::uuid,
      tstzrange('2026-03-09T13:00:00Z', '2026-03-09T14:00:00Z') FROM schools`.execute(kysely);
}

describe('school verify', () => {
  test('works while the program runs and while it does not, and finds a planted fault both times', async () => {
    await using program = await Program.start({ environment: empty });
    const environment = of(program.dataDirectory);

    const clean = await school(['verify', '--json'], environment);
    assert.deepEqual([clean.exitCode, lines(clean)], [0, nothing]);
    assert.deepEqual(Object.keys(lines(clean)), names, 'in a fixed order');

    const connection = connectToProgram(program.dataDirectory) ?? assert.fail('the program has no socket');
    await plantClaim(connection);
    await connection[Symbol.asyncDispose]();
    const found = await school(['verify', '--json'], environment);
    assert.deepEqual([found.exitCode, lines(found)], [1, { ...nothing, claims: 1 }]);
    assert.equal((await fetch(`${program.address}/readyz`)).status, 200, 'the program still answers');

    await program.stop();
    const stopped = await school(['verify', '--json'], environment);
    assert.deepEqual([stopped.exitCode, lines(stopped)], [1, { ...nothing, claims: 1 }]);
    const readable = await school(['verify'], environment);
    assert.equal(readable.exitCode, 1);
    assert.match(readable.out, /^overlaps +ok /m);
    assert.match(readable.out, /^claims +1 found [^]*Time off .* does not exist[^]*Next step: /m);
    assert.match(readable.out, /1 in total\. Nothing was changed\./);
  });

  test('reads the PostgreSQL server of DATABASE_URL, and says 3 when it does not respond', { skip }, async () => {
    await using postgres = await startPostgres();
    const url = await postgres.createDatabase('school');
    const program = await Program.start({ fresh: true, environment: { DATABASE_URL: url } });
    try {
      const environment = of(program.dataDirectory, { DATABASE_URL: url });
      const clean = await school(['verify', '--json'], environment);
      assert.deepEqual([clean.exitCode, lines(clean)], [0, nothing]);

      await using connection = connectToServer(url);
      await plantClaim(connection);
      await program.stop();
      const found = await school(['verify', '--json'], environment);
      assert.deepEqual([found.exitCode, lines(found)], [1, { ...nothing, claims: 1 }]);

      await postgres.kill();
      const { exitCode, err } = await school(['verify', '--json'], environment);
      assert.equal(exitCode, 3);
      assert.match(err, /DATABASE_URL does not respond/);
    } finally {
      await program[Symbol.asyncDispose]();
    }
  });

  test('says 3 where there is no database', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'school-command-'));
    try {
      const { exitCode, out, err } = await school(['verify', '--json'], of(join(folder, 'none')));
      assert.deepEqual([exitCode, out], [3, '']);
      assert.match(err, /There is no database in .*none\. Set DATA_DIR or DATABASE_URL/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('school standby', () => {
  test('copies while the program runs and while it does not', async () => {
    await using program = await Program.start({ environment: empty });
    const environment = of(program.dataDirectory, { SCHOOL_NOW: '2026-03-02T12:00:00-05:00' });
    const running = await school(['standby', '--json'], environment);
    assert.deepEqual([running.exitCode, JSON.parse(running.out).lessons], [0, 0], running.err);

    await program.stop();
    const stopped = await school(['standby', '--json'], environment);
    assert.equal(stopped.exitCode, 0, stopped.err);
    const { as_of: asOf, ...counts } = JSON.parse(stopped.out) as Record<string, unknown>;
    assert.deepEqual(counts, { schools: JSON.parse(running.out).schools, lessons: 0 });
    assert.match(String(asOf), /^2026-03-02T17:00:\d\d\.\d{3}Z$/);
    const readable = await school(['standby'], environment);
    assert.match(readable.out, /^0 lessons copied, as of 2026-03-02T17:00/);
  });

  test('copies from the PostgreSQL server of DATABASE_URL, and says 3 when it does not respond', { skip }, async () => {
    await using postgres = await startPostgres();
    const url = await postgres.createDatabase('school');
    await using program = await Program.start({ fresh: true, environment: { DATABASE_URL: url } });
    await program.stop();
    const environment = of(program.dataDirectory, { DATABASE_URL: url });
    const copied = await school(['standby', '--json'], environment);
    assert.equal(copied.exitCode, 0, copied.err);
    await postgres.kill();
    const { exitCode, err } = await school(['standby'], environment);
    assert.equal(exitCode, 3);
    assert.match(err, /DATABASE_URL does not respond/);
  });

  test('says 3 where no program has run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'school-command-'));
    try {
      const { exitCode, err } = await school(['standby'], of(folder));
      assert.equal(exitCode, 3);
      assert.match(err, /No program has run with the data folder .* Set DATA_DIR/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('wrong usage is refused with 2 and a way out; --help explains all', async () => {
  for (const options of [[], ['check'], ['verify', 'now'], ['verify', '--wrong'], ['--json'], ['toString']]) {
    const { exitCode, out, err } = await school(options, {});
    assert.deepEqual([exitCode, out], [2, ''], options.join(' '));
    assert.match(err, /--help\.$/m, options.join(' '));
  }
  const { exitCode, out } = await school(['--help'], {});
  assert.equal(exitCode, 0);
  assert.match(out, /school -- verify \[--json\][^]*Exit codes: 0 good, 1 something was found, 2 wrong usage, 3/);
});
