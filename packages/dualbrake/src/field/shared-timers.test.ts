import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { hostOf } from '../host.ts';
import { bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, Registry, retry, timeout, type Clock } from '../index.ts';

interface Timer {
  readonly dueAt: number;
  readonly request: string;
  readonly callback: () => void;
}

/**
 * Cloudflare's rules, by hand: a timer belongs to the request that set it and never fires when that request is over, and
 * what one request does cannot make another one go on. `turnOf` is the request in whose turn the code runs.
 */
class Isolate implements Clock {
  turnOf = 'nobody';
  readonly #request = new AsyncLocalStorage<string>();
  #timers: Timer[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueAt: this.#now + Math.max(0, delayMs), request: this.#request.getStore() ?? 'nobody', callback };
    this.#timers.push(timer);
    return () => {
      assert.equal(this.turnOf, timer.request, `a timer of ${timer.request} is cleared in the turn of ${this.turnOf}`);
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** A request comes in. */
  async request<T>(name: string, handle: () => Promise<T>): Promise<Answer<T>> {
    const answer: Answer<T> = { state: 'waiting', at: undefined, value: undefined, turnOf: undefined };
    const set = (state: 'answered' | 'failed', value: unknown): void => {
      Object.assign(answer, { state, value, at: this.#now, turnOf: this.turnOf });
    };
    this.turnOf = name;
    this.#request.run(name, () => {
      handle().then(
        (value) => set('answered', value),
        (error: unknown) => set('failed', (error as { code: string }).code),
      );
    });
    await turn();
    this.turnOf = 'nobody';
    return answer;
  }

  /** The client has gone: nothing of this request happens any more. */
  end(name: string): void {
    this.#timers = this.#timers.filter(({ request }) => request !== name);
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const [due] = this.#timers.filter(({ dueAt }) => dueAt <= until).toSorted((a, b) => a.dueAt - b.dueAt);
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = due.dueAt;
      this.turnOf = due.request;
      this.#request.run(due.request, due.callback);
      await turn();
      this.turnOf = 'nobody';
    }
    this.#now = until;
  }

  /** An operation that takes its time, by a timer of its own request. */
  takes<T>(ms: number, value: T): Promise<T> {
    return new Promise((resolve) => this.after(ms, () => resolve(value)));
  }

  get pending(): number {
    return this.#timers.length;
  }
}

interface Answer<T> {
  readonly state: 'waiting' | 'answered' | 'failed';
  readonly at: number | undefined;
  readonly value: T | string | undefined;
  readonly turnOf: string | undefined;
}

const never = (): Promise<never> => new Promise(() => {});

test('F4: a time limit of one request does not need the timer of another one', async () => {
  const isolate = new Isolate();
  const limit = timeout({ limitMs: 150, clock: isolate, sharedTimers: false });
  const a = await isolate.request('A', () => limit.execute(never));
  const b = await isolate.request('B', () => limit.execute(never));
  await isolate.advance(60);
  const c = await isolate.request('C', () => limit.execute(() => isolate.takes(3_000, 'late')));

  isolate.end('B');
  await isolate.advance(90);
  isolate.end('A');
  await isolate.advance(60);

  assert.deepEqual([a.state, a.at, a.value], ['failed', 150, 'CALL_TIMEOUT']);
  assert.equal(b.state, 'waiting');
  assert.deepEqual([c.state, c.at, c.value, c.turnOf], ['failed', 210, 'CALL_TIMEOUT', 'C']);
});

test('F4: queued calls of a bulkhead have their turns one after the other, each in its own request', async () => {
  const isolate = new Isolate();
  const slots = bulkhead({ limit: 2, queue: 9, clock: isolate, sharedTimers: false });
  const names = ['A', 'B', 'C', 'D', 'E', 'F'];
  const started: string[] = [];
  let running = 0;
  const answers = [];
  for (const name of names) {
    const handle = (): Promise<string> =>
      slots.execute(async () => {
        assert.equal(isolate.turnOf, name);
        started.push(name);
        running += 1;
        assert.ok(running <= 2);
        await isolate.takes(100, undefined);
        running -= 1;
        return name;
      });
    answers.push(await isolate.request(name, handle));
  }

  await isolate.advance(400);

  assert.deepEqual(started, names);
  assert.deepEqual(
    answers.map(({ value, turnOf }) => [value, turnOf]),
    names.map((name) => [name, name]),
  );
  const { running: places, waiting } = slots.report();
  assert.deepEqual([places, waiting, isolate.pending], [0, 0, 0]);
});

