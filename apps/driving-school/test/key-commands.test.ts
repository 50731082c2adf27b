import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openDataFolder } from '../server/platform/data-folder.ts';
import { writeCheckFile } from '../server/platform/keys/check-file.ts';
import { checkValueOf, loadSecrets } from '../server/platform/secrets.ts';
import { command, type Outcome } from './command.ts';

let directory: string;
let data: string;
let key: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'key-command-'));
  data = installation('data');
  key = readFileSync(join(data, 'secret.key'), 'utf8');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A data folder that the program has run with. */
function installation(name: string): string {
  const folder = join(directory, name);
  const secrets = loadSecrets(folder);
  writeCheckFile(folder, { check: checkValueOf(secrets), source: secrets.source });
  return folder;
}

async function run(
  [name, ...options]: readonly ['backup' | 'restore' | 'rotate', ...string[]],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const outcome = await command(`key-${name}`, options, { DATA_DIR: data, INIT_CWD: directory, ...environment });
  assert.doesNotMatch(outcome.err, /\n\s+at /, 'no stack trace');
  return outcome;
}

test('a key is backed up to a file that only this user can read, and restored from it', async () => {
  const backup = join(directory, 'key.json');
  const { exitCode, out } = await run(['backup', '--to', 'key.json']);
  assert.equal(exitCode, 0);
  assert.match(out, /key\.json/);
  assert.equal(statSync(backup).mode & 0o777, 0o600);

  writeFileSync(join(data, 'secret.key'), 'damaged');
  const restored = await run(['restore', '--from', backup]);
  assert.equal(restored.exitCode, 0, restored.err);
  assert.equal(readFileSync(join(data, 'secret.key'), 'utf8'), key);
  assert.equal(statSync(join(data, 'secret.key')).mode & 0o777, 0o600);
  const [aside = ''] = readdirSync(data).filter((name) => name.startsWith('secret.key.replaced-'));
  assert.equal(readFileSync(join(data, aside), 'utf8'), 'damaged', 'the damaged file is kept');
  assert.match((await run(['restore', '--from', backup])).out, /already/);
});

test('a backup overwrites nothing, and a damaged key is not backed up', async () => {
  writeFileSync(join(directory, 'there.json'), 'something else');
  const { exitCode, err } = await run(['backup', '--to', 'there.json']);
  assert.equal(exitCode, 1);
  assert.match(err, /already exists/);
  assert.equal(readFileSync(join(directory, 'there.json'), 'utf8'), 'something else');

  writeFileSync(join(data, 'secret.key'), key.slice(0, 12));
  assert.match((await run(['backup', '--to', 'new.json'])).err, /damaged/);
  writeFileSync(join(data, 'secret.key'), readFileSync(join(installation('other'), 'secret.key')));
  assert.match((await run(['backup', '--to', 'new.json'])).err, /does not belong to the secret in/);
});

test('a damaged backup, the key of another installation and a missing file are refused and change nothing', async () => {
  await run(['backup', '--to', 'key.json']);
  await run(['backup', '--to', 'foreign.json'], { DATA_DIR: installation('other') });
  const good = readFileSync(join(directory, 'key.json'), 'utf8');
  writeFileSync(join(directory, 'cut.json'), good.slice(0, 60));
  writeFileSync(
    join(directory, 'changed.json'),
    good.replace(/("key": ")(.)/, (_, start: string, first: string) => start + (first === 'A' ? 'B' : 'A')),
  );
  for (const [file, pattern] of [
    ['foreign.json', /key of other data/],
    ['cut.json', /damaged/],
    ['changed.json', /damaged/],
    ['missing.json', /no file/],
  ] as const) {
    const { exitCode, err } = await run(['restore', '--from', file]);
    assert.equal(exitCode, 1, file);
    assert.match(err, pattern, file);
    assert.equal(readFileSync(join(data, 'secret.key'), 'utf8'), key, file);
  }
});

test('a key is not restored or rotated while the program runs', async () => {
  await run(['backup', '--to', 'key.json']);
  const folder = openDataFolder(data);
  try {
    assert.match((await run(['restore', '--from', 'key.json'])).err, /in use/);
    assert.match((await run(['rotate'])).err, /in use/);
  } finally {
    folder.close();
  }
});

test('each key command has its own --help, and names an option that is missing or unknown', async () => {
  for (const name of ['backup', 'restore', 'rotate'] as const) {
    const { exitCode, out } = await run([name, '--help']);
    assert.equal(exitCode, 0);
    assert.match(out, new RegExp(`Usage: npm run key-${name}`));
    assert.match((await run([name, '--wrong'])).err, /--wrong.*--help/);
  }
  assert.match((await run(['backup'])).err, /--to FILE/);
  assert.match((await run(['restore'])).err, /--from FILE/);
  const APP_SECRET = 'an application secret of more than 32 characters';
  assert.match((await run(['backup', '--to', 'x'], { APP_SECRET })).err, /APP_SECRET is set/);
  assert.match((await run(['rotate'], { APP_SECRET })).err, /NEW_APP_SECRET/);
  assert.match((await run(['rotate'], { APP_SECRET, NEW_APP_SECRET: 'short' })).err, /too short/);
});
