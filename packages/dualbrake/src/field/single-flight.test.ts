import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import {
  CallTimeoutError,
  CircuitBreaker,
  fallback,
  pipeline,
  retry,
  StaleCache,
  staleCache,
  timeout,
  type CallContext,
  type StaleCacheOptions,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const down = (): Promise<never> => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));

function aCache<T>(options: Partial<StaleCacheOptions<T>> = {}): { cache: StaleCache<T>; clock: ManualClock } {
  const clock = new ManualClock();
  return { cache: new StaleCache<T>({ key: () => 'k', clock, ...options }), clock };
}

/** A turn of the event loop: all promises that can settle have settled. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An operation that is answered by hand, and knows the context of each call. */
function anOperation<T>() {
  const calls: (CallContext & { readonly answer: ReturnType<typeof deferred<T>> })[] = [];
  const operation = (context: CallContext): Promise<T> => {
    const answer = deferred<T>();
    const { signal, deadline, attempt, key, attributes, idempotent } = context;
    calls.push({ signal, deadline, attempt, key, attributes, idempotent, answer });
    return answer.promise;
  };
  return { calls, operation };
}

test('F11: a caller with a long deadline is not ended by that of the first one', async () => {
  const clock = new ManualClock();
  const guard = pipeline('p', [staleCache({ key: () => 'k' }), timeout({ limitMs: 5_000 })], { clock });
  const { calls, operation } = anOperation<string>();
  const short = guard.execute(operation, { deadline: 30 });
  const long = guard.execute(operation, { deadline: 5_000 });
  const leaving = assert.rejects(short, { name: 'CallTimeoutError', limitMs: 30, limitedBy: 'caller' });

  await clock.advance(30);
  await leaving;
  assert.equal(calls[0]?.signal.aborted, false);
  await clock.advance(90);
  calls[0]?.answer.resolve('a');

  assert.equal(await long, 'a');
  assert.equal(calls.length, 1);
  assert.equal(clock.pending, 0);
});

test('F11: a caller with a short deadline does not wait for the whole flight', async () => {
  const { cache, clock } = aCache<string>();
  const { calls, operation } = anOperation<string>();
  const long = cache.execute(operation);
  const leaving = assert.rejects(cache.execute(operation, { withinMs: 30 }), { code: 'CALL_TIMEOUT', limitMs: 30 });

  await clock.advance(30);

  await leaving;
  calls[0]?.answer.resolve('a');
  assert.equal(await long, 'a');
  assert.equal(clock.pending, 0);
});

test('F11: the operation of a flight has nobody’s deadline, and the first caller’s key, attributes and idempotence', async () => {
  const { cache } = aCache<string>();
  const { calls, operation } = anOperation<string>();
  const attributes = { user: 'ana' };
  const all = [
    cache.execute(operation, { deadline: 1_000, key: 'first', attributes, idempotent: false }),
    cache.execute(operation, { deadline: 2_000, key: 'second', attributes: { user: 'bo' } }),
  ];
  calls[0]?.answer.resolve('a');
  await Promise.all(all);

  const { deadline, key, attributes: given, idempotent } = calls[0] ?? assert.fail();
  assert.deepEqual([deadline, key, given, idempotent], [Infinity, 'first', attributes, false]);
});

test('F11: when the last caller has left the operation is aborted, nothing counts, and its late answer is not remembered', async () => {
  const clock = new ManualClock();
  const cache = new StaleCache<string>({ key: () => 'k' });
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const guard = pipeline('p', [cache, breaker], { clock });
  const { calls, operation } = anOperation<string>();
  const caller = new AbortController();
  const first = assert.rejects(guard.execute(operation, { deadline: 30 }), { code: 'CALL_TIMEOUT' });
  const second = assert.rejects(guard.execute(operation, { signal: caller.signal }), { message: 'gone' });

  caller.abort(new Error('gone'));
  await second;
  assert.equal(calls[0]?.signal.aborted, false);
  await clock.advance(30);
  await first;
  assert.equal(calls[0]?.signal.aborted, true);
  assert.ok(calls[0]?.signal.reason instanceof CallTimeoutError);

  const anew = guard.execute(operation);
  assert.equal(calls.length, 2, 'new callers do not wait for what was given up');
  calls[0]?.answer.resolve('late');
  await turn();
  assert.equal(cache.size, 0);
  calls[1]?.answer.resolve('new');
  assert.equal(await anew, 'new');
  assert.equal(breaker.state, 'closed');
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
});

