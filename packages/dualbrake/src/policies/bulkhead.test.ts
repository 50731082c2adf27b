import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  Bulkhead,
  bulkhead,
  CircuitBreaker,
  hedge,
  pipeline,
  retry,
  timeout,
  type Policy,
  type RecoveryEvent,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

/** Operations that are ended by hand. */
class Work {
  readonly running = new Map<number, ReturnType<typeof deferred<number>>>();
  readonly started: number[] = [];

  of(id: number): () => Promise<number> {
    return () => {
      const answer = deferred<number>();
      this.started.push(id);
      this.running.set(id, answer);
      return answer.promise.finally(() => this.running.delete(id));
    };
  }

  end(id: number): void {
    this.running.get(id)?.resolve(id);
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('B33: as many run as may, as many wait as may, and the next is refused at once, with the counts', async () => {
  const work = new Work();
  const slots = bulkhead({ name: 'slots', limit: 2, queue: 1 });
  const all = [1, 2, 3].map((id) => slots.execute(work.of(id)));

  await assert.rejects(slots.execute(work.of(4)), {
    code: 'BULKHEAD_FULL',
    bulkhead: 'slots',
    running: 2,
    waiting: 1,
    message: 'Bulkhead "slots" is full: 2 running, 1 queued.',
  });

  assert.deepEqual(work.started, [1, 2]);
  work.end(1);
  await settled();
  assert.deepEqual(work.started, [1, 2, 3]);
  work.end(2);
  work.end(3);
  assert.deepEqual(await Promise.all(all), [1, 2, 3]);
});

test('B33, P52: first in, first out, and who comes later does not overtake who waits', async () => {
  const work = new Work();
  const slots = bulkhead({ limit: 1, queue: 10 });
  const all = [1, 2, 3].map((id) => slots.execute(work.of(id)));
  work.end(1);
  all.push(slots.execute(work.of(4)));

  for (const id of [2, 3, 4]) {
    await settled();
    work.end(id);
  }

  assert.deepEqual(await Promise.all(all), [1, 2, 3, 4]);
  assert.deepEqual(work.started, [1, 2, 3, 4]);
});

test('B33, P51: a waiting call whose caller leaves goes at once, with his reason, and leaves nothing behind', async () => {
  const work = new Work();
  const slots = bulkhead({ limit: 1, queue: 2 });
  const caller = new AbortController();
  const first = slots.execute(work.of(1));
  const leaving = slots.execute(work.of(2), { signal: caller.signal });
  const third = slots.execute(work.of(3));
  await assert.rejects(slots.execute(work.of(4)), { code: 'BULKHEAD_FULL' });

  caller.abort(new Error('gone'));
  await assert.rejects(leaving, { message: 'gone' });

  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  const fourth = slots.execute(work.of(4));
  for (const id of [1, 3, 4]) {
    work.end(id);
    await settled();
  }
  assert.deepEqual(await Promise.all([first, third, fourth]), [1, 3, 4]);
  assert.deepEqual(work.started, [1, 3, 4]);
});

test('a call waits no longer than its deadline, and no longer than it may', async () => {
  const clock = new ManualClock();
  const work = new Work();
  const slots = new Bulkhead({ limit: 1, queue: 5, maxWaitMs: 1_000, clock });
  const first = slots.execute(work.of(1));
  const late = assert.rejects(slots.execute(work.of(2), { deadline: 400 }), { code: 'DEADLINE_EXCEEDED' });
  const patient = assert.rejects(slots.execute(work.of(3)), { code: 'BULKHEAD_FULL' });

  await clock.advance(400);
  await late;
  await clock.advance(600);
  await patient;

  work.end(1);
  assert.equal(await first, 1);
  assert.equal(clock.pending, 0);
  assert.deepEqual(work.started, [1]);
});

test('P48: a place is held until the operation has settled, also when a timeout has answered before', async () => {
  const clock = new ManualClock();
  const work = new Work();
  const slots = bulkhead({ limit: 1 });
  const limit = timeout({ limitMs: 100 });
  const read = pipeline('read', [limit, slots], { clock });
  const slow = assert.rejects(read.execute(work.of(1)), { code: 'CALL_TIMEOUT' });
  await clock.advance(100);
  await slow;

  await assert.rejects(read.execute(work.of(2)), { code: 'BULKHEAD_FULL' });
  assert.equal(limit.report()['abandoned'], 1);
  work.end(1);
  await settled();

  assert.equal(limit.report()['abandoned'], 0);
  assert.deepEqual(slots.report()['running'], 0);
});

test('P48: a timeout inside gives its place away when the work has ended, and not before', async () => {
  const clock = new ManualClock();
  const work = new Work();
  const slots = bulkhead({ name: 'slots', limit: 1, queue: 1, clock });
  const guarded = pipeline('guarded', [slots, timeout({ limitMs: 100 })], { clock });
  const first = assert.rejects(guarded.execute(work.of(1)), { code: 'CALL_TIMEOUT' });
  await clock.advance(100);
  await first;

  const second = guarded.execute(work.of(2));
  await assert.rejects(guarded.execute(work.of(3)), { code: 'BULKHEAD_FULL', running: 1, waiting: 1 });
  assert.deepEqual(work.started, [1]);

  work.end(1);
  await settled();
  assert.deepEqual(work.started, [1, 2]);
  work.end(2);
  assert.equal(await second, 2);
  assert.equal(slots.report()['running'], 0);
});

test('P48: attempts that go on after their limit keep a place each, in every bulkhead around', async () => {
  const clock = new ManualClock();
  const work = new Work();
  const outer = bulkhead({ name: 'outer', limit: 5, clock });
  const inner = bulkhead({ name: 'inner', limit: 5, clock });
  const again = retry({ strategy: 'immediate', maxAttempts: 3, idempotent: true });
  const guarded = pipeline('guarded', [outer, again, inner, timeout({ limitMs: 100 })], { clock });
  let id = 0;
  const call = assert.rejects(
    guarded.execute(() => work.of((id += 1))()),
    { code: 'CALL_TIMEOUT' },
  );
  await clock.advance(300);
  await call;

  assert.deepEqual([outer.report()['running'], inner.report()['running']], [3, 3]);
  for (const attempt of [1, 2, 3]) work.end(attempt);
  await settled();
  assert.deepEqual([outer.report()['running'], inner.report()['running']], [0, 0]);
});

test('P48: a hedge inside keeps its place until the losers have ended, too', async () => {
  const clock = new ManualClock();
  const work = new Work();
  const slots = bulkhead({ name: 'slots', limit: 1, clock });
  const beside = hedge({ delayMs: 10, maxHedges: 2, idempotent: true });
  const guarded = pipeline('guarded', [slots, beside], { clock });
  const call = guarded.execute(({ attempt }) => work.of(attempt)());
  await clock.advance(20);
  work.end(2);
  assert.equal(await call, 2);

  await settled();
  assert.equal(slots.report()['running'], 1);
  work.end(1);
  await settled();
  assert.equal(slots.report()['running'], 1);
  work.end(3);
  await settled();
  assert.equal(slots.report()['running'], 0);
});

test('P50: a full bulkhead does not open the breaker around it', async () => {
  const work = new Work();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const read = pipeline('read', [breaker, bulkhead({ limit: 1 })]);
  const first = read.execute(work.of(1));

  for (let call = 0; call < 5; call += 1) await assert.rejects(read.execute(work.of(2)), { code: 'BULKHEAD_FULL' });

  assert.equal(breaker.state, 'closed');
  work.end(1);
  await first;
});

test('nothing leaks when an operation, or a policy inside, throws at once', async () => {
  const rude: Policy = {
    name: 'rude',
    run: () => {
      throw new Error('no promise of mine');
    },
  };
  const slots = bulkhead({ limit: 1 });
  const read = pipeline('read', [slots, rude]);

  for (let call = 0; call < 3; call += 1)
    await assert.rejects(
      read.execute(() => 1),
      { message: 'no promise of mine' },
    );
  await assert.rejects(
    slots.execute(() => {
      throw new Error('at once');
    }),
    { message: 'at once' },
  );

  assert.equal(await slots.execute(() => 'fine'), 'fine');
});

test('a higher limit lets waiting calls start at once; a lower one lets running calls end', async () => {
  const work = new Work();
  const slots = bulkhead({ limit: 1, queue: 10 });
  const all = [1, 2, 3, 4].map((id) => slots.execute(work.of(id)));

  slots.settings.change({ limit: 3 });
  await settled();
  assert.deepEqual(work.started, [1, 2, 3]);
  slots.settings.change({ limit: 1 });
  work.end(1);
  work.end(2);
  await settled();
  assert.deepEqual(work.started, [1, 2, 3], 'one still runs, and one may');
  work.end(3);
  await settled();
  work.end(4);

  assert.deepEqual(await Promise.all(all), [1, 2, 3, 4]);
});

test('P53: each refusal is one event', async () => {
  const events: RecoveryEvent[] = [];
  const work = new Work();
  const slots = new Bulkhead({ limit: 1, onEvent: (event) => events.push(event) });
  const first = slots.execute(work.of(1));

  await assert.rejects(slots.execute(work.of(2)), { code: 'BULKHEAD_FULL' });

  assert.deepEqual(
    events.map(({ type, policy }) => [type, policy]),
    [['refused', 'bulkhead']],
  );
  work.end(1);
  await first;
});

test('B51: a limit must be given; all problems are told at once', () => {
  assert.throws(() => bulkhead({} as never), { code: 'INVALID_SETTINGS' });
  assert.throws(() => bulkhead({ limit: 0, queue: 1.5, maxWaitMs: Number.NaN }), {
    issues: [
      'limit must be a whole number from 1 to 1000000, got 0',
      'queue must be a whole number from 0 to 1000000, got 1.5',
      'maxWaitMs must be a number of at least 0, got NaN',
    ],
  });
});

type Step =
  | { readonly do: 'call'; readonly canLeave: boolean }
  | { readonly do: 'end' | 'leave'; readonly which: number }
  | { readonly do: 'limit'; readonly limit: number };

test('B33, P51, P52: whatever happens, places are conserved and the order is kept (against a plain list)', async () => {
  const schedule = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant<'call'>('call'), canLeave: fc.boolean() }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constantFrom<'end' | 'leave'>('end', 'leave'), which: fc.nat(10) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant<'limit'>('limit'), limit: fc.integer({ min: 1, max: 4 }) }) },
    ),
    { minLength: 5, maxLength: 80, size: 'max' },
  );
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 4 }), schedule, follow), {
    numRuns: 1_000,
  });
});

