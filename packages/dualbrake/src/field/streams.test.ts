import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  attemptsOf,
  bulkhead,
  CircuitBreaker,
  fallback,
  hedge,
  InvalidSettingsError,
  keyedBreakers,
  measure,
  pipeline,
  rateLimit,
  retry,
  staleCache,
  timeout,
  type CallContext,
  type Policy,
} from '../index.ts';
import { faultInjection } from '../faults/index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const down = (message = 'refused'): Error => Object.assign(new Error(message), { code: 'ECONNREFUSED' });

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A source that is moved by hand, and knows what was done to it. */
class Source implements AsyncIterable<number> {
  pulls: ReturnType<typeof deferred<IteratorResult<number>>>[] = [];
  returned = 0;
  opened = 0;

  [Symbol.asyncIterator](): AsyncIterator<number> {
    this.opened += 1;
    return {
      next: () => {
        const pull = deferred<IteratorResult<number>>();
        this.pulls.push(pull);
        return pull.promise;
      },
      return: () => {
        this.returned += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  give(value: number): void {
    this.pulls.at(-1)?.resolve({ done: false, value });
  }

  fail(error: unknown): void {
    this.pulls.at(-1)?.reject(error);
  }

  end(): void {
    this.pulls.at(-1)?.resolve({ done: true, value: undefined });
  }
}

/** A turn of the event loop: all promises that can settle have settled. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function breakerOf(options: { readonly clock?: ManualClock; readonly failureThreshold?: number } = {}) {
  const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 60_000, ...options });
  const counts = () => {
    const { calls, successes, failures, neutral, running } = breaker.report(options.clock?.now() ?? 0);
    return { calls, successes, failures, neutral, running };
  };
  return { breaker, counts };
}

async function* twoThenFail(error: unknown): AsyncGenerator<number> {
  yield 1;
  yield 2;
  throw error;
}

test('F12: an error thrown while iterating counts as the failure that it is', async () => {
  const { breaker, counts } = breakerOf();
  const error = down();
  const got: number[] = [];

  const iterating = (async () => {
    for await (const item of breaker.executeStream(() => twoThenFail(error))) got.push(item);
  })();

  await assert.rejects(iterating, (thrown) => thrown === error);
  assert.deepEqual(got, [1, 2]);
  assert.deepEqual(counts(), { calls: 1, successes: 0, failures: 1, neutral: 0, running: 0 });
  assert.equal(breaker.state, 'open');
  await assert.rejects(breaker.executeStream(() => [1]).next(), { code: 'CIRCUIT_OPEN' });
});

test('F12: an iteration that ends is a success, counted at its end and not before', async () => {
  const { breaker, counts } = breakerOf();
  const stream = breaker.executeStream(async function* () {
    yield 'a';
    yield 'b';
  });

  assert.equal(counts().calls, 0, 'nothing happens before the first next()');
  assert.deepEqual(await stream.next(), { done: false, value: 'a' });
  assert.deepEqual(await stream.next(), { done: false, value: 'b' });
  assert.deepEqual(counts(), { calls: 1, successes: 0, failures: 0, neutral: 0, running: 1 });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.deepEqual(counts(), { calls: 1, successes: 1, failures: 0, neutral: 0, running: 0 });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('F12: every policy and pipeline has executeStream, and passes items and errors on as they are', async () => {
  const error = Object.assign(new Error('Not Found'), { status: 404 });
  const item = { an: 'object' };
  const guards = [
    pipeline('p', []),
    new CircuitBreaker(),
    retry(),
    timeout({ limitMs: 60_000 }),
    bulkhead({ limit: 1 }),
    rateLimit({ limit: 10, perMs: 1 }),
    fallback({ to: 'instead' }),
    hedge({ delayMs: 60_000, idempotent: true }),
    staleCache({ key: () => 'k' }),
    keyedBreakers(),
    measure(),
    faultInjection(),
  ];
  for (const guard of guards as readonly (Pick<CircuitBreaker, 'executeStream'> & { readonly name: string })[]) {
    assert.deepEqual(await collect(guard.executeStream(() => [1, 2, 3])), [1, 2, 3], guard.name);
    const [same] = await collect(guard.executeStream(async () => Promise.resolve([item])));
    assert.equal(same, item, guard.name);
    const failing = collect(
      guard.executeStream(async function* () {
        yield 1;
        throw error;
      }),
    );
    await assert.rejects(failing, (thrown) => thrown === error, guard.name);
  }
});

test('F12: retries happen only before the first item', async () => {
  const { counts } = breakerOf();
  const policy = retry({ strategy: 'immediate', maxAttempts: 3 });
  let calls = 0;
  const early = policy.executeStream(async function* ({ attempt }) {
    calls += 1;
    if (attempt < 3) throw down(`attempt ${attempt}`);
    yield `attempt ${attempt}`;
  });
  assert.deepEqual(await collect(early), ['attempt 3']);
  assert.equal(calls, 3);

  calls = 0;
  const error = down();
  const late = policy.executeStream(() => {
    calls += 1;
    return twoThenFail(error);
  });
  await assert.rejects(collect(late), (thrown) => thrown === error);
  assert.equal(calls, 1);
  assert.equal(attemptsOf(error)?.stoppedBy, 'already-begun');
  assert.equal(counts().calls, 0);
});

test('F12: an operation that fails to open its stream is tried again', async () => {
  let calls = 0;
  const stream = retry({ strategy: 'immediate' }).executeStream(async () => {
    calls += 1;
    if (calls === 1) throw down();
    return Readable.from(['x', 'y']);
  });
  assert.deepEqual(await collect(stream), ['x', 'y']);
});

test('F12: a timeout covers the whole iteration: a pending next() rejects and the source is ended', async () => {
  const clock = new ManualClock();
  const { breaker, counts } = breakerOf({ clock });
  const source = new Source();
  const signals: AbortSignal[] = [];
  const guard = pipeline('p', [breaker, timeout({ limitMs: 500 })], { clock });
  const stream = guard.executeStream(({ signal }) => {
    signals.push(signal);
    return source;
  });
  const first = stream.next();
  await clock.advance(200);
  source.give(1);
  assert.deepEqual(await first, { done: false, value: 1 });

  const pending = assert.rejects(stream.next(), { name: 'CallTimeoutError', limitMs: 500 });
  await clock.advance(299);
  assert.equal(source.returned, 0);
  await clock.advance(1);

  await pending;
  assert.equal(source.returned, 1);
  assert.equal(signals[0]?.aborted, true);
  assert.equal(counts().failures, 1);
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  source.fail(new Error('late'));
  await turn();
  assert.equal(clock.pending, 0);
});

test('F12: a limit that is reached while the consumer is busy is told when it asks, and no fault of the dependency', async () => {
  const clock = new ManualClock();
  const { breaker, counts } = breakerOf({ clock });
  const guard = pipeline('p', [breaker, timeout({ limitMs: 500 })], { clock });
  const stream = guard.executeStream(async function* () {
    yield 1;
    yield 2;
  });
  await stream.next();
  await clock.advance(500);

  await assert.rejects(stream.next(), { code: 'CALL_TIMEOUT', limitedBy: 'policy' });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.deepEqual(counts(), { calls: 1, successes: 0, failures: 0, neutral: 1, running: 0 });
});

test('F12: a place of a bulkhead is held to the end of the iteration', async () => {
  const slots = bulkhead({ limit: 1 });
  const stream = slots.executeStream(async function* () {
    yield 1;
    yield 2;
  });
  await stream.next();
  await assert.rejects(
    slots.execute(() => 'other'),
    { code: 'BULKHEAD_FULL' },
  );
  await collect(stream);
  assert.equal(await slots.execute(() => 'other'), 'other');

  const left = slots.executeStream(() => [1, 2]);
  await left.next();
  await left.return();
  assert.equal(await slots.execute(() => 'other'), 'other');
});

test('F12: who leaves early ends the source at once and says nothing about the dependency', async () => {
  const { breaker, counts } = breakerOf();
  let signal: AbortSignal | undefined;
  const steps: string[] = [];
  for await (const item of breaker.executeStream(async function* (context) {
    ({ signal } = context);
    try {
      yield 1;
      yield 2;
    } finally {
      steps.push(`ended, aborted: ${context.signal.aborted}`);
      await Promise.resolve();
      steps.push('cleaned up');
    }
  })) {
    steps.push(`item ${item}`);
    break;
  }

  assert.deepEqual(steps, ['item 1', 'ended, aborted: true', 'cleaned up']);
  assert.equal(signal?.aborted, true);
  assert.deepEqual(counts(), { calls: 1, successes: 0, failures: 0, neutral: 1, running: 0 });
});

test('F12: who leaves a half-open test gives its permit back', async () => {
  const clock = new ManualClock();
  const { breaker } = breakerOf({ clock });
  breaker.trip();
  await clock.advance(60_000);
  const probe = breaker.executeStream(() => [1, 2]);
  await probe.next();
  await assert.rejects(
    breaker.execute(() => 'second'),
    { code: 'CIRCUIT_OPEN' },
  );

  await probe.return();

  assert.equal(breaker.state, 'half-open');
  assert.equal(await breaker.execute(() => 'second'), 'second');
  assert.equal(breaker.state, 'closed');
});

test('F12: return() before the first next() starts nothing', async () => {
  const { breaker, counts } = breakerOf();
  const source = new Source();
  const stream = breaker.executeStream(() => source);

  assert.deepEqual(await stream.return(), { done: true, value: undefined });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });

  assert.equal(source.opened, 0);
  assert.equal(counts().calls, 0);
  const other = breaker.executeStream(() => source);
  await assert.rejects(other.throw(new Error('mine')), { message: 'mine' });
  await breaker.executeStream(() => source)[Symbol.asyncDispose]();
  assert.equal(counts().calls, 0);
});

test('F12: return() while next() waits ends a source that hangs', async () => {
  const { breaker, counts } = breakerOf();
  const source = new Source();
  const stream = breaker.executeStream(() => source);
  const waiting = stream.next();
  await turn();

  assert.deepEqual(await stream.return(), { done: true, value: undefined });

  assert.deepEqual(await waiting, { done: true, value: undefined });
  await turn();
  assert.equal(source.returned, 1);
  assert.equal(counts().neutral, 1);
});

test('F12: return() while the stream is being opened ends it when it is there', async () => {
  const opening = deferred<Source>();
  const source = new Source();
  const stream = retry().executeStream(() => opening.promise);
  const waiting = stream.next();

  await stream.return();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  opening.resolve(source);
  await turn();

  assert.deepEqual([source.pulls.length, source.returned], [0, 1]);
});

test('F12: what the clean-up throws reaches who leaves, and is not held against the dependency', async () => {
  const { breaker, counts } = breakerOf();
  const stream = breaker.executeStream(async function* () {
    try {
      yield 1;
    } finally {
      // oxlint-disable-next-line no-unsafe-finally -- this is what is tested
      throw down('clean-up');
    }
  });
  await stream.next();

  await assert.rejects(stream.return(), { message: 'clean-up' });
  assert.deepEqual(counts(), { calls: 1, successes: 0, failures: 0, neutral: 1, running: 0 });
});

test('F12: a Node stream that hangs is destroyed at the limit, and gives its place back', async () => {
  const clock = new ManualClock();
  const slots = bulkhead({ limit: 1 });
  const guard = pipeline('p', [slots, timeout({ limitMs: 500 })], { clock });
  const hanging = new Readable({ read: () => undefined });
  const waiting = assert.rejects(guard.executeStream(() => hanging).next(), { code: 'CALL_TIMEOUT' });

  await clock.advance(500);

  await waiting;
  await turn();
  assert.equal(hanging.destroyed, true);
  assert.equal(slots.report()['running'], 0);
});

test('F12: the source is asked only when the consumer asks', async () => {
  const source = new Source();
  const stream = pipeline('p', [retry(), timeout({ limitMs: 60_000 })]).executeStream(() => source);
  const first = stream.next();
  await turn();
  source.give(1);
  await first;
  await turn();
  assert.equal(source.pulls.length, 1);

  const [second, third] = [stream.next(), stream.next()];
  await turn();
  assert.equal(source.pulls.length, 2, 'one after the other');
  source.give(2);
  await second;
  await turn();
  source.end();
  assert.deepEqual(
    [await second, await third],
    [
      { done: false, value: 2 },
      { done: true, value: undefined },
    ],
  );
  assert.equal(source.returned, 0);
});

test('F12: the caller’s abort ends it, between items and while one is waited for', async () => {
  for (const isWaiting of [false, true]) {
    const { breaker, counts } = breakerOf();
    const left = new AbortController();
    const source = new Source();
    const stream = pipeline('p', [breaker, retry()]).executeStream(() => source, { signal: left.signal });
    const first = stream.next();
    await turn();
    source.give(1);
    await first;
    const waiting = isWaiting ? assert.rejects(stream.next(), { message: 'gone' }) : undefined;
    await turn();

    left.abort(new Error('gone'));

    await (waiting ?? assert.rejects(stream.next(), { message: 'gone' }));
    await turn();
    assert.equal(source.returned, 1);
    assert.deepEqual(counts(), { calls: 1, successes: 0, failures: 0, neutral: 1, running: 0 });
    assert.equal(getEventListeners(left.signal, 'abort').length, 0);
  }
});

test('F12: the caller’s deadline ends it without a timeout policy, and says nothing about the dependency', async () => {
  const clock = new ManualClock();
  const { breaker, counts } = breakerOf({ clock });
  const source = new Source();
  const stream = pipeline('p', [breaker], { clock }).executeStream(() => source, { deadline: 300 });
  const first = stream.next();
  await turn();
  source.give(1);
  await first;
  const waiting = assert.rejects(stream.next(), { code: 'CALL_TIMEOUT', limitMs: 300 });

  await clock.advance(300);

  await waiting;
  assert.equal(source.returned, 1);
  assert.deepEqual(counts(), { calls: 1, successes: 0, failures: 0, neutral: 1, running: 0 });
  assert.equal(clock.pending, 0);
  await assert.rejects(
    pipeline('p', [], { clock })
      .executeStream(() => source, { deadline: 300 })
      .next(),
    { code: 'DEADLINE_EXCEEDED' },
  );
});

test('F12: nothing stays on a long-lived signal, however a stream ends', async () => {
  const caller = new AbortController();
  const guard = pipeline('p', [new CircuitBreaker({ failureThreshold: 1_000 }), timeout({ limitMs: 60_000 })]);
  const options = { signal: caller.signal };
  await collect(guard.executeStream(() => [1], options));
  await assert.rejects(collect(guard.executeStream(() => twoThenFail(down()), options)), { code: 'ECONNREFUSED' });
  const left = guard.executeStream(() => [1, 2], options);
  await left.next();
  await left.return();

  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
});

test('F12: a fallback answers only before the first item: an iterable item by item, a value as one', async () => {
  const failing = (): Promise<never> => Promise.reject(down());
  const instead = (to: unknown) => collect(fallback({ to: () => to }).executeStream<unknown>(failing));
  assert.deepEqual(await instead([1, 2]), [1, 2]);
  assert.deepEqual(await instead(Readable.from(['x'])), ['x']);
  assert.deepEqual(await instead('text'), ['text']);
  assert.deepEqual(await instead(new Uint8Array([1, 2])), [new Uint8Array([1, 2])]);
  assert.deepEqual(await instead({ an: 'object' }), [{ an: 'object' }]);

  const error = down();
  let asked = 0;
  const late = fallback({ to: () => (asked += 1) }).executeStream(() => twoThenFail(error));
  await assert.rejects(collect(late), (thrown) => thrown === error);
  assert.equal(asked, 0);
});

test('F12: the caller’s signal holds for what a fallback yields', async () => {
  const left = new AbortController();
  const source = new Source();
  const stream = fallback({ to: () => source }).executeStream<number>(() => Promise.reject(down()), left.signal);
  const first = stream.next();
  await turn();
  source.give(1);
  assert.deepEqual(await first, { done: false, value: 1 });
  const waiting = assert.rejects(stream.next(), { message: 'gone' });
  await turn();

  left.abort(new Error('gone'));

  await waiting;
  await turn();
  assert.equal(source.returned, 1);
});

test('F12: hedges happen only before the first item; the first to have one goes on, the others are ended', async () => {
  const clock = new ManualClock();
  const slots = bulkhead({ limit: 2 });
  const policy = hedge({ delayMs: 100, idempotent: true, maxHedges: 2 });
  const sources: Source[] = [];
  const signals: AbortSignal[] = [];
  const guard = pipeline('p', [slots, policy], { clock });
  const stream = guard.executeStream(({ signal }) => {
    const source = new Source();
    sources.push(source);
    signals.push(signal);
    return source;
  });
  const first = stream.next();
  await clock.advance(150);
  assert.equal(sources.length, 2);

  sources[1]?.give(2);
  assert.deepEqual(await first, { done: false, value: 2 });
  await clock.advance(1_000);

  assert.equal(sources.length, 2, 'no further attempt');
  assert.deepEqual([sources[0]?.returned, sources[1]?.returned], [1, 0]);
  assert.deepEqual([signals[0]?.aborted, signals[1]?.aborted], [true, false]);
  const second = stream.next();
  await turn();
  sources[0]?.give(100);
  await turn();
  sources[1]?.fail(down('late'));
  await assert.rejects(second, { message: 'late' });
  assert.deepEqual(policy.report(), { calls: 1, hedges: 1, wonByHedge: 1, denied: 0 });
  assert.equal(slots.report()['running'], 0);
});

test('F12: a policy of one’s own that repeats after the first item gets the same error, not the items again', async () => {
  const twice: Policy = {
    name: 'twice',
    run: (call, next) => next(call).catch(() => next(call)),
  };
  let calls = 0;
  const error = down();
  const stream = pipeline('p', [twice]).executeStream(() => {
    calls += 1;
    return twoThenFail(error);
  });
  await assert.rejects(collect(stream), (thrown) => thrown === error);
  assert.equal(calls, 1);
});

test('F12: a policy of one’s own that answers before the end ends the source', async () => {
  const impatient: Policy<string> = {
    name: 'impatient',
    run: (call, next) => {
      void next(call).catch(() => undefined);
      return turn()
        .then(turn)
        .then(() => 'instead');
    },
  };
  const never = new Source();
  assert.deepEqual(await collect(pipeline('p', [impatient]).executeStream(() => never)), ['instead']);
  assert.equal(never.returned, 0);
  never.give(1);
  await turn();
  assert.equal(never.returned, 1);
});

test('F12: judges are not asked about the end of a stream', async () => {
  const failure = { class: 'transient', retryable: true, countsAgainstBreaker: true } as const;
  const judge = () =>
    ({ ...failure, reachedServer: 'yes', applied: 'maybe', kind: 'x', scope: 'dependency', rule: 'x' }) as const;
  let calls = 0;
  const breaker = new CircuitBreaker({ failureThreshold: 1, judge });
  const guard = pipeline('p', [retry({ strategy: 'immediate', judge }), breaker]);
  assert.deepEqual(await collect(guard.executeStream(() => [(calls += 1)])), [1]);
  assert.equal(breaker.state, 'closed');
});

test('F12, F14: options are checked when the stream begins, and an abort before it starts nothing', async () => {
  const source = new Source();
  const guard = pipeline('reports', [new CircuitBreaker()]);
  await assert.rejects(guard.executeStream(() => source, { deadline: Number.NaN }).next(), {
    code: 'INVALID_SETTINGS',
    message: /^call of "reports": deadline must be/,
  });
  const left = new AbortController();
  const stream = guard.executeStream(() => source, left.signal);
  left.abort(new Error('gone'));
  await assert.rejects(stream.next(), { message: 'gone' });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.equal(source.opened, 0);
});

test('F12: a stream inside a stream ends with the outer one, whose context is handed on', async () => {
  const inner = new CircuitBreaker();
  const source = new Source();
  const outer = timeout({ limitMs: 60_000 }).executeStream(async function* (context) {
    yield* inner.executeStream(() => source, context);
  });
  const first = outer.next();
  await turn();
  source.give(1);
  assert.deepEqual(await first, { done: false, value: 1 });

  await outer.return();
  assert.equal(source.returned, 1);
  assert.equal(inner.report(0)['neutral'], 1);
});

test('F12: what the operation answers must be iterable, else it says so', async () => {
  const { breaker, counts } = breakerOf();
  for (const [answer, shown] of [
    ['text', 'a value of type string'],
    [undefined, 'a value of type undefined'],
    [null, 'null'],
    [new Response('x'), 'an object of Response'],
    [Object.create(null), 'an object'],
  ] as const) {
    await assert.rejects(
      breaker.executeStream((() => answer) as never).next(),
      (error: Error) => error instanceof InvalidSettingsError && error.message.includes(`got ${shown};`),
    );
  }
  assert.equal(counts().failures, 0);
});

test('F12: a source is iterated as for await does it: promises in arrays, strange iterators', async () => {
  const guard = new CircuitBreaker();
  assert.deepEqual(await collect(guard.executeStream(() => [Promise.resolve(1), 2])), [1, 2]);
  await assert.rejects(collect(guard.executeStream(() => [Promise.reject(new Error('item'))])), { message: 'item' });
  const strange = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve('no object') }) };
  await assert.rejects(collect(guard.executeStream(() => strange as never)), TypeError);
  const throwing = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        throw new Error('at once');
      },
    }),
  };
  await assert.rejects(collect(guard.executeStream(() => throwing as never)), { message: 'at once' });
  const body = new Blob(['text']).stream();
  assert.equal(Buffer.concat(await collect(guard.executeStream(() => body))).toString(), 'text');
});

test('F12: the source runs in the async context of the first next(), also when somebody else ends it', async () => {
  const user = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const left = new AbortController();
  const stream = user.run('ana', () =>
    bulkhead({ limit: 1 }).executeStream(async function* () {
      try {
        seen.push(user.getStore());
        yield 1;
        seen.push(user.getStore());
        yield 2;
      } finally {
        seen.push(user.getStore());
      }
    }, left.signal),
  );
  await user.run('ana', () => stream.next());
  await user.run('bo', () => stream.next());
  user.run('cy', () => left.abort());
  await turn();

  assert.deepEqual(seen, ['ana', 'ana', 'ana']);
});

test('F12: execute of a generator function is refused with a sentence that names it, before any of it has run', async () => {
  const { breaker, counts } = breakerOf();
  let ran = false;
  async function* lines(): AsyncGenerator<number> {
    ran = true;
    yield 1;
  }
  function* numbers(): Generator<number> {
    ran = true;
    yield 1;
  }
  const policy = retry({ strategy: 'immediate' });
  const guard = pipeline('reports', [fallback({ to: 'instead' }), policy, breaker]);
  for (const operation of [lines, numbers] as readonly (() => unknown)[]) {
    const message = new RegExp(
      `^call of "reports": the operation "${operation.name}" returned a generator.*executeStream\\(\\)`,
    );
    await assert.rejects(guard.execute(operation), { code: 'INVALID_SETTINGS', message });
    const { ok, error } = await guard.executeOutcome(operation);
    assert.deepEqual([ok, (error as Error).name], [false, 'InvalidSettingsError']);
    await assert.rejects(guard.wrap(operation)({}), { code: 'INVALID_SETTINGS' });
    await assert.rejects(
      breaker.execute(() => operation()),
      { code: 'INVALID_SETTINGS', message: /^call of "circuit-breaker": the operation returned a generator/ },
    );
  }
  // A guarded stream in the place of an answer is the same mistake.
  await assert.rejects(
    breaker.execute(() => guard.executeStream(lines)),
    { code: 'INVALID_SETTINGS' },
  );

  assert.equal(ran, false);
  assert.equal(breaker.state, 'closed');
  assert.equal(counts().failures, 0);
  assert.equal(policy.report()['retries'], 0);
});

test('F12: a classifier of the user’s that counts everything does not count that mistake', async () => {
  const found = { class: 'transient', retryable: true, countsAgainstBreaker: true, reachedServer: 'maybe' } as const;
  const classify = () => ({ ...found, applied: 'maybe', kind: 'x', scope: 'dependency', rule: 'x' }) as const;
  const breaker = new CircuitBreaker({ failureThreshold: 1, classify });
  let calls = 0;
  const guard = pipeline('p', [fallback({ to: 1, classify }), retry({ strategy: 'immediate', classify }), breaker]);
  const mistake = guard.execute(() => {
    calls += 1;
    return twoThenFail(down());
  });
  await assert.rejects(mistake, { code: 'INVALID_SETTINGS' });
  assert.deepEqual([calls, breaker.state], [1, 'closed']);
});

test('F12: an ordinary iterable may still be answered by execute', async () => {
  const breaker = new CircuitBreaker();
  const answers = [[1], new Map(), Readable.from([1]), new Blob(['x']).stream(), new Response('x'), new Source()];
  for (const answer of answers) assert.equal(await breaker.execute(() => answer), answer);
});

test('F12: slow calls and durations are those of the whole iteration', async () => {
  const clock = new ManualClock();
  const times = measure({ clock });
  const breaker = new CircuitBreaker({ window: 'count', minimumCalls: 1, windowCalls: 1, slowCallMs: 100, clock });
  const stream = pipeline('p', [times, breaker], { clock }).executeStream(() => [1, 2]);
  await stream.next();
  await clock.advance(100);
  assert.equal(times.successes.count, 0);
  await collect(stream);

  assert.equal(times.successes.count, 1);
  assert.ok((times.successes.snapshot().max ?? 0) >= 100);
  assert.equal(breaker.report(clock.now())['slow'], 1);
});

test('F12: types: what is iterated is what the operation yields, or the items of the fallback', async () => {
  const one: AsyncGenerator<number, void, undefined> = new CircuitBreaker().executeStream(() => [1]);
  const guard = pipeline('p', [fallback({ to: () => ['text'] })]);
  const two: AsyncGenerator<number | string, void, undefined> = guard.executeStream(async function* ({
    attempt,
  }: CallContext) {
    yield attempt;
  });
  assert.deepEqual([await collect(one), await collect(two)], [[1], [1]]);
});

test('F12: a web stream that hangs is ended by whoever leaves, at once, and gives its place and its permit back', async () => {
  const ends: Readonly<
    Record<string, (stream: AsyncGenerator<number>, left: AbortController, clock: ManualClock) => unknown>
  > = {
    'return()': (stream) => stream.return(undefined),
    'throw()': (stream) => stream.throw(down()).catch(() => undefined),
    'an abort': (_stream, left) => left.abort(down('left')),
    'the deadline': (_stream, _left, clock) => clock.advance(1_000),
  };
  for (const [what, end] of Object.entries(ends)) {
    const clock = new ManualClock();
    const left = new AbortController();
    const slots = bulkhead({ limit: 1 });
    const breaker = new CircuitBreaker();
    let cancelled = 0;
    const source = new ReadableStream<number>({
      start: (controller) => controller.enqueue(1),
      cancel: () => void (cancelled += 1),
    });
    const stream = pipeline('p', [breaker, slots], { clock }).executeStream(() => source, {
      signal: left.signal,
      withinMs: 1_000,
    });
    assert.deepEqual(await stream.next(), { done: false, value: 1 });
    const second = stream.next().catch(() => undefined);
    await clock.advance(0);

    await end(stream, left, clock);
    await second;
    await clock.advance(0);

    assert.deepEqual([what, slots.report()['running'], breaker.report(0)['running']], [what, 0, 0]);
    assert.deepEqual([what, cancelled, source.locked], [what, 1, false]);
  }
});

test('F12: a web stream needs no iterator of its own', async () => {
  const source = Object.defineProperty(new Blob(['text']).stream(), Symbol.asyncIterator, { value: undefined });

  assert.equal(new TextDecoder().decode((await collect(retry().executeStream(() => source)))[0]), 'text');
  assert.equal(source.locked, false);
});

test('F12: a synchronous iterator that answers no results is refused, and does not go on for ever', async () => {
  const strange = { [Symbol.iterator]: () => ({ next: () => 5 }) } as unknown as Iterable<number>;

  await assert.rejects(
    retry({ maxAttempts: 1 })
      .executeStream(() => strange)
      .next(),
    { name: 'TypeError', message: /must return objects with done and value, got 5/ },
  );
});

test('F12: what an item rejects with is worth more than what the clean-up throws', async () => {
  const strange: Iterable<Promise<number>> = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: Promise.reject(down('of the item')) }),
      return: () => {
        throw down('of the clean-up');
      },
    }),
  };

  await assert.rejects(collect(new CircuitBreaker().executeStream(() => strange)), { message: 'of the item' });
});