test('F11: a late failure of a flight that all have left is dropped, and no evidence', async () => {
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const guard = pipeline('p', [staleCache({ key: () => 'k' }), breaker]);
  const { calls, operation } = anOperation<string>();
  const caller = new AbortController();
  const leaving = assert.rejects(guard.execute(operation, caller.signal), { name: 'AbortError' });
  caller.abort();
  await leaving;
  calls[0]?.answer.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  await turn();

  assert.equal(breaker.state, 'closed');
  assert.equal(breaker.report(0)['neutral'], 1);
});

test('F11: a limit of the chain that ends the last wait is the dependency’s timeout', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const guard = pipeline('p', [timeout({ limitMs: 100 }), staleCache({ key: () => 'k' }), breaker], { clock });
  const { calls, operation } = anOperation<string>();
  const failing = assert.rejects(guard.execute(operation), { code: 'CALL_TIMEOUT', limitedBy: 'policy' });
  await clock.advance(100);
  await failing;
  calls[0]?.answer.reject(calls[0].signal.reason);
  await turn();

  assert.equal(breaker.state, 'open');
});

test('F11: each caller goes on in its own async context, and sees the attempts of the flight', async () => {
  const user = new AsyncLocalStorage<string>();
  const guard = pipeline('p', [staleCache({ key: () => 'k' }), retry({ strategy: 'immediate' })]);
  const { calls, operation } = anOperation<string>();
  const one = (name: string) =>
    user.run(name, async () => {
      const { attempts } = await guard.executeOutcome(operation);
      return `${user.getStore()}: ${attempts}`;
    });
  const all = ['ana', 'bo', 'cy'].map(one);
  calls[0]?.answer.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  await turn();
  user.run('someone else', () => calls[1]?.answer.resolve('a'));

  assert.deepEqual(await Promise.all(all), ['ana: 2', 'bo: 2', 'cy: 2']);
});

test('F11: with sharedTimers: false no call waits for the promise of another', async () => {
  const { cache } = aCache<string>({ sharedTimers: false });
  const { calls, operation } = anOperation<string>();
  const all = [cache.execute(operation), cache.execute(operation)];
  assert.equal(calls.length, 2);
  calls[1]?.answer.resolve('second');
  calls[0]?.answer.resolve('first');

  assert.deepEqual(await Promise.all(all), ['first', 'second']);
  assert.deepEqual(await cache.execute(down), { stale: true, value: 'second', ageMs: 0 }, 'an older call is older');
});

test('F4, F11: the cache’s own sharedTimers: false holds in a pipeline, too', async () => {
  const clock = new ManualClock();
  const cache = staleCache({ key: () => 'k', sharedTimers: false });
  const listed = pipeline('p', [cache], { clock, onEvent: () => undefined });
  const { calls, operation } = anOperation<string>();
  const all = [listed.execute(operation), listed.execute(operation)];

  assert.equal(calls.length, 2);
  for (const { answer } of calls) answer.resolve('own');
  assert.deepEqual(await Promise.all(all), ['own', 'own']);
});

test('F11: what is asked while its key is forgotten is not remembered, and not waited for', async () => {
  for (const singleFlight of [true, false]) {
    const { cache } = aCache<string>({ singleFlight });
    const { calls, operation } = anOperation<string>();
    const earlier = cache.execute(operation);
    assert.equal(cache.delete('k'), false);
    const later = cache.execute(operation);
    assert.equal(calls.length, 2);
    calls[1]?.answer.resolve('after the change');
    assert.equal(await later, 'after the change');
    calls[0]?.answer.resolve('before the change');
    assert.equal(await earlier, 'before the change');

    assert.deepEqual(await cache.execute(down), { stale: true, value: 'after the change', ageMs: 0 });
    const third = cache.execute(operation);
    cache.clear();
    calls[2]?.answer.resolve('cleared');
    await third;
    assert.equal(cache.size, 0);
  }
});

test('F11: a Response is given to each caller as a copy: shared, fresh and stale', async () => {
  const { cache, clock } = aCache<Response>({ freshMs: 100 });
  let calls = 0;
  const read = async (): Promise<Response> => {
    calls += 1;
    const body = Readable.toWeb(Readable.from([Buffer.from('st'), Buffer.from('udents')])) as ReadableStream;
    await Promise.resolve();
    return new Response(body, { status: 203, headers: { 'x-name': 'kept' } });
  };
  const text = async (answer: Response): Promise<string> =>
    `${answer.status} ${answer.headers.get('x-name')} ${await answer.text()}`;

  const shared = await Promise.all([cache.execute(read), cache.execute(read), cache.execute(read)]);
  const fresh = await Promise.all([cache.execute(read), cache.execute(read)]);
  await clock.advance(100);
  const stale = await Promise.all([cache.execute(down), cache.execute(down)]);

  const answers = [...shared, ...fresh] as Response[];
  const values = stale.map(({ value }: { value: Response }) => value);
  for (const answer of [...answers, ...values]) assert.equal(await text(answer), '203 kept students');
  assert.equal(calls, 1);
  assert.equal(new Set([...answers, ...values]).size, 7);
});

