import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import { pino } from 'pino';
import { requireRole } from './access.ts';
import { asRole, testHttp } from './testing/test-http.ts';

test('a flood of refusals writes 100 lines and one with the count of the rest; lines of signed-in users are not limited', async () => {
  const clock = new ManualClock();
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  await using app = testHttp({ clock, log });
  app.post('/change', { preHandler: requireRole('owner') }, async () => ({}));
  const requests = () => lines.filter(({ event }) => event === 'request').length;

  for (let count = 0; count < 1_000; count += 1) await app.inject({ url: '/nothing' });
  assert.equal(requests(), 100);
  const change = await app.inject({ method: 'POST', url: '/change', headers: asRole('owner'), payload: {} });
  assert.equal(change.statusCode, 200);
  assert.equal(requests(), 101);

  await clock.advance(10_000);
  assert.deepEqual(
    lines.filter(({ event }) => event === 'requests.not_logged').map(({ count }) => count),
    [900],
  );
  await app.inject({ url: '/nothing' });
  assert.equal(requests(), 102);
});
