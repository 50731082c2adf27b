import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client as DatabaseClient } from 'pg';
import { command, succeed } from './command.ts';
import { ownerPassword, Program, signIn, signInAsOwner, until } from './program.ts';

test('an overwritten page: not ready, with the reason; no backup of it; a restore brings everything back', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'damage-test-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const environment = { DEMO_DATA: 'no', LOG_LEVEL: 'warn' };
  await using program = await Program.start({ environment });
  const { dataDirectory: DATA_DIR } = program;
  const client = await signInAsOwner(program);
  const created = await client.post('/api/students', { legal_family_name: 'Okafor', birth_date: '2008-05-17' });
  const { id } = ((await created.json()) as { data: { id: string } }).data;
  const backup = join(folder, 'good.tar.gz');
  await succeed('backup', ['--to', backup], { DATA_DIR });
  const file = await fileOf('students', DATA_DIR);
  await program.stop();
  overwrite(join(DATA_DIR, 'postgres', file));

  await using damaged = await Program.launch({ dataDirectory: DATA_DIR, environment });
  await damaged.line(/http:\/\/\S+/);
  await until('it is not ready because of the damage', async () => {
    const answer = await fetch(`${damaged.address}/readyz`);
    const { reason } = (await answer.json()) as { reason: string };
    return answer.status === 503 && /the database is damaged: restore the last backup/.test(reason);
  });
  const what = damaged.log.find((line) => line['event'] === 'database.damaged');
  assert.equal(what?.['level'], 'error');
  assert.match(String(what['msg']), /docs\/backup\.md/);
  const verified = await command('verify-database', [], { DATA_DIR });
  assert.equal(verified.exitCode, 1);
  assert.match(verified.out, new RegExp(`1 of \\d+ pages are damaged:\n {2}page 0 of ${file} \\(students\\)`));
  const refused = await command('backup', ['--to', join(folder, 'bad.tar.gz')], { DATA_DIR });
  assert.equal(refused.exitCode, 1);
  assert.match(refused.err, /The database is damaged: 1 page does not match the checksum/);
  await damaged.stop();

  const elsewhere = join(folder, 'elsewhere');
  await succeed('restore', ['--from', backup], { DATA_DIR: elsewhere });
  assert.match(await succeed('verify-database', [], { DATA_DIR: elsewhere }), /All \d+ pages are intact/);
  await using restored = await Program.start({ dataDirectory: elsewhere, environment });
  const again = await signIn(restored.address, 'olive@example.com', ownerPassword);
  assert.equal((await again.fetch(`/api/students/${id}`)).status, 200);
});

async function fileOf(table: string, dataDirectory: string): Promise<string> {
  const client = new DatabaseClient({ host: join(dataDirectory, 'run'), user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    // Everything must be on the disk: a later checkpoint would repair the page.
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ path: string }>(`SELECT pg_relation_filepath('${table}') AS path`);
    return rows[0]?.path ?? '';
  } finally {
    await client.end();
  }
}

function overwrite(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, 'The disk has lost this.', 4_000);
  closeSync(file);
}
