import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDataFolder } from '../server/platform/data-folder.ts';
import { writeCheckFile } from '../server/platform/keys/check-file.ts';
import { checkValueOf, loadSecrets } from '../server/platform/secrets.ts';

const command = fileURLToPath(new URL('../server/commands/keys.ts', import.meta.url));

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

function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', command, ...words],
    { env: { PATH: process.env['PATH'], DATA_DIR: data, INIT_CWD: directory, ...environment }, encoding: 'utf8' },
  );
  assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace');
  return { status, out: stdout, said: stderr };
}

test('a key is backed up to a file for this user only, and comes back from it', () => {
  const backup = join(directory, 'key.json');
  const { status, out } = run(['backup', '--to', 'key.json']);
  assert.equal(status, 0);
  assert.match(out, /key\.json/);
  assert.equal(statSync(backup).mode & 0o777, 0o600);

  writeFileSync(join(data, 'secret.key'), 'damaged');
  const restored = run(['restore', '--from', backup]);
  assert.equal(restored.status, 0, restored.said);
  assert.equal(readFileSync(join(data, 'secret.key'), 'utf8'), key);
  assert.equal(statSync(join(data, 'secret.key')).mode & 0o777, 0o600);
  const [aside = ''] = readdirSync(data).filter((name) => name.startsWith('secret.key.replaced-'));
  assert.equal(readFileSync(join(data, aside), 'utf8'), 'damaged', 'the damaged file is kept');
  assert.match(run(['restore', '--from', backup]).out, /already/);
});

test('a backup overwrites nothing, and a damaged key is not backed up', () => {
  writeFileSync(join(directory, 'there.json'), 'something else');
  const { status, said } = run(['backup', '--to', 'there.json']);
  assert.equal(status, 1);
  assert.match(said, /exists already/);
  assert.equal(readFileSync(join(directory, 'there.json'), 'utf8'), 'something else');

  writeFileSync(join(data, 'secret.key'), key.slice(0, 12));
  assert.match(run(['backup', '--to', 'new.json']).said, /damaged/);
  writeFileSync(join(data, 'secret.key'), readFileSync(join(installation('other'), 'secret.key')));
  assert.match(run(['backup', '--to', 'new.json']).said, /belongs to another secret/);
});

test('a damaged backup, the key of another installation and a missing file are refused and change nothing', () => {
  run(['backup', '--to', 'key.json']);
  run(['backup', '--to', 'foreign.json'], { DATA_DIR: installation('other') });
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
    const { status, said } = run(['restore', '--from', file]);
    assert.equal(status, 1, file);
    assert.match(said, pattern, file);
    assert.equal(readFileSync(join(data, 'secret.key'), 'utf8'), key, file);
  }
});

test('a key is not restored or rotated while the program runs', () => {
  run(['backup', '--to', 'key.json']);
  const folder = openDataFolder(data);
  try {
    assert.match(run(['restore', '--from', 'key.json']).said, /in use/);
    assert.match(run(['rotate']).said, /in use/);
  } finally {
    folder.close();
  }
});

test('each command has its help, and says what it misses', () => {
  for (const name of ['backup', 'restore', 'rotate']) {
    const { status, out } = run([name, '--help']);
    assert.equal(status, 0);
    assert.match(out, new RegExp(`Usage: npm run key-${name}`));
    assert.match(run([name, '--wrong']).said, /--wrong.*--help/);
  }
  assert.match(run(['backup']).said, /--to FILE/);
  assert.match(run(['restore']).said, /--from FILE/);
  const APP_SECRET = 'an application secret of more than 32 characters';
  assert.match(run(['backup', '--to', 'x'], { APP_SECRET }).said, /APP_SECRET is set/);
  assert.match(run(['rotate'], { APP_SECRET }).said, /NEW_APP_SECRET/);
  assert.match(run(['rotate'], { APP_SECRET, NEW_APP_SECRET: 'short' }).said, /too short/);
});
