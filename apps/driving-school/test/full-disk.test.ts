import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, Program, signInAsOwner, until } from './program.ts';

/** A file system of its own that can be filled, where this process may mount one. */
function mountSmallDisk(): { directory: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'full-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m,mode=700', 'tmpfs', directory], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(directory);
    throw error;
  }
  return {
    directory,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', directory]);
      rmdirSync(directory);
    },
  };
}

/** Why this can't be tested on this machine; in CI that is a failure. */
function skipWithoutMount(): string | false {
  try {
    mountSmallDisk()[Symbol.dispose]();
    return false;
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    return 'Only root can mount a small disk: run this test as root';
  }
}

/** Fills the disk completely. */
function fill(directory: string): () => void {
  const file = join(directory, 'ballast');
  for (let size = 1 << 24; size >= 1; size >>= 1) {
    const chunk = Buffer.alloc(size);
    try {
      for (;;) appendFileSync(file, chunk);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  return () => rmSync(file);
}

test(
  'a start on a full disk reports it, shows copies, refuses changes, and recovers as soon as there is room',
  {
    skip: skipWithoutMount(),
  },
  async () => {
    using disk = mountSmallDisk();
    const dataDirectory = join(disk.directory, 'data');
    const first = await Program.start({ dataDirectory, fresh: true, environment: { DEMO_DATA: 'no' } });
    const owner = await signInAsOwner(first);
    const created = await owner.post('/api/students', { legal_family_name: 'Okafor', birth_date: '2008-05-17' });
    const { id } = ((await created.json()) as { data: { id: string } }).data;
    assert.equal((await owner.fetch(`/api/students/${id}`)).status, 200);
    await first.stop();
    const empty = fill(disk.directory);

    await using program = await Program.launch({ dataDirectory, environment: { DEMO_DATA: 'no' } });
    await program.line(/Ready: http/);
    assert.match(program.output, /disk .*full/i);
    assert.doesNotMatch(program.output, /cannot be reached|can't be reached/);
    const client = new Client(program.address, owner.cookie);
    const seen = await client.fetch(`/api/students/${id}`);
    assert.equal(seen.status, 200, await seen.clone().text());
    assert.equal(((await seen.json()) as { stale: boolean }).stale, true);
    const change = await client.post('/api/students', { legal_family_name: 'Lost', birth_date: '2008-05-17' });
    assert.equal(change.status, 503);

    empty();
    const save = () => client.post('/api/students', { legal_family_name: 'Roy', birth_date: '2008-05-17' });
    await until('changes are saved again', async () => (await save()).status === 201, { limitMs: 120_000 });
  },
);