async function follow(limit: number, queue: number, schedule: readonly Step[]): Promise<void> {
  const work = new Work();
  const slots = bulkhead({ limit, queue });
  const callers = new Map<number, AbortController>();
  const refused: number[] = [];
  // The model: who runs, who waits, in order.
  let allowed = limit;
  let running: number[] = [];
  let waiting: number[] = [];
  const started: number[] = [];
  const modelRefused: number[] = [];
  const admit = (): void => {
    while (running.length < allowed && waiting.length > 0) {
      const [first, ...rest] = waiting;
      waiting = rest;
      if (first !== undefined) {
        running.push(first);
        started.push(first);
      }
    }
  };
  let id = 0;
  for (const step of schedule) {
    if (step.do === 'call') {
      id += 1;
      const called = id;
      const caller = new AbortController();
      if (step.canLeave) callers.set(called, caller);
      slots.execute(work.of(called), step.canLeave ? { signal: caller.signal } : undefined).catch((error: unknown) => {
        if ((error as { code?: string }).code === 'BULKHEAD_FULL') refused.push(called);
      });
      if (running.length < allowed && waiting.length === 0) {
        running.push(called);
        started.push(called);
      } else if (waiting.length < queue) waiting.push(called);
      else modelRefused.push(called);
    } else if (step.do === 'end') {
      const ended = running[step.which % Math.max(1, running.length)];
      if (ended !== undefined) {
        work.end(ended);
        running = running.filter((other) => other !== ended);
        admit();
      }
    } else if (step.do === 'leave') {
      const leaving = waiting[step.which % Math.max(1, waiting.length)];
      if (leaving !== undefined && callers.has(leaving)) {
        callers.get(leaving)?.abort();
        waiting = waiting.filter((other) => other !== leaving);
      }
    } else if (step.do === 'limit') {
      slots.settings.change({ limit: step.limit });
      allowed = step.limit;
      admit();
    }
    await settled();
    assert.deepEqual(work.started, started);
    assert.deepEqual(refused, modelRefused);
    const { running: runs, waiting: waits } = slots.report();
    assert.deepEqual([runs, waits], [running.length, waiting.length]);
  }
  while (running.length > 0) {
    for (const ended of running) work.end(ended);
    running = [];
    admit();
    await settled();
  }
  assert.deepEqual([slots.report()['running'], slots.report()['waiting']], [0, 0]);
}
