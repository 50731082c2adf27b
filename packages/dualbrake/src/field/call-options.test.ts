import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { recovery } from '../fastify/index.ts';
import { guardedFetch } from '../fetch/index.ts';
import {
  bulkhead,
  CircuitBreaker,
  DeadlineExceededError,
  fallback,
  hedge,
  InvalidSettingsError,
  keyedBreakers,
  measure,
  pipeline,
  rateLimit,
  remainingMs,
  retry,
  setAmbientContext,
  staleCache,
  systemClock,
  timeout,
  type CallOptions,
  type Operation,
} from '../index.ts';
import { ManualClock } from '../testing/index.ts';

/** What a JavaScript program, or a cast, can hand in. */
const given = (options: unknown): CallOptions => options as CallOptions;

interface Guard {
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<unknown>;
}

/** The problems that a call is refused with; nothing must have been started. */
async function issues(options: unknown, guard: Guard = pipeline('p', [])): Promise<readonly string[]> {
  const started = guard.execute(() => assert.fail('started'), given(options));
  const error: unknown = await started.then(
    () => assert.fail('not refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof InvalidSettingsError, String(error));
  return error.issues;
}

const wrong: readonly [options: unknown, ...words: string[]][] = [
  [{ deadline: Date.now() + 500 }, 'deadline', 'clock', String(Math.floor(Date.now() / 1e6)), 'withinMs'],
  [{ deadline: Number.MAX_SAFE_INTEGER }, 'deadline', 'clock'],
  [{ deadline: Number.NaN }, 'deadline', 'NaN'],
  [{ deadline: -Infinity }, 'deadline', '-Infinity'],
  [{ deadline: '500' }, 'deadline', "'500'"],
  [{ deadline: new Date() }, 'deadline', 'Date'],
  [{ deadline: 5n }, 'deadline', '5'],
  [{ deadline: null }, 'deadline', 'null'],
  [{ withinMs: '500' }, 'withinMs', "'500'"],
  [{ withinMs: Number.NaN }, 'withinMs', 'NaN'],
  [{ timeoutMs: 5 }, 'timeoutMs', '5', 'withinMs'],
  [{ timeout: 5 }, 'timeout', '5', 'withinMs'],
  [{ Signal: AbortSignal.abort() }, 'Signal', 'signal'],
  [{ signal: {} }, 'signal', 'AbortSignal'],
  [{ signal: 'abort' }, 'signal', "'abort'"],
  [{ signal: null }, 'signal', 'null'],
  [{ signal: new AbortController() }, 'signal', 'AbortController'],
  [{ attributes: 'id' }, 'attributes', "'id'"],
  [{ attributes: ['id'] }, 'attributes', 'an array'],
  [{ attributes: null }, 'attributes', 'null'],
  [{ key: 5 }, 'key', '5'],
  [{ idempotent: 'yes' }, 'idempotent', "'yes'"],
  [{ attempt: 0 }, 'attempt', '0'],
  [{ attempt: 1.5 }, 'attempt', '1.5'],
  [null, 'null'],
  [500, '500'],
  ['500', "'500'"],
  [() => undefined, 'function'],
  [[], 'an array'],
  [new Date(), 'Date'],
  [Promise.resolve({}), 'Promise'],
];

for (const [place, [options, ...words]] of wrong.entries()) {
  test(`F14: a call is refused with a sentence that says what would be right: ${place + 1}, ${words[0]}`, async () => {
    const [issue = '', ...others] = await issues(options);

    assert.deepEqual(others, []);
    for (const word of words) assert.ok(issue.includes(word), `"${issue}" has no "${word}"`);
  });
}

test('F14: all problems of a call are told at once', async () => {
  const found = await issues({
    deadline: Number.NaN,
    withinMs: '5',
    signal: 1,
    key: 2,
    attributes: 3,
    idempotent: 4,
    x: 5,
  });

  assert.equal(found.length, 7);
});

test('F14: every policy refuses alike, by a rejection, and none of them counts anything', async () => {
  const policies = [
    new CircuitBreaker(),
    keyedBreakers(),
    retry(),
    timeout({ limitMs: 5 }),
    bulkhead({ limit: 1 }),
    rateLimit({ limit: 1, perMs: 1_000 }),
    fallback({ to: 'not asked' }),
    hedge({ delayMs: 1, idempotent: true }),
    staleCache({ key: () => 'k' }),
    measure(),
  ];
  const all = pipeline('all', policies);
  const reports = (): unknown[] => policies.map((policy) => JSON.stringify({ ...policy.report(0), sinceMs: 0 }));
  const before = reports();

  for (const guard of [...policies, all]) {
    assert.equal((await issues({ timeoutMs: 5 }, guard)).length, 1);
    const outcome = await guard.executeOutcome(() => assert.fail('started'), given({ deadline: 'soon' }));
    assert.ok(!outcome.ok && outcome.error instanceof InvalidSettingsError);
    assert.deepEqual([outcome.attempts, outcome.classification.rule], [0, 'dualbrake.INVALID_SETTINGS']);
  }
  await assert.rejects(all.wrap(() => assert.fail('started'))(given({ deadline: 'soon' })), InvalidSettingsError);

  assert.deepEqual(reports(), before);
});

test('F14: a deadline of another clock is refused whichever way round it is', async () => {
  const wall = new ManualClock(1_760_000_000_000);
  const guard = pipeline('p', [], { clock: wall });

  assert.match((await issues({ deadline: performance.now() + 500 }, guard))[0] ?? '', /1760000000000/);
  assert.equal(await guard.execute(({ deadline }) => deadline, { deadline: wall.now() + 500 }), wall.now() + 500);
  await assert.rejects(
    guard.execute(() => 'late', { deadline: 0 }),
    DeadlineExceededError,
  );
});

test('F14: a bare signal is short for an option, in all places', async () => {
  const left = new AbortController();
  const guard = pipeline('p', [retry()]);
  assert.equal(await guard.execute(({ signal }) => signal === left.signal, left.signal), true);
  assert.equal(await guard.wrap(({ signal }) => signal === left.signal)(left.signal), true);
  left.abort('left');

  assert.equal(await guard.execute(() => 'started', left.signal).catch((reason: unknown) => reason), 'left');
  const outcome = await guard.executeOutcome(() => 'started', left.signal);
  assert.deepEqual([outcome.error, outcome.classification?.class, outcome.stoppedBy], ['left', 'cancelled', 'aborted']);
  const get = guardedFetch(guard, { fetch: () => assert.fail('started') });
  assert.equal(await get('http://here/', {}, left.signal).catch((reason: unknown) => reason), 'left');
});

test('F14: a signal of another realm or a polyfill is a signal', async () => {
  const listeners = new Set<() => void>();
  const foreign = {
    aborted: false,
    reason: 'left',
    addEventListener: (_type: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_type: string, listener: () => void) => void listeners.delete(listener),
  };

  assert.equal(await pipeline('p', []).execute(({ signal }) => signal, given({ signal: foreign })), foreign);
  assert.equal(await pipeline('p', []).execute(({ signal }) => signal, given(foreign)), foreign);
});

test('F14: withinMs limits a call from now on, and the earlier of two limits holds', async () => {
  const clock = new ManualClock(1_000);
  const guard = pipeline('p', [], { clock });
  const deadline = (options: CallOptions): Promise<number> => guard.execute((context) => context.deadline, options);

  assert.equal(await deadline({ withinMs: 500 }), 1_500);
  assert.equal(await deadline({ withinMs: 500, deadline: 1_200 }), 1_200);
  assert.equal(await deadline({ withinMs: 100, deadline: 1_200 }), 1_100);
  assert.equal(await deadline({ withinMs: Infinity }), Infinity);
  assert.equal(await deadline({ withinMs: undefined, deadline: undefined }), Infinity);
  for (const withinMs of [0, -1, -Infinity]) {
    await assert.rejects(
      guard.execute(() => assert.fail('started'), { withinMs }),
      DeadlineExceededError,
    );
  }
});

test('F14: withinMs shortens a deadline that is inherited, and does not lengthen it', async (t) => {
  const clock = new ManualClock(1_000);
  const guard = pipeline('p', [], { clock });
  const outer = await guard.execute((context) => context, { deadline: 1_200 });
  setAmbientContext({ current: () => outer, run: (context, work) => work(context) });
  t.after(() => setAmbientContext(undefined));

  const deadlines = [100, 500].map((withinMs) => guard.execute(({ deadline }) => deadline, { withinMs }));

  assert.deepEqual(await Promise.all(deadlines), [1_100, 1_200]);
});

test('F14: undefined says nothing, in every member', async () => {
  const nothing = {
    signal: undefined,
    deadline: undefined,
    withinMs: undefined,
    key: undefined,
    attributes: undefined,
    idempotent: undefined,
    attempt: undefined,
  };
  const context = await pipeline('p', []).execute(
    ({ key, deadline, attempt, attributes }) => [key, deadline, attempt, attributes],
    nothing,
  );

  assert.deepEqual(context, ['p', Infinity, 1, {}]);
});

test('F14: a context that is spread keeps its signal, its deadline and all else', async () => {
  const clock = new ManualClock(1_000);
  const left = new AbortController();
  const [outer, inner] = [pipeline('outer', [timeout({ limitMs: 500 })], { clock }), pipeline('inner', [], { clock })];
  const ended = outer.execute(
    (context) =>
      inner.execute(
        ({ signal, deadline, key, attributes, idempotent }) => {
          left.abort('left');
          return [signal.reason, deadline, key, attributes, idempotent];
        },
        { ...context, key: 'mine' },
      ),
    { signal: left.signal, attributes: { id: 7 }, idempotent: true },
  );

  // The caller has left, so it is the reason that comes out; what the inner operation saw is asked for below.
  assert.equal(await ended.catch((reason: unknown) => reason), 'left');
  const seen = await outer.execute(
    (context) =>
      inner.execute(({ deadline, key, attributes, idempotent }) => [deadline, key, attributes, idempotent], {
        ...context,
        key: 'mine',
      }),
    { attributes: { id: 7 }, idempotent: true },
  );
  assert.deepEqual(seen, [1_500, 'mine', { id: 7 }, true]);
  const copied = await outer.execute((context) =>
    inner.execute(({ deadline, key }) => [deadline, key], Object.assign({}, context, { deadline: 1_100 })),
  );
  assert.deepEqual(copied, [1_100, 'outer']);
  assert.match((await outer.execute((context) => issues({ ...context, timeoutMs: 5 }, inner)))[0] ?? '', /timeoutMs/);
});

test('F14: what is spread from a context is read by remainingMs, and what is no deadline is refused', async () => {
  const clock = new ManualClock(1_000);
  const spread = await pipeline('p', [], { clock }).execute((context) => ({ ...context }), { withinMs: 500 });

  assert.equal(remainingMs(spread), 500);
  assert.equal(remainingMs({}), Infinity);
  assert.equal(remainingMs({ deadline: undefined }), Infinity);
  for (const deadline of ['500', Number.NaN, Date.now() + 500, null]) {
    assert.throws(() => remainingMs(given({ deadline })), InvalidSettingsError);
  }
});

test('F14: a context of another copy of the package is taken as it is', async () => {
  const clock = new ManualClock(5_000);
  const left = new AbortController();
  class Copy {
    readonly operation = (): undefined => undefined;
    readonly attempt = 2;
    readonly executor = { name: 'theirs', host: { clock } };
    readonly extras = undefined;
    readonly limitedTo = 5_500;
    readonly lazySignal = { signal: left.signal };
    get signal(): AbortSignal {
      return left.signal;
    }
    get deadline(): number {
      return this.limitedTo;
    }
  }
  const mine = new ManualClock(1_000);

  const seen = await pipeline('p', [], { clock: mine }).execute(
    ({ signal, deadline, attempt }) => [signal === left.signal, deadline, attempt],
    new Copy(),
  );

  assert.deepEqual(seen, [true, 1_500, 1]);
});

test('F14: deadlines that are handed on are translated between clocks', async () => {
  const [one, other] = [new ManualClock(1_000), new ManualClock(9_000)];
  const outer = pipeline('outer', [timeout({ limitMs: 500 })], { clock: one });
  const inner = pipeline('inner', [], { clock: other });

  const seen = await outer.execute(async (context) => [
    await inner.execute(({ deadline }) => deadline, context),
    await inner.execute(({ deadline }) => deadline, { ...context }),
  ]);

  assert.deepEqual(seen, [9_500, 9_500]);
});

test('F14: guarded fetches and guarded routes refuse as well', async (t) => {
  const get = guardedFetch(pipeline('p', []), { fetch: () => assert.fail('started') });
  await assert.rejects(get('http://here/', {}, given({ timeoutMs: 5 })), InvalidSettingsError);
  await assert.rejects(get('http://here/', {}, given({ deadline: Date.now() + 500 })), InvalidSettingsError);
  const app = fastify();
  t.after(() => app.close());
  await app.register(recovery, { attributes: () => given('none') as Record<string, unknown> });
  app.get('/', { config: { recovery: pipeline('route', []) } }, () => assert.fail('started'));

  const { statusCode, body } = await app.inject('/');

  assert.equal(statusCode, 500);
  assert.match(body, /attributes must be/);
});

test('F14: the context of a request can be handed on, spread and asked what is left', async (t) => {
  const clock = new ManualClock(1_000);
  const app = fastify();
  t.after(() => app.close());
  await app.register(recovery, { limitMs: 500, clock });
  const query = pipeline('query', [], { clock });
  app.get('/', async (request) => [
    remainingMs(request.recovery),
    await query.execute(({ key, deadline }) => [key, deadline], request.recovery),
    await query.execute(({ key, deadline, attributes }) => [key, deadline, attributes], {
      ...request.recovery,
      key: 'mine',
    }),
  ]);

  assert.deepEqual((await app.inject('/')).json(), [500, ['GET /', 1_500], ['mine', 1_500, { requestId: 'req-1' }]]);
});

test('F14: remainingMs refuses what is no context, and knows all that a caller may say of time', () => {
  for (const none of [null, 5, 'soon', true, [], new Date(), new Map(), () => undefined, { timeoutMs: 5 }]) {
    assert.throws(() => remainingMs(none as never), { code: 'INVALID_SETTINGS', message: /the context must be/ });
  }
  for (const withinMs of [Number.NaN, '5', null]) {
    assert.throws(() => remainingMs({ withinMs } as never), { code: 'INVALID_SETTINGS', message: /withinMs must be/ });
  }
  for (const nothing of [undefined, {}, { deadline: undefined }, { key: 'k' }, new AbortController().signal]) {
    assert.equal(remainingMs(nothing as never), Infinity);
  }
  const leftMs = remainingMs({ withinMs: 500, deadline: systemClock.now() + 60_000 });
  assert.ok(leftMs > 400 && leftMs <= 500, String(leftMs));
  assert.equal(remainingMs({ withinMs: -1 }), 0);
});
