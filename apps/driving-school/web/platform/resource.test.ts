import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoAnswer, ProblemResponse } from '../api.ts';
import { Resource } from './resource.ts';

/** A server whose answers the test controls. */
function scriptedServer<Value>() {
  const requests: { answer: (value: Value) => void; fail: (error: unknown) => void; signal: AbortSignal }[] = [];
  const load = (signal: AbortSignal): Promise<Value> => {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    requests.push({ answer: resolve, fail: reject, signal });
    return promise;
  };
  const request = (index: number) => {
    const found = requests[index];
    assert.ok(found !== undefined, `request ${index}`);
    return found;
  };
  return { load, request, requests };
}

const unavailable = (): ProblemResponse =>
  new ProblemResponse(new Response(null, { status: 503 }), { detail: 'Busy.' });

test('a resource is loading until its first answer', async () => {
  const { load, request } = scriptedServer<string>();
  const resource = new Resource(load);
  const loaded = resource.load();
  assert.deepEqual([resource.value, resource.loading], [undefined, true]);

  request(0).answer('first');

  assert.equal(await loaded, 'live');
  assert.deepEqual([resource.value, resource.loading, resource.failure], ['first', false, undefined]);
});

test('a failed reload keeps the value, and the next success clears the failure', async () => {
  const { load, request } = scriptedServer<string>();
  const resource = new Resource(load);
  resource.set('before');

  const failed = resource.load();
  request(0).fail(unavailable());
  assert.equal(await failed, 'copy');
  assert.deepEqual([resource.value, resource.failure?.detail], ['before', 'Busy.']);

  const reloaded = resource.load();
  request(1).answer('after');
  assert.equal(await reloaded, 'live');
  assert.deepEqual([resource.value, resource.failure], ['after', undefined]);
});

test('a refusal is not an outage', async () => {
  const resource = new Resource(() =>
    Promise.reject(new ProblemResponse(new Response(null, { status: 404 }), { detail: 'Not found.' })),
  );
  assert.equal(await resource.load(), 'live');
  assert.equal(resource.failure?.status, 404);
});

test('a lost answer is an outage', async () => {
  const resource = new Resource(() => Promise.reject(new NoAnswer(undefined)));
  assert.equal(await resource.load(), 'copy');
});

test('a copy has an age', async () => {
  const asOf = '2026-11-23T14:05:00Z';
  const copy = new Resource(() => Promise.resolve({ data: 1, stale: true, as_of: asOf }));
  const live = new Resource(() => Promise.resolve({ data: 1, stale: false, as_of: asOf }));

  assert.deepEqual([await copy.load(), copy.copyAsOf], ['copy', asOf]);
  assert.deepEqual([await live.load(), live.copyAsOf], ['live', undefined]);
});

test('a second load aborts the first, whose answer is dropped', async () => {
  const { load, request } = scriptedServer<string>();
  const resource = new Resource(load);
  const first = resource.load();
  const second = resource.load();
  assert.equal(request(0).signal.aborted, true);

  request(1).answer('second');
  await second;
  request(0).answer('first');
  await first;

  assert.deepEqual([resource.value, resource.loading], ['second', false]);
});

test('an aborted request changes nothing, whether it succeeds or fails', async () => {
  const { load, request } = scriptedServer<string>();
  const resource = new Resource(load);
  for (const end of [() => request(0).answer('late'), () => request(1).fail(unavailable())]) {
    const loaded = resource.load();
    resource.abort();
    end();
    await loaded;
  }
  assert.deepEqual([resource.value, resource.failure, resource.loading], [undefined, undefined, false]);
});

test('the answer to a change replaces the value and aborts the pending request', async () => {
  const { load, request } = scriptedServer<string>();
  const resource = new Resource(load);
  const loaded = resource.load();
  resource.set('saved');
  request(0).answer('older');
  await loaded;
  assert.equal(resource.value, 'saved');
});

test('loading more adds rows, one request at a time', async () => {
  const { load, request, requests } = scriptedServer<readonly number[]>();
  const resource = new Resource(load);
  resource.set([1, 2]);
  const more = (): Promise<void> => resource.loadMore(async (shown, signal) => [...shown, ...(await load(signal))]);
  const [first, second] = [more(), more()];
  assert.deepEqual([resource.loadingMore, resource.loading, requests.length], [true, false, 1]);

  request(0).answer([3]);
  await Promise.all([first, second]);

  assert.deepEqual(resource.value, [1, 2, 3]);
});

test('a bug is not shown as a failure', async () => {
  const resource = new Resource(() => Promise.reject(new TypeError('x is undefined')));
  await assert.rejects(resource.load(), TypeError);
  assert.deepEqual([resource.failure, resource.loading], [undefined, false]);
});
