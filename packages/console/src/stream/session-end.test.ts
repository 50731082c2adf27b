/** Streams end with the right to read them. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeAll, setUp } from '../testing/console-setup.ts';
import { StreamReader } from '../testing/stream-reader.ts';

afterEach(closeAll);

const goodbye = /event: bye\ndata: {"reason":"session"}\n\n$/;

test('recheck ends the stream of a user who signed out or has other permissions', async () => {
  const changes = {
    'signed out': undefined,
    'another role': { id: 'u-1', name: 'Ana', role: 'viewer' },
    'other permissions': { id: 'u-1', name: 'Ana', role: 'operator', extraPermissions: ['config:edit'] },
  } as const;
  for (const [name, user] of Object.entries(changes)) {
    const setup = setUp();
    const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
    await reader.until(/event: snapshot/);
    setup.user = user;
    await setup.console.recheck();
    await reader.until(goodbye);
    assert.equal(setup.console.figures().streams, 0, name);
    setup.breaker.trip('unseen');
    assert.doesNotMatch(reader.text, /unseen/, name);
  }
});

test('users with access keep their streams', async () => {
  const setup = setUp();
  const one = new StreamReader(await setup.call('/admin/api/v1/events'));
  setup.user = { id: 'u-2', name: 'Ben', role: 'operator' };
  const other = new StreamReader(await setup.call('/admin/api/v1/events'));
  // The first request is now answered as Ben's, so Ana is gone.
  await setup.console.recheck();
  await one.until(goodbye);
  setup.breaker.trip('seen');
  await other.until(/event: transition\ndata: .*seen/);
  await other.cancel();
});

test('sessions are checked every few seconds without recheck', async () => {
  const setup = setUp();
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await reader.until(/event: snapshot/);
  setup.user = undefined;
  await setup.clock.advance(5_000);
  await reader.until(goodbye);
});

test('streams go on while authentication fails', async () => {
  const setup = setUp();
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await reader.until(/event: snapshot/);
  setup.authentication = new Error('the database is down');
  await setup.clock.advance(20_000);
  await reader.until(/event: heartbeat/);
  assert.doesNotMatch(reader.text, /event: bye/);
  assert.deepEqual(setup.faults, []);
  await reader.cancel();
});

test('a stream ends when the session expires', async () => {
  const setup = setUp();
  setup.user = { id: 'u-1', name: 'Ana', role: 'operator', expiresAt: setup.wallNow() + 3_000 };
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await reader.until(/event: snapshot/);
  await setup.clock.advance(3_000);
  await reader.until(goodbye);
});
