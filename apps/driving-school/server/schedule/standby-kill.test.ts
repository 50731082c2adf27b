import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { StandbyStore } from './standby-store.ts';

const script = fileURLToPath(new URL('./testing/refresh-and-die.ts', import.meta.url));

test('a process that is killed in the middle of a refresh leaves a whole copy: the one before, or the new one', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'standby-kill-'));
  const file = join(folder, 'local.sqlite');
  const marks: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', script, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    // Somewhere among its writes; each round elsewhere.
    await sleep(round * 40);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const local = new DatabaseSync(file);
    const store = new StandbyStore(local);
    const copy = store.find('school', { from: '2026-03-09', to: '2026-03-23' });
    assert.ok(copy?.complete);
    assert.equal(copy.schedule.lessons.length, 4_500);
    const [facts] = store.facts();
    assert.deepEqual(new Set(copy.schedule.lessons.map(({ id }) => Number(id))), new Set([facts?.lessonCount]));
    assert.equal(copy.asOf.epochMilliseconds, facts?.lessonCount);
    marks.push(facts?.lessonCount ?? 0);
    local.close();
  }
  context.diagnostic(`killed after ${marks.join(', ')} copies`);
  rmSync(folder, { recursive: true });
});

test('a refresh that fails on the disk leaves the copy before it', () => {
  const local = new DatabaseSync(':memory:');
  const store = new StandbyStore(local);
  const copy = {
    schoolId: 'school',
    asOf: Temporal.Instant.from('2026-03-09T13:00:00Z'),
    period: { from: '2026-03-09', to: '2026-03-10' },
    days: new Map([
      ['2026-03-09', '[{"id":"one"}]'],
      ['2026-03-10', '[{"id":"two"}]'],
    ]),
    frame: '{}',
    lessonCount: 2,
  };
  store.replace(copy);
  local.exec(`CREATE TRIGGER full BEFORE UPDATE ON standby_schools BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END`);
  const days = new Map([['2026-03-09', '[]']]);
  assert.throws(() => store.replace({ ...copy, days, lessonCount: 0 }), /disk full/);
  assert.deepEqual(
    store.find('school', copy.period)?.schedule.lessons.map(({ id }) => id),
    ['one', 'two'],
  );
  local.close();
});
