import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { guardedFetch } from '../fetch/index.ts';
import {
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  pipeline,
  retry,
  staleCache,
  timeout,
  type CallContext,
  type Pipeline,
} from '../index.ts';
import { ManualClock } from '../testing/index.ts';

const guards: readonly [name: string, make: (clock: ManualClock) => Pipeline<unknown>][] = [
  ['a timeout', (clock) => pipeline('p', [timeout({ limitMs: 100 })], { clock })],
  ['a hedge', (clock) => pipeline('p', [hedge({ delayMs: 100, idempotent: true })], { clock })],
  ['a hedge with both at once', (clock) => pipeline('p', [hedge({ delayMs: 0, idempotent: true })], { clock })],
  [
    'a timeout around a timeout',
    (clock) => pipeline('p', [timeout({ name: 'all', limitMs: 500 }), timeout({ limitMs: 100 })], { clock }),
  ],
  [
    'a pipeline of everything',
    (clock) =>
      pipeline(
        'p',
        [
          fallback({ to: () => 'fallback' }),
          timeout({ name: 'all', limitMs: 500 }),
          retry(),
          new CircuitBreaker(),
          hedge({ delayMs: 100, idempotent: true }),
          bulkhead({ limit: 9 }),
          timeout({ limitMs: 100 }),
        ],
        { clock },
      ),
  ],
];

const streams: readonly [name: string, make: () => object][] = [
  ['a Response', () => new Response(new ReadableStream())],
  ['a web stream', () => new ReadableStream()],
  ['a Node stream', () => new PassThrough()],
  [
    'an async iterable',
    () => ({
      async *[Symbol.asyncIterator]() {
        yield 1;
      },
    }),
  ],
  ['an answer of undici', () => ({ statusCode: 200, body: new PassThrough() })],
  ['an answer of axios', () => ({ status: 200, data: new PassThrough() })],
  ['an answer of the AWS SDK', () => ({ Body: new PassThrough() })],
  ['a list of Responses', () => [new Response(null, { status: 204 }), new Response(new ReadableStream())]],
  ['an object with a stream somewhere', () => ({ total: 2, rows: new PassThrough() })],
];

const others: readonly [name: string, make: () => unknown][] = [
  ['a number', () => 1],
  ['nothing', () => undefined],
  ['an object', () => ({ body: 'text' })],
  ['a list', () => [1, 2]],
  ['a Response without a body', () => new Response(null, { status: 204 })],
  ['an object whose getter throws', () => Object.defineProperty({}, 'body', { get: () => assert.fail('it throws') })],
];

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

for (const [guardName, guardOf] of guards) {
  for (const [name, answerOf] of streams) {
    test(`F6: the caller's abort reaches the reading of ${name} behind ${guardName}`, async () => {
      const clock = new ManualClock();
      const caller = new AbortController();
      const signals: AbortSignal[] = [];
      const answer = answerOf();
      const operation = ({ signal, attempt }: CallContext): unknown => {
        signals.push(signal);
        return attempt === 1 ? answer : new Promise(() => {});
      };

      assert.equal(await guardOf(clock).execute(operation, { signal: caller.signal }), answer);
      // The limit was for the answer, not for the reading.
      await clock.advance(10_000);
      assert.equal(signals[0]?.aborted, false);
      caller.abort('left');

      assert.equal(signals[0]?.reason, 'left');
      assert.equal(listeners(caller.signal), 0);
    });
  }

  for (const [name, answerOf] of others) {
    test(`F6, B24: no listener is left after ${name} behind ${guardName}`, async () => {
      const clock = new ManualClock();
      const caller = new AbortController();
      const operation = ({ signal }: CallContext): unknown => (signal.aborted ? 'never' : answerOf());

      await guardOf(clock).execute(operation, { signal: caller.signal });

      assert.equal(listeners(caller.signal), 0);
      caller.abort();
    });
  }
}