test('F4: queued calls of a rate limit have their turns at the rate, each in its own request', async () => {
  const isolate = new Isolate();
  const pace = rateLimit({ limit: 1, perMs: 100, burst: 1, queue: 9, clock: isolate, sharedTimers: false });
  const names = ['A', 'B', 'C', 'D'];
  const answers = [];
  for (const name of names) {
    answers.push(await isolate.request(name, () => pace.execute(() => `${name} in the turn of ${isolate.turnOf}`)));
  }

  await isolate.advance(1_000);

  assert.deepEqual(
    answers.map(({ value, at }) => [value, at]),
    names.map((name, place) => [`${name} in the turn of ${name}`, place * 100]),
  );
  assert.equal(isolate.pending, 0);
});

for (const [name, guardOf, takesMs] of [
  ['a bulkhead', (clock: Clock) => bulkhead({ limit: 1, queue: 9, clock, sharedTimers: false }), 100],
  [
    'a rate limit',
    (clock: Clock) => rateLimit({ limit: 1, perMs: 100, burst: 1, queue: 9, clock, sharedTimers: false }),
    1,
  ],
] as const) {
  test(`F4: who waits for ${name} and is gone with his request holds up nobody`, async () => {
    const isolate = new Isolate();
    const guard = guardOf(isolate);
    const answers = new Map<string, Answer<string>>();
    for (const one of ['A', 'B', 'C', 'D']) {
      answers.set(one, await isolate.request(one, () => guard.execute(() => isolate.takes(takesMs, one))));
    }

    isolate.end('B');
    await isolate.advance(3_000);

    assert.deepEqual(
      [...answers.values()].map(({ state }) => state),
      ['answered', 'waiting', 'answered', 'answered'],
    );
    const [c, d] = [answers.get('C')?.at ?? 0, answers.get('D')?.at ?? 0];
    assert.ok(c < d);
    const e = await isolate.request('E', () => guard.execute(() => isolate.takes(takesMs, 'E')));
    await isolate.advance(takesMs);
    assert.equal(e.value, 'E');
    assert.deepEqual([guard.report(isolate.now())['waiting'], isolate.pending], [0, 0]);
  });

  test(`F4: nobody who waits for ${name} keeps a place in a full queue when he is gone`, async () => {
    const isolate = new Isolate();
    const guard = guardOf(isolate);
    guard.settings.change({ queue: 2 });
    for (const one of ['A', 'B', 'C']) await isolate.request(one, () => guard.execute(() => isolate.takes(5_000, one)));
    isolate.end('B');
    isolate.end('C');
    await isolate.advance(50);
    const full = await isolate.request('D', () => guard.execute(() => 'D'));
    assert.equal(full.state, 'failed');

    await isolate.advance(6_000);
    const later = await isolate.request('E', () => guard.execute(() => 'E'));

    assert.equal(later.value, 'E');
  });

  test(`F4: who waits for ${name} may leave, be late or be refused by the breaker around`, async () => {
    const isolate = new Isolate();
    const breaker = new CircuitBreaker({ name: 'around' });
    const guard = pipeline('p', [breaker, guardOf(isolate)], { clock: isolate });
    const caller = new AbortController();
    const a = await isolate.request('A', () => guard.execute(() => isolate.takes(takesMs, 'A')));
    const leaves = await isolate.request('B', () => guard.execute(() => 'B', { signal: caller.signal }));
    const refused = await isolate.request('C', () => guard.execute(() => 'C'));

    await isolate.request('B', async () => caller.abort(Object.assign(new Error('left'), { code: 'LEFT' })));
    await isolate.request('an operator', async () => breaker.trip());
    await isolate.advance(1_000);

    assert.deepEqual([a.value, leaves.value, refused.value], ['A', 'LEFT', 'CIRCUIT_OPEN']);
    assert.equal(refused.turnOf, 'C');
    assert.equal(isolate.pending, 0);
  });
}

test('F4: the place of a call that is gone with its request is free after a second', async () => {
  const isolate = new Isolate();
  const slots = bulkhead({ limit: 2, queue: 1, clock: isolate, sharedTimers: false });
  const lives = await isolate.request('A', () => slots.execute(() => isolate.takes(60_000, 'A')));
  await isolate.request('B', () => slots.execute(never));
  await isolate.request('C', () => slots.execute(() => 'C'));
  isolate.end('B');
  isolate.end('C');

  await isolate.advance(2_000);
  const d = await isolate.request('D', () => slots.execute(() => 'D'));

  assert.equal(d.value, 'D');
  assert.deepEqual([lives.state, slots.report()['running']], ['waiting', 1]);
  const e = await isolate.request('E', () => slots.execute(() => isolate.takes(60_000, 'E')));
  const f = await isolate.request('F', () => slots.execute(() => 'F'));
  await isolate.advance(10_000);
  assert.deepEqual([e.state, f.state], ['waiting', 'waiting']);
});

