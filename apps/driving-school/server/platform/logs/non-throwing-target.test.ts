import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { requireRole } from '../http/access.ts';
import { asRole, testHttp } from '../http/testing/test-http.ts';
import { createLog } from './log.ts';
import { standardOutput } from './non-throwing-target.ts';

function fullDisk() {
  const lines: string[] = [];
  const disk = {
    isFull: true,
    lines,
    write(line: string): void {
      if (disk.isFull) throw Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' });
      lines.push(line);
    },
  };
  return disk;
}

for (const format of ['json', 'text'] as const) {
  test(`a request succeeds although its log line (${format}) can't be written; the lost lines are counted in the log`, async () => {
    const disk = fullDisk();
    const received: string[] = [];
    const log = createLog({ level: 'info', format, to: disk, also: (line) => void received.push(line) });
    const app = testHttp({ log });
    app.post('/sign-in', { config: { access: 'anyone' } }, async (request) => {
      request.log.info({ event: 'session.started' }, 'Somebody signed in');
      return { ok: true };
    });
    app.get('/students', { preHandler: requireRole('office') }, async () => ({ ok: true }));
    const answer = await app.inject({ method: 'POST', url: '/sign-in' });
    assert.deepEqual([answer.statusCode, answer.json()], [200, { ok: true }]);
    assert.equal((await app.inject({ url: '/nothing', headers: asRole('office') })).statusCode, 404);
    assert.equal(received.length, 3, 'the console receives them anyway');

    disk.isFull = false;
    await app.inject({ url: '/nothing' });
    await app.close();
    const [first = '', second = ''] = disk.lines;
    assert.match(first, /3 log lines could not be written \(ENOSPC\)/);
    assert.match(second, /answered 404/);
    assert.equal(disk.lines.length, 2);
  });
}

const full = '/dev/full';
test('a full device makes standard output throw, but not the log', { skip: !existsSync(full) }, () => {
  const descriptor = openSync(full, 'w');
  try {
    assert.throws(() => standardOutput(descriptor).write('{}\n'), { code: 'ENOSPC' });
    const log = createLog({ level: 'info', format: 'json', to: standardOutput(descriptor) });
    log.info('nothing happens');
  } finally {
    closeSync(descriptor);
  }
});
