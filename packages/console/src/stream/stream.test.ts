import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { aService, closeAll, restart, setUp } from '../testing/console-setup.ts';
import { StreamReader } from '../testing/stream-reader.ts';

afterEach(closeAll);

test('a stream begins at once and sends a snapshot, changes, a snapshot and heartbeats', async () => {
  const setup = setUp();
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await reader.until(/event: snapshot\n.*\n\n/);
  assert.match(reader.text, /^retry: 2000\n\nevent: hello/);

  setup.breaker.trip('to see it');
  await reader.until(/event: transition\ndata: .*to see it/);
  await setup.clock.advance(1_000);
  await reader.until(/event: snapshot[\s\S]*event: snapshot\ndata: .*"state":"open"/);
  await setup.clock.advance(9_000);
  const [heartbeat] = await reader.until(/(id: \S+\n)?event: heartbeat\n/);

  assert.deepEqual(reader.events.slice(0, 4), ['hello', 'snapshot', 'transition', 'snapshot']);
  assert.doesNotMatch(heartbeat, /^id:/, 'a heartbeat has no id, so that Last-Event-ID is kept');
  await reader.cancel();
  assert.equal(setup.clock.pending, 1, 'no timer is left but the console’s own');
});

test('a resumed stream gets what it missed; one of another process gets everything', async () => {
  const setup = setUp();
  const first = new StreamReader(await setup.call('/admin/api/v1/events'));
  setup.breaker.trip('one');
  const [, id = ''] = await first.until(/id: (\S+)\nevent: transition/);
  await first.cancel();
  setup.breaker.probe('two');
  setup.breaker.reset('three');

  const again = new StreamReader(await setup.call('/admin/api/v1/events', { headers: { 'last-event-id': id } }));
  await again.until(/event: snapshot\n/);
  const stranger = new StreamReader(
    await setup.call('/admin/api/v1/events', { headers: { 'last-event-id': 'ffff-3' } }),
  );
  await stranger.until(/event: snapshot\n/);

  assert.deepEqual(again.events, ['hello', 'transition', 'transition', 'snapshot']);
  assert.deepEqual(stranger.events, ['hello', 'resync', 'snapshot']);
  await Promise.all([again.cancel(), stranger.cancel()]);
});

test('a user can open 5 streams, and a closed one makes room', async () => {
  const setup = setUp();
  const readers = [];
  for (let count = 0; count < 5; count += 1) readers.push(new StreamReader(await setup.call('/admin/api/v1/events')));

  const sixth = await setup.call('/admin/api/v1/events');
  await readers[0]?.cancel();
  const seventh = await setup.call('/admin/api/v1/events');

  assert.deepEqual([sixth.status, seventh.status], [429, 200]);
});

test('the stream of a client that does not read ends, without cost to the others', async () => {
  const setup = setUp();
  const slow = await setup.call('/admin/api/v1/events');
  const other = (await setup.call('/admin/api/v1/events')).body?.getReader() ?? assert.fail();

  for (let count = 0; count < 1_300; count += 1) {
    setup.breaker.trip(`trip ${count} ${'x'.repeat(4_000)}`);
    for (;;) {
      const { value, done } = await other.read();
      assert.ok(!done, 'whoever reads is not let go');
      if (Buffer.from(value).includes(`trip ${count} `)) break;
    }
  }
  const text = await slow.text();

  assert.match(text, /event: bye\ndata: {"reason":"slow"}/);
});

test('there is one snapshot a second during changes, and one every 5 s without', async () => {
  const setup = setUp();
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  const snapshots = (): number => reader.events.filter((name) => name === 'snapshot').length;
  await setup.clock.advance(500);

  for (let count = 0; count < 20; count += 1) setup.breaker.trip(`trip ${count}`);
  await setup.clock.advance(499);
  setup.breaker.trip('the last');
  await reader.until(/event: transition\ndata: .*the last/);
  const before = snapshots();
  await setup.clock.advance(1);
  await reader.until(/(event: snapshot[\s\S]*){2}/);
  await setup.clock.advance(4_999);
  setup.console.close();
  await reader.until(/event: bye/);

  assert.deepEqual([before, snapshots()], [1, 2]);
});

test('counters reach a quiet stream every five seconds', async () => {
  const setup = setUp();
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await setup.breaker.execute(async () => 'well');

  await setup.clock.advance(5_000);

  await reader.until(/event: snapshot\ndata: .*"successes":1/);
  await reader.cancel();
});

test('a stream ends after five minutes, and a client whose session has ended cannot open another', async () => {
  const setup = setUp();
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));

  await setup.clock.advance(5 * 60_000);
  await reader.until(/event: bye\ndata: {"reason":"renew"}/);
  setup.user = undefined;
  const again = await setup.call('/admin/api/v1/events');

  assert.equal(again.status, 401);
  assert.equal(setup.clock.pending, 1);
});

test('a resumed stream gets all missed events, as many as are stored, without being ended as slow', async () => {
  const setup = setUp();
  const first = new StreamReader(await setup.call('/admin/api/v1/events'));
  const [, epoch = ''] = await first.until(/"epoch":"(\w+)"/);
  await first.cancel();
  for (let count = 0; count < 500; count += 1) setup.breaker.trip('x'.repeat(3_000));

  const again = new StreamReader(
    await setup.call('/admin/api/v1/events', { headers: { 'last-event-id': `${epoch}-0` } }),
  );
  await again.until(/event: snapshot\n.*\n\n/);
  setup.breaker.trip('one more');
  await again.until(/event: transition\ndata: .*one more/);

  assert.equal(again.events.filter((name) => name === 'transition').length, 501);
  assert.deepEqual(again.events.slice(-2), ['snapshot', 'transition']);
  await again.cancel();
});

test('the stream of a client that is behind for 30 s ends, and gets no snapshots until then', async () => {
  const setup = setUp();
  const slow = await setup.call('/admin/api/v1/events');
  for (let count = 0; count < 100; count += 1) setup.breaker.trip(`${count} ${'x'.repeat(4_000)}`);

  await setup.clock.advance(36_000);

  const text = await slow.text();
  assert.match(text, /event: bye\ndata: {"reason":"slow"}\n\n$/);
  assert.equal([...text.matchAll(/^event: snapshot$/gm)].length, 1);
  assert.equal(setup.clock.pending, 1);
});

test('a client that disconnects before the response occupies no stream', async () => {
  const setup = setUp();

  await setup.call('/admin/api/v1/events', { signal: AbortSignal.abort() });

  assert.equal(setup.clock.pending, 1);
});

test('a closed console ends streams and running actions, and responds with 503', async () => {
  let given: AbortSignal | undefined;
  const run = ({ signal }: { signal: AbortSignal }): Promise<string> => ((given = signal), new Promise(() => {}));
  const setup = setUp([
    aService(async () => {}, { actions: { restart: { timeLimitMs: 10_000, coolDownMs: 0, run } } }),
  ]);
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await setup.order('services/mail/actions', restart);

  setup.console.close();
  await reader.until(/event: bye\ndata: {"reason":"shutting down"}/);
  await setup.clock.advance(0);

  assert.equal(given?.aborted, true);
  assert.equal((await setup.call('/admin/api/v1/events')).status, 503);
  assert.equal(setup.clock.pending, 0);
});