for (const [name, inner] of [
  ['a time limit', () => timeout({ limitMs: 100 })],
  ['a race', () => hedge({ delayMs: 10, idempotent: true })],
] as const) {
  test(`F4: work that ${name} has given up keeps its place while it runs, and not when its request is over`, async () => {
    const isolate = new Isolate();
    const slots = bulkhead({ limit: 1 });
    const guard = pipeline('p', [slots, inner()], { clock: isolate, sharedTimers: false });
    const a = await isolate.request('A', () =>
      guard.execute(({ attempt }) => (attempt === 1 ? isolate.takes(5_000, 'late') : 'second')),
    );
    await isolate.advance(4_000);
    assert.notEqual(a.state, 'waiting');
    const b = await isolate.request('B', () => guard.execute(() => 'B'));
    assert.equal(b.value, 'BULKHEAD_FULL');
    await isolate.advance(1_000);
    assert.equal(slots.report()['running'], 0);

    await isolate.request('C', () => guard.execute(({ attempt }) => (attempt === 1 ? never() : 'second')));
    await isolate.advance(500);
    isolate.end('C');
    await isolate.advance(2_000);

    const d = await isolate.request('D', () => guard.execute(() => 'D'));
    assert.deepEqual([d.value, slots.report()['running']], ['D', 0]);
  });
}

test('F4: who was taken for gone and comes back has his old place in the line', async () => {
  const isolate = new Isolate();
  const slots = bulkhead({ limit: 1, queue: 9, clock: isolate, sharedTimers: false });
  const started: string[] = [];
  const one = (name: string): Promise<Answer<void>> =>
    isolate.request(name, () =>
      slots.execute(async () => {
        started.push(name);
        await isolate.takes(2_000, undefined);
      }),
    );
  await one('A');
  // Its event loop stands still, so to say: the next time that it looks is when others have long forgotten it.
  const after = isolate.after.bind(isolate);
  isolate.after = (delayMs, callback) => after(delayMs === 5 ? 1_500 : delayMs, callback);
  await one('B');
  isolate.after = after;
  await one('C');
  await isolate.advance(1_200);
  await one('D');

  await isolate.advance(9_000);

  assert.deepEqual(started, ['A', 'B', 'C', 'D']);
});

test('F4: retries and hedges wait by timers of their own request', async () => {
  const isolate = new Isolate();
  const guard = pipeline('p', [retry({ baseMs: 100, jitter: 'none' }), hedge({ delayMs: 10, idempotent: true })], {
    clock: isolate,
    sharedTimers: false,
  });
  const answers = [];
  for (const name of ['A', 'B', 'C']) {
    answers.push(
      await isolate.request(name, () =>
        guard.execute(async ({ attempt }) => {
          assert.equal(isolate.turnOf, name);
          if (attempt < 3) throw new Error('not yet');
          return name;
        }),
      ),
    );
  }
  isolate.end('A');

  await isolate.advance(1_000);

  assert.deepEqual(
    answers.map(({ value }) => value),
    [undefined, 'B', 'C'],
  );
});

test('F4: it is said for a policy, a pipeline or a registry, and the no of one is enough', async () => {
  const hosts = [
    (clock: Clock) => pipeline('p', [bulkhead({ limit: 1, queue: 1 })], { clock, sharedTimers: false }),
    (clock: Clock) => pipeline('p', [bulkhead({ limit: 1, queue: 1, sharedTimers: false })], { clock }),
    (clock: Clock) =>
      pipeline('p', [bulkhead({ limit: 1, queue: 1, sharedTimers: false })], { clock, sharedTimers: true }),
    (clock: Clock) => new Registry({ clock, sharedTimers: false }).pipeline('p', [bulkhead({ limit: 1, queue: 1 })]),
  ];
  for (const guardOf of hosts) {
    const isolate = new Isolate();
    const guard = guardOf(isolate);
    await isolate.request('A', () => guard.execute(() => isolate.takes(10, 'A')));
    const b = await isolate.request('B', () => guard.execute(() => isolate.turnOf));

    await isolate.advance(50);

    assert.deepEqual([b.value, b.turnOf], ['B', 'B']);
  }
  assert.throws(() => timeout({ limitMs: 1, sharedTimers: 'no' as unknown as boolean }), { code: 'INVALID_SETTINGS' });
});

test('F4: on Cloudflare Workers timers are not shared, without a word', async (context) => {
  assert.equal(hostOf({}).sharedTimers, true);
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  context.after(() => Object.defineProperty(globalThis, 'navigator', before ?? { value: undefined }));
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Cloudflare-Workers' }, configurable: true });

  // The same module once more, as it is loaded there.
  const address: string = '../host.ts?there';
  const there = (await import(address)) as { readonly hostOf: typeof hostOf };

  assert.equal(there.hostOf({}).sharedTimers, false);
  assert.equal(there.hostOf({ onEvent: () => {} }).sharedTimers, false);
  assert.equal(there.hostOf({ sharedTimers: true }).sharedTimers, true);
});