test('F11: without a single flight, too, the Response that is kept is not the one that was given', async () => {
  const { cache } = aCache<Response>({ singleFlight: false });
  const live = (await cache.execute(() => new Response('text'))) as Response;
  assert.equal(await live.text(), 'text');
  const { value } = (await cache.execute(down)) as { value: Response };
  assert.equal(await value.text(), 'text');
});

let server: Server;
let address = '';
let answer: (response: ServerResponse) => void;

before(async () => {
  server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  address = `http://127.0.0.1:${port}/`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

test('F11: one caller’s abort ends the reading of its own copy, and nobody else’s', async () => {
  const { cache } = aCache<Response>();
  let finish = (): void => undefined;
  answer = (response) => {
    response.write('the beginning, ');
    finish = () => void response.end('the end');
  };
  const read = ({ signal }: CallContext): Promise<Response> => fetch(address, { signal });
  const left = new AbortController();
  const [first, second] = (await Promise.all([
    cache.execute(read, { signal: left.signal }),
    cache.execute(read, { signal: new AbortController().signal }),
  ])) as [Response, Response];
  const failing = assert.rejects(first.text(), { message: 'gone' });

  left.abort(new Error('gone'));
  await failing;
  finish();

  assert.equal(await second.text(), 'the beginning, the end');
  assert.equal(second.url, address);
});

test('F11: a Response whose body broke off is not given again', async () => {
  const { cache } = aCache<Response>({ freshMs: 1_000_000 });
  answer = (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
  };
  const broken = (await cache.execute(({ signal }) => fetch(address, { signal }))) as Response;
  await assert.rejects(broken.text(), { name: 'TypeError', message: 'terminated' });

  const again = (await cache.execute(() => new Response('whole'))) as Response;
  assert.equal(await again.text(), 'whole');
});

test('F11: what can be read only once is neither shared nor remembered: each caller has its own', async () => {
  const makers: (() => unknown)[] = [
    () => Readable.from(['x']),
    () => new Blob(['x']).stream(),
    () => new Blob(['x']).stream().values(),
    () => {
      const used = new Response('x');
      void used.text();
      return used;
    },
    () => ['x'].values(),
  ];
  for (const make of makers) {
    const { cache } = aCache<unknown>({ freshMs: 1_000 });
    let calls = 0;
    const read = async (): Promise<unknown> => {
      calls += 1;
      await Promise.resolve();
      return make();
    };
    const all = await Promise.all([cache.execute(read), cache.execute(read), cache.execute(read)]);

    assert.equal(new Set(all).size, 3);
    assert.deepEqual([calls, cache.size], [3, 0]);
    await assert.rejects(cache.execute(down), { code: 'ECONNREFUSED' });
  }
});

test('F11: who gets the only answer can still abort the operation that reads it', async () => {
  const { cache } = aCache<unknown>();
  const left = new AbortController();
  let given: AbortSignal | undefined;
  await cache.execute(({ signal }) => {
    given = signal;
    return new Blob(['x']).stream();
  }, left.signal);

  left.abort(new Error('gone'));
  assert.equal(given?.aborted, true);
});

test('F11: objects are shared, unless `copy` makes one for each caller', async () => {
  const make = async (): Promise<{ names: string[] }> => Promise.resolve({ names: ['Ana'] });
  const { cache: sharing } = aCache<{ names: string[] }>();
  const [a, b] = await Promise.all([sharing.execute(make), sharing.execute(make)]);
  assert.equal(a, b);

  for (const copy of [structuredClone, async (value: { names: string[] }) => Promise.resolve(structuredClone(value))]) {
    const { cache, clock } = aCache<{ names: string[] }>({ copy, freshMs: 10 });
    const [one, two] = (await Promise.all([cache.execute(make), cache.execute(make)])) as { names: string[] }[];
    one?.names.push('changed');
    two?.names.pop();
    const fresh = (await cache.execute(make)) as { names: string[] };
    assert.deepEqual(fresh, { names: ['Ana'] });
    fresh.names.pop();
    await clock.advance(10);
    assert.deepEqual(await cache.execute(down), { stale: true, value: { names: ['Ana'] }, ageMs: 10 });
  }
});

test('F11, F10: a `copy` that throws, rejects or answers nothing costs the sharing, never the answer', async () => {
  const copies: ((value: object) => object | PromiseLike<object>)[] = [
    () => {
      throw new Error('mine');
    },
    () => Promise.reject(new Error('mine')),
    () => undefined as never,
  ];
  for (const copy of copies) {
    const { cache } = aCache<object>({ copy });
    let calls = 0;
    const read = async (): Promise<object> => Promise.resolve({ call: (calls += 1) });
    assert.deepEqual(await Promise.all([cache.execute(read), cache.execute(read)]), [{ call: 1 }, { call: 2 }]);
    assert.equal(cache.size, 0);
    await assert.rejects(cache.execute(down), { code: 'ECONNREFUSED' });
  }
});

test('F10: a `toStale` that throws, rejects or answers nothing leaves the error of the dependency', async () => {
  const makers = [
    () => {
      throw new Error('mine');
    },
    () => Promise.reject(new Error('mine')),
    () => undefined,
  ];
  for (const toStale of makers) {
    const cache = new StaleCache<string, unknown>({ key: () => 'k', toStale });
    await cache.execute(() => 'a');
    await assert.rejects(cache.execute(down), { code: 'ECONNREFUSED' });
    assert.equal((await cache.executeOutcome(down)).fromFallback, false);
  }
  const later = new StaleCache<string, string>({ key: () => 'k', toStale: (value) => Promise.resolve(`old ${value}`) });
  await later.execute(() => 'a');
  assert.equal(await later.execute(down), 'old a');
});

test('F10: an async `when` is waited for; one that throws, rejects or answers anything but true is a no', async () => {
  const answers: [when: () => unknown, isStale: boolean][] = [
    [() => Promise.resolve(true), true],
    [() => Promise.resolve(false), false],
    [() => Promise.reject(new Error('mine')), false],
    [() => 'yes', false],
    [() => undefined, false],
  ];
  for (const [when, isStale] of answers) {
    const { cache } = aCache<string>({ when: when as () => boolean });
    await cache.execute(() => 'a');
    if (isStale) assert.deepEqual(await cache.execute(down), { stale: true, value: 'a', ageMs: 0 });
    else await assert.rejects(cache.execute(down), { code: 'ECONNREFUSED' });
  }
});

test('F10, F13: a caller does not wait for functions of the user’s after it has left', async () => {
  const { cache } = aCache<string>({ when: () => new Promise<boolean>(() => {}) });
  await cache.execute(() => 'a');
  const left = new AbortController();
  const leaving = assert.rejects(cache.execute(down, left.signal), { message: 'gone' });
  await turn();
  left.abort(new Error('gone'));
  await leaving;
  assert.equal(getEventListeners(left.signal, 'abort').length, 0);
});

test('F10: a `key` that throws or has no string passes the call through; an async one is refused', async () => {
  const keys: (() => unknown)[] = [
    () => {
      throw new Error('mine');
    },
    () => undefined,
    () => 7,
    () => Promise.reject(new Error('mine')),
  ];
  for (const key of keys) {
    const cache = new StaleCache<string>({ key: key as () => string });
    assert.equal(await cache.execute(() => 'a'), 'a');
    await assert.rejects(cache.execute(down), { code: 'ECONNREFUSED' });
    assert.deepEqual([cache.size, cache.report()['unkeyed']], [0, 2]);
  }
  assert.throws(() => staleCache({ key: (async () => 'k') as never }), {
    issues: ['key must be synchronous, got an async function'],
  });
});

test('F11: a Response that is a fallback’s value is given to each caller as a copy; a stream is refused', async () => {
  const guard = fallback({ to: new Response('instead') });
  const [one, two] = await Promise.all([guard.execute(down), guard.execute(down)]);
  assert.deepEqual([await one.text(), await two.text()], ['instead', 'instead']);
  for (const to of [new Blob(['x']).stream(), Readable.from(['x']), ['x'].values(), { rows: Readable.from(['x']) }]) {
    const message = /^fallback "fallback": to and chain must not contain a stream or an iterator/;
    assert.throws(() => fallback<unknown>({ to }), { code: 'INVALID_SETTINGS', message });
    assert.throws(() => fallback<unknown>({ chain: [to] }), { code: 'INVALID_SETTINGS', message });
  }
});

test('F11: a stream is passed through', async () => {
  const { cache } = aCache<string>({ freshMs: 1_000 });
  let calls = 0;
  const read = async function* (): AsyncGenerator<string> {
    calls += 1;
    yield 'a';
  };
  for (const round of [1, 2]) {
    for await (const item of cache.executeStream(read)) assert.equal(item, 'a');
    assert.equal(calls, round);
  }
  assert.equal(cache.size, 0);
});

test('F11: thousands of copies of a Response that nobody reads do not stand in each other’s way', async () => {
  const { cache } = aCache<Response>({ freshMs: 1_000 });
  await cache.execute(() => new Response('text'));
  for (let copy = 0; copy < 5_000; copy += 1) await cache.execute(down);

  assert.equal(await ((await cache.execute<Response>(down)) as Response).text(), 'text');

  const spare = fallback({ to: new Response('spare') });
  for (let copy = 0; copy < 5_000; copy += 1) await spare.execute(down);
  assert.equal(await (await spare.execute(down)).text(), 'spare');
});

test('F11: copies of a Response are read beside each other, each to its end, from one body that is read once', async () => {
  const { cache } = aCache<Response>({ freshMs: 1_000 });
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulls += 1;
        if (pulls > 100) controller.close();
        else controller.enqueue(Uint8Array.of(pulls));
      },
    },
    { highWaterMark: 0 },
  );
  const copies: Response[] = [];
  for (let copy = 0; copy < 5; copy += 1) copies.push((await cache.execute(() => new Response(body))) as Response);
  assert.equal(pulls, 0, 'nobody reads yet');
  const [first, ...others] = await Promise.all(copies.map(async (copy) => new Uint8Array(await copy.arrayBuffer())));

  assert.deepEqual([first?.length, first?.[99], pulls], [100, 100, 101]);
  for (const other of others) assert.deepEqual(other, first);
});