for (const [name, answerOf] of streams.slice(1)) {
  test(`F6, F11: ${name} is for one reader of a flight, and that one's abort ends it`, async () => {
    const guard = pipeline('p', [staleCache({ key: () => 'k', freshMs: 60_000 }), timeout({ limitMs: 1_000 })]);
    const callers = [new AbortController(), new AbortController()];
    const signals: AbortSignal[] = [];
    const operation = async ({ signal }: CallContext): Promise<unknown> => {
      signals.push(signal);
      await Promise.resolve();
      return answerOf();
    };
    const answers = await Promise.all(callers.map(({ signal }) => guard.execute(operation, { signal })));
    assert.notEqual(answers[0], answers[1]);

    callers[0]?.abort('left');

    assert.deepEqual(
      signals.map(({ aborted, reason }) => [aborted, aborted ? reason : undefined]),
      [
        [true, 'left'],
        [false, undefined],
      ],
    );
  });
}

test('F6: a caller who leaves while he reads is no abandoned call', async () => {
  const limit = timeout({ limitMs: 100 });
  const slots = bulkhead({ limit: 1 });
  const guard = pipeline('p', [slots, limit]);
  const caller = new AbortController();
  await guard.execute(({ signal }) => (signal.aborted ? 1 : new ReadableStream()), { signal: caller.signal });

  caller.abort();

  assert.deepEqual(limit.report(), { calls: 1, timeouts: 0, abandoned: 0 });
  assert.equal(slots.report()['running'], 0);
});

test('F6: the one who lost a race is let go, whatever he answers', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const guard = pipeline('p', [hedge({ delayMs: 10, idempotent: true })], { clock });
  let answerLate: (stream: ReadableStream) => void = () => {};
  const call = guard.execute(
    ({ signal, attempt }) =>
      signal.aborted || attempt === 2 ? 'second' : new Promise((resolve) => (answerLate = resolve)),
    { signal: caller.signal },
  );
  await clock.advance(10);
  assert.equal(await call, 'second');

  answerLate(new ReadableStream());
  await turn();

  assert.equal(listeners(caller.signal), 0);
});

/** A `fetch` whose bodies never end by themselves. */
function endless(status = 200): typeof fetch {
  return async (_input, init) => {
    const body = new ReadableStream({
      start(controller) {
        init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
      },
    });
    return new Response(body, { status });
  };
}

for (const [guardName, guardOf] of guards) {
  for (const place of ['init', 'context'] as const) {
    for (const status of [200, 404]) {
      test(`F6: guardedFetch ends the body of a ${status} by the signal in ${place}, behind ${guardName}`, async () => {
        const caller = new AbortController();
        const given = { signal: caller.signal };
        const get = guardedFetch(guardOf(new ManualClock()), { fetch: endless(status) });
        const answer = await get('http://x.test/', place === 'init' ? given : {}, place === 'context' ? given : {});
        assert.ok(answer instanceof Response);
        const read = assert.rejects(answer.text(), (reason) => reason === 'left');

        caller.abort('left');

        await read;
      });
    }
  }
}

for (const [name, answerOf] of [
  ['streams', () => ({ body: new ReadableStream() })],
  ['copies of a Response', () => new Response('unread')],
] satisfies [string, () => unknown][]) {
  test(`F6, B24: ${name} that nobody has any more leave nothing on a long-lived signal`, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const caller = new AbortController();
    const guard = pipeline('p', [
      timeout({ name: 'all', limitMs: 5_000 }),
      staleCache({ key: () => 'k' }),
      timeout({ limitMs: 1_000 }),
    ]);
    for (let call = 0; call < 2_000; call += 1) {
      await guard.execute(({ signal }) => (signal.aborted ? 1 : answerOf()), { signal: caller.signal });
    }

    for (let round = 0; round < 50 && listeners(caller.signal) > 20; round += 1) {
      collect();
      await turn();
    }

    assert.ok(listeners(caller.signal) <= 20, `${listeners(caller.signal)} listeners are left`);
  });
}
