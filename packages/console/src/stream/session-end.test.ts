/** Streams end with the right to read them. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeAll, setUp } from '../testing/console-setup.ts';
import { StreamReader } from '../testing/stream-reader.ts';

afterEach(closeAll);

const goodbye = /event: bye\ndata: {"reason":"session"}\n\n$/;

test('whoever is signed out, disabled or given another role loses the stream at once when the application says so', async () => {
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

test('whoever may still look keeps the stream, and so do the others', async () => {
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

test('nobody has to say so: every few seconds it is asked again', async () => {
  const setup = setUp();
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await reader.until(/event: snapshot/);
  setup.user = undefined;
  await setup.clock.advance(5_000);
  await reader.until(goodbye);
});

test('while it cannot be found out, streams go on', async () => {
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

test('a session that ends at a time of its own ends the stream then', async () => {
  const setup = setUp();
  setup.user = { id: 'u-1', name: 'Ana', role: 'operator', expiresAt: setup.wallNow() + 3_000 };
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await reader.until(/event: snapshot/);
  await setup.clock.advance(3_000);
  await reader.until(goodbye);
});