test('F11, B24: nothing stays on the signal of a caller who has read his copies', async () => {
  const { cache } = aCache<Response>({ freshMs: 1_000 });
  const { signal } = new AbortController();
  const copies: Response[] = [];
  for (let copy = 0; copy < 5; copy += 1)
    copies.push((await cache.execute(() => new Response('x'), signal)) as Response);
  await Promise.all(copies.map((copy) => copy.text()));

  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('F11, B27: what a retry inside has given up on, it has given up on for all who waited', async () => {
  const guard = pipeline('p', [
    retry({ name: 'outer', strategy: 'immediate' }),
    staleCache({ key: () => 'k' }),
    retry({ name: 'inner', strategy: 'immediate' }),
  ]);
  let calls = 0;
  const operation = async (): Promise<never> => {
    calls += 1;
    await turn();
    return down();
  };

  const outcomes = await Promise.all([1, 2, 3].map(() => guard.executeOutcome(operation)));

  assert.equal(calls, 3);
  assert.deepEqual(
    outcomes.map(({ attempts, stoppedBy }) => [attempts, stoppedBy]),
    [1, 2, 3].map(() => [3, 'already-retried']),
  );
});

test('F11: an operation that asks for its own answer does not wait for itself', async () => {
  const { cache } = aCache<string>();
  let calls = 0;
  const operation = async (context: CallContext): Promise<string> => {
    calls += 1;
    await turn();
    return calls === 1 ? `outer of ${String(await cache.execute(operation, context))}` : 'inner';
  };

  assert.equal(await cache.execute(operation), 'outer of inner');
});

test('F10, F11: without a single flight, too, a `copy` that hangs is not waited for by a caller who leaves', async () => {
  const { cache, clock } = aCache<object>({ singleFlight: false, copy: () => new Promise(() => {}) });
  const left = new AbortController();
  const leaving = assert.rejects(
    cache.execute(() => ({}), left.signal),
    { message: 'gone' },
  );
  const late = assert.rejects(
    cache.execute(() => ({}), { withinMs: 10 }),
    { code: 'CALL_TIMEOUT' },
  );
  await turn();
  left.abort(new Error('gone'));
  await clock.advance(10);

  await leaving;
  await late;
});

test('F11, B50: an answer that only one caller can have leaves nothing on his signal once it is read', async () => {
  const shutdown = new AbortController();
  const guard = pipeline('p', [staleCache({ key: () => 'k' })]);
  for (let call = 0; call < 3; call += 1) {
    await guard.execute(
      async ({ signal }) => {
        assert.equal(signal.aborted, false);
        const response = new Response('read already');
        await response.text();
        return response;
      },
      { signal: shutdown.signal },
    );
  }

  assert.equal(getEventListeners(shutdown.signal, 'abort').length, 0);
});
