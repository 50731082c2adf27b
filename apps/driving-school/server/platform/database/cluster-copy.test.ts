import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { ClusterCopy } from './cluster-copy.ts';

let directory: string;
let from: string;
let to: string;
const longAgo = new Date('2026-01-01T00:00:00Z');
const now = new Date('2026-11-30T12:00:00Z');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cluster-'));
  [from, to] = [join(directory, 'from'), join(directory, 'to')];
  for (const name of ['base/5/1', 'base/5/2', 'base/5/3', 'global/pg_control']) put(name, `first ${name}`);
  mkdirSync(join(from, 'pg_notify'));
  for (const name of ['postmaster.pid', 'pg_stat_tmp/global.stat', 'base/pgsql_tmp/pgsql_tmp42.0'])
    put(name, 'not copied');
  for (const segment of ['000000010000000000000003', '000000010000000000000004']) put(`pg_wal/${segment}`, segment);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(name: string, text: string, changedAt = longAgo): void {
  const file = join(from, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, changedAt, changedAt);
}

/** Every file of the copy with its text. */
function copied(): Record<string, string> {
  const entries = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  return Object.fromEntries(files.map((file) => [file.slice(to.length + 1), readFileSync(file, 'utf8')]));
}

test('the copy has the changed and new files, the required part of the log, and no dropped files', async () => {
  const copy = new ClusterCopy(from, to, now.getTime());
  await copy.begin();
  put('base/5/1', 'second base/5/1', now);
  put('base/5/4', 'new', now);
  rmSync(join(from, 'base/5/2'));
  await copy.finish('000000010000000000000004');

  assert.deepEqual(copied(), {
    'base/5/1': 'second base/5/1',
    'base/5/3': 'first base/5/3',
    'base/5/4': 'new',
    'global/pg_control': 'first global/pg_control',
    'pg_wal/000000010000000000000004': '000000010000000000000004',
  });
  assert.ok(existsSync(join(to, 'pg_notify')), 'PostgreSQL requires its empty folders');
});

test('a file written within the clock resolution of its copy is copied again', async () => {
  put('base/5/1', 'first', now);
  const copy = new ClusterCopy(from, to, now.getTime() + 1_000);
  await copy.begin();
  put('base/5/1', 'other', now);
  await copy.finish('0');
  assert.equal(copied()['base/5/1'], 'other');
});

test('copying to an existing folder is refused', async () => {
  mkdirSync(to);
  await assert.rejects(new ClusterCopy(from, to, now.getTime()).begin(), { code: 'EEXIST' });
});
