import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { guardedFetch, HttpResponseError, type GuardedFetchOptions } from '../fetch/index.ts';
import {
  CallTimeoutError,
  CircuitBreaker,
  hedge,
  keyedBreakers,
  pipeline,
  retry,
  staleCache,
  timeout,
  type CallOptions,
  type Policy,
} from '../index.ts';
import { ManualClock } from '../testing/index.ts';

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Sends its headers and the beginning of a body, and never the end. */
const endless: (status: number) => RequestListener = (status) => (_request, response) => {
  response.writeHead(status).write('begun');
};

const policies: Readonly<Record<string, Policy[]>> = {
  'no policy': [],
  timeout: [timeout({ limitMs: 60_000 })],
  hedge: [hedge({ delayMs: 60_000, idempotent: true })],
  'retry, breaker, timeout': [retry(), new CircuitBreaker(), timeout({ limitMs: 60_000 })],
};

for (const [name, layers] of Object.entries(policies)) {
  test(`F6: a caller who leaves after the headers ends the reading of the body (${name})`, async (t) => {
    const address = await serve(t, endless(200));
    const get = guardedFetch(pipeline('p', layers));
    for (const [init, options] of [
      [{}, (signal: AbortSignal) => ({ signal })],
      [{}, (signal: AbortSignal) => signal],
      [{ signal: new AbortController().signal }, (signal: AbortSignal) => ({ signal, deadline: undefined })],
    ] satisfies [RequestInit, (signal: AbortSignal) => CallOptions | AbortSignal][]) {
      const left = new AbortController();
      const answer = await get(address, init, options(left.signal));
      const reading = answer.text();
      left.abort(new Error('left'));

      await assert.rejects(reading, /left/);
    }
  });

  test(`F6: the signal of fetch’s own options ends it as well, beside one of the call (${name})`, async (t) => {
    const address = await serve(t, endless(200));
    const left = new AbortController();
    const get = guardedFetch(pipeline('p', layers));
    const answer = await get(address, { signal: left.signal }, { signal: new AbortController().signal });
    const reading = answer.text();
    left.abort(new Error('left'));

    await assert.rejects(reading, /left/);
  });
}

test('the deadline of a call holds for the body of a failed answer, too', async (t) => {
  const address = await serve(t, endless(503));
  for (const judgedFailure of ['answer', 'throw'] as const) {
    const clock = new ManualClock();
    const get = guardedFetch(pipeline('p', [], { clock }), { judgedFailure });
    const answer = await get(address, {}, { withinMs: 50 }).catch((error: unknown) => {
      assert.ok(error instanceof HttpResponseError);
      return error.response;
    });
    assert.equal(answer.status, 503);
    const failing = assert.rejects(answer.text(), CallTimeoutError);
    await clock.advance(50);

    await failing;
  }
});

for (const [name, leave] of [
  ['who leaves', (left: AbortController) => ({ signal: left.signal })],
  ['whose time is up', () => ({ withinMs: 20 })],
] as const) {
  test(`F11: the one of two callers ${name} does not end the request that both wait for`, async (t) => {
    let answer = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const pending: ServerResponse[] = [];
    const address = await serve(t, (_request, response) => {
      pending.push(response);
      answer();
    });
    const clock = new ManualClock();
    const get = guardedFetch(pipeline('p', [staleCache({ key: () => 'k' }), timeout({ limitMs: 1_000 })], { clock }));
    const left = new AbortController();
    const first = assert.rejects(get(address, {}, leave(left)), {
      message: /^(left$|The call did not answer within 20 ms)/,
    });
    const second = get(address, {}, { withinMs: 500 });
    await begun;

    left.abort(new Error('left'));
    await clock.advance(20);
    await first;
    pending[0]?.end('for the second');

    assert.equal(await ((await second) as Response).text(), 'for the second');
    assert.equal(pending.length, 1);
  });
}

test('F6: a failed answer that came out of a flight is read under the signal of its caller', async (t) => {
  const address = await serve(t, endless(404));
  const get = guardedFetch(pipeline('p', [staleCache({ key: () => 'k' }), timeout({ limitMs: 60_000 })]));
  const left = new AbortController();
  const answer = (await get(address, {}, left.signal)) as Response;
  assert.equal(answer.status, 404);
  const reading = answer.text();
  left.abort(new Error('left'));

  await assert.rejects(reading, /left/);
});

test('with `whole` a time limit holds for the body of a failed answer, too', async (t) => {
  const address = await serve(t, endless(503));
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  let answered = (): void => undefined;
  const headersAreThere = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const asking: typeof fetch = (input, init) => fetch(input, init).finally(answered);
  const guard = pipeline('p', [breaker, timeout({ limitMs: 50 })], { clock });
  const failing = assert.rejects(guardedFetch(guard, { body: 'whole', fetch: asking })(address), CallTimeoutError);
  await headersAreThere;
  await setImmediate();
  await clock.advance(50);

  await failing;
  assert.equal(breaker.state, 'open');
});

test('with `whole` a failed answer can be read, and one that a page may not see is left as it is', async () => {
  const answers = [new Response('not there', { status: 404 }), Response.error()];
  const fetch = (): Promise<Response> => Promise.resolve(answers.shift() ?? new Response());
  const get = guardedFetch(pipeline('p', []), { body: 'whole', fetch });

  const failed = await get('http://there/');
  assert.deepEqual([failed.status, await failed.text()], [404, 'not there']);
  assert.equal((await get('http://there/')).type, 'error');
});

test('the deadline of a call ends a request that has no time limit of its own, and counts for nothing', async (t) => {
  const address = await serve(t, () => undefined);
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const get = guardedFetch(pipeline('p', [breaker], { clock }));

  const asked = get(address, {}, { withinMs: 50 });
  const failing = assert.rejects(asked, { code: 'CALL_TIMEOUT', limitedBy: 'caller' });
  await clock.advance(50);
  await failing;

  assert.equal(breaker.state, 'closed');
});

test('F3: a service that was told of the deadline and answers 504 is not blamed', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker();
  const told: (string | null)[] = [];
  const obedient: GuardedFetchOptions['fetch'] = async (_input, init) => {
    const said = new Headers(init?.headers).get('x-deadline-ms');
    told.push(said);
    await new Promise<void>((resolve) => void clock.after(Number(said), resolve));
    return new Response('', { status: 504 });
  };
  const get = guardedFetch(pipeline('p', [breaker], { clock }), { fetch: obedient });
  for (let call = 0; call < 5; call += 1) {
    const answer = get('http://there/', {}, { withinMs: 5.9 });
    await clock.advance(20);
    await answer.catch(() => undefined);
  }

  assert.deepEqual([told, breaker.state], [['5', '5', '5', '5', '5'], 'closed']);
});

test('a body that the caller streams is cancelled when the request fails and is not sent again', async () => {
  const refused = Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  });
  const fetches: Readonly<Record<string, GuardedFetchOptions['fetch']>> = {
    'the platform’s fetch': undefined,
    'one that does not look at the body': () => Promise.reject(refused),
  };
  for (const [name, fetch] of Object.entries(fetches)) {
    const cancelled = Promise.withResolvers<void>();
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue('more'),
      cancel: () => cancelled.resolve(),
    });
    const send = guardedFetch(pipeline('p', []), fetch === undefined ? {} : { fetch });
    // Nothing listens on the port of a closed server.
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;

    await assert.rejects(send(`http://127.0.0.1:${port}/`, init), { name: 'TypeError', message: 'fetch failed' }, name);
    await cancelled.promise;
  }
});

test('QUERY is safe, so it is repeated like GET', async () => {
  let calls = 0;
  const send = guardedFetch(pipeline('p', [retry({ strategy: 'immediate' })]), {
    fetch: async () => new Response('', { status: (calls += 1) < 3 ? 503 : 200 }),
  });

  assert.deepEqual([(await send('http://there/', { method: 'QUERY', body: 'x' })).status, calls], [200, 3]);
});

test('F14: what is undefined in a call’s options says nothing: a POST is still not repeated', async () => {
  let calls = 0;
  const send = guardedFetch(pipeline('p', [retry({ strategy: 'immediate' })]), {
    fetch: async () => {
      calls += 1;
      return new Response('', { status: 503 });
    },
  });

  await send('http://there/', { method: 'POST' }, { idempotent: undefined, key: undefined, signal: undefined });

  assert.equal(calls, 1);
});

test('F14: a context that is handed to a guarded fetch keeps its limits, and breakers stay by host', async () => {
  const clock = new ManualClock(1_000);
  const hosts = keyedBreakers();
  const told: (string | null)[] = [];
  const get = guardedFetch(pipeline('http', [hosts], { clock }), {
    key: ({ host }) => host,
    fetch: async (_input, init) => {
      told.push(new Headers(init?.headers).get('x-deadline-ms'));
      return new Response('fine');
    },
  });
  const left = new AbortController();
  const page = pipeline('page', [timeout({ limitMs: 500 })], { clock });

  await page
    .execute(
      async (context) => {
        await get('http://one/', {}, context);
        await get('http://other/', {}, { ...context });
        await get('http://other/', {}, { ...context, key: 'mine' });
        left.abort(new Error('left'));
        await assert.rejects(get('http://one/', {}, context), /left/);
        await assert.rejects(get('http://one/', {}, { ...context }), /left/);
      },
      { signal: left.signal },
    )
    .catch(() => undefined);

  assert.deepEqual(
    [told, [...hosts.entries()].map(([key]) => key)],
    [
      ['500', '500', '500'],
      ['one', 'other', 'mine'],
    ],
  );
});

test('a page tells its deadline to its own origin only: others would have to be asked first', async (t) => {
  const page = globalThis as { document?: unknown; location?: unknown };
  page.document = { baseURI: 'https://here.example/' };
  page.location = { origin: 'https://here.example' };
  t.after(() => {
    delete page.document;
    delete page.location;
  });
  const told: boolean[] = [];
  const get = guardedFetch(pipeline('p', []), {
    fetch: async (_input, init) => {
      told.push(new Headers(init?.headers).has('x-deadline-ms'));
      return new Response('');
    },
  });
  for (const url of ['/students', 'https://here.example/', 'https://there.example/']) {
    await get(url, {}, { withinMs: 1_000 });
  }

  assert.deepEqual(told, [true, true, false]);
});
