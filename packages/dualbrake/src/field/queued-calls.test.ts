import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bulkhead,
  CircuitBreaker,
  fallback,
  keyedBreakers,
  pipeline,
  rateLimit,
  retry,
  timeout,
  type Pipeline,
  type RecoveryEvent,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

/** Something that calls wait for, inside a breaker. */
interface Queue {
  readonly name: string;
  /** What stands inside the breaker; the first call goes at once, the others wait for as long as it runs. */
  layers(clock: ManualClock): Parameters<typeof pipeline>[1];
}

const queues: readonly Queue[] = [
  { name: 'a bulkhead', layers: () => [bulkhead({ limit: 1, queue: 9 })] },
  { name: 'a rate limit', layers: () => [rateLimit({ limit: 1, perMs: 100, queue: 9 })] },
  {
    name: 'a bulkhead inside of a time limit',
    layers: () => [timeout({ limitMs: 9_000 }), bulkhead({ limit: 1, queue: 9 })],
  },
  {
    name: 'a pipeline with a bulkhead',
    layers: (clock) => [pipeline('inner', [bulkhead({ limit: 1, queue: 9 })], { clock })],
  },
];

/** Four calls: the first is sent and fails, and the others wait meanwhile. */
async function failWhileOthersWait(guard: Pick<Pipeline<unknown>, 'execute'>, clock: ManualClock): Promise<unknown[]> {
  const first = deferred<never>();
  const sent: number[] = [];
  const all = [1, 2, 3, 4].map((id) =>
    guard.execute(() => {
      sent.push(id);
      return id === 1 ? first.promise : id;
    }),
  );
  const outcomes = Promise.allSettled(all);
  await clock.advance(1);
  first.reject(new Error('down'));
  await clock.advance(1_000);
  return [sent, (await outcomes).map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code))];
}

for (const queue of queues) {
  test(`F18: who waits in ${queue.name} is not called when the circuit has opened meanwhile`, async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1 });
    const guard = pipeline('p', [breaker, ...queue.layers(clock)], { clock });

    const [sent, outcomes] = await failWhileOthersWait(guard, clock);

    assert.deepEqual(sent, [1]);
    assert.deepEqual(outcomes, [undefined, 'CIRCUIT_OPEN', 'CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
    assert.equal(clock.pending, 0);
    const { failures, refused, running } = breaker.report(clock.now());
    assert.deepEqual({ failures, refused, running }, { failures: 1, refused: 3, running: 0 });
  });

  test(`F18: who waits in ${queue.name} is called while an order holds the circuit closed`, async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1 });
    const guard = pipeline('p', [breaker, ...queue.layers(clock)], { clock });
    breaker.holdClosed();

    const [sent, outcomes] = await failWhileOthersWait(guard, clock);

    assert.deepEqual(sent, [1, 2, 3, 4]);
    assert.deepEqual(outcomes, [undefined, 2, 3, 4]);
  });

  test(`F18: who waits in ${queue.name} is refused when it is isolated meanwhile`, async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker();
    const guard = pipeline('p', [breaker, ...queue.layers(clock)], { clock });
    const first = deferred<string>();
    const running = guard.execute(() => first.promise);
    const waiting = guard.execute(() => assert.fail('isolated'));
    const refused = assert.rejects(waiting, { code: 'CIRCUIT_OPEN', isolated: true });

    breaker.isolate('maintenance');
    first.resolve('first');

    assert.equal(await running, 'first');
    await clock.advance(1_000);
    await refused;
  });
}

for (const queue of queues.slice(0, 2)) {
  for (const [how, nest] of [
    ['the other', (inner, outer) => (work) => outer.execute(() => inner.execute(work))],
    ['the context of the other', (inner, outer) => (work) => outer.execute((context) => inner.execute(work, context))],
    [
      'an async function in the other',
      (inner, outer) => (work) =>
        outer.execute(async () => {
          const answer = await inner.execute(work);
          await Promise.resolve();
          return answer;
        }),
    ],
  ] satisfies [string, (inner: Pipeline, outer: CircuitBreaker) => Pipeline['execute']][]) {
    test(`F18: who waits in ${queue.name} of another pipeline, called in ${how}, is asked again as well`, async () => {
      const clock = new ManualClock();
      const breaker = new CircuitBreaker({ failureThreshold: 1, clock });
      const inner = pipeline('inner', queue.layers(clock), { clock }) as Pipeline;

      const [sent, outcomes] = await failWhileOthersWait({ execute: nest(inner, breaker) }, clock);

      assert.deepEqual(sent, [1]);
      assert.deepEqual(outcomes, [undefined, 'CIRCUIT_OPEN', 'CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
      const { failures, refused, running } = breaker.report(clock.now());
      assert.deepEqual({ failures, refused, running }, { failures: 1, refused: 3, running: 0 });
    });
  }
}

test('F18: what a fallback calls is outside of the breaker that it answers for', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1, clock });
  const copies = bulkhead({ limit: 1, queue: 9, clock });
  const answers = fallback({ to: (_error, context) => copies.execute(async () => 'a copy', context) });
  const guard = pipeline('p', [answers, breaker], { clock });
  breaker.trip();
  const held = deferred<string>();
  const holding = copies.execute(() => held.promise);
  const waiting = guard.execute(() => 'never');
  await clock.advance(1);
  held.resolve('held');

  assert.equal(await holding, 'held');
  assert.equal(await waiting, 'a copy');
});

test('F18: with a breaker for each key only those of the open one are refused', async () => {
  const clock = new ManualClock();
  const guard = pipeline('p', [keyedBreakers({ failureThreshold: 1 }), bulkhead({ limit: 1, queue: 9 })], { clock });
  const first = deferred<never>();
  const all = [
    guard.execute(() => first.promise, { key: 'a' }),
    guard.execute(() => 'not sent', { key: 'a' }),
    guard.execute(() => 'sent', { key: 'b' }),
  ];
  const outcomes = Promise.allSettled(all);

  first.reject(new Error('down'));

  const [, ofA, ofB] = await outcomes;
  assert.equal(ofA?.status === 'rejected' && (ofA.reason as { code: string }).code, 'CIRCUIT_OPEN');
  assert.equal(ofB?.status === 'fulfilled' && ofB.value, 'sent');
});

test('F18: two breakers around are both asked, and the outer one answers first', async () => {
  const clock = new ManualClock();
  const [outer, inner] = [new CircuitBreaker({ name: 'outer' }), new CircuitBreaker({ name: 'inner' })];
  const guard = pipeline('p', [outer, inner, bulkhead({ limit: 1, queue: 2 })], { clock });
  const first = deferred<string>();
  const running = guard.execute(() => first.promise);
  const waiting = Promise.allSettled([guard.execute(() => 'never')]);

  inner.trip();
  outer.trip();
  first.resolve('first');
  await running;

  const [settled] = await waiting;
  assert.equal(settled?.status === 'rejected' && (settled.reason as { breaker: string }).breaker, 'outer');
});

test('F18: who is refused at his turn takes neither a place nor a token', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ resetTimeoutMs: 10 });
  const pace = rateLimit({ limit: 1, perMs: 100, queue: 9 });
  const slots = bulkhead({ limit: 1, queue: 9 });
  const guard = pipeline('p', [breaker, pace, slots], { clock });
  await guard.execute(() => 1);
  const waiting = Promise.allSettled([guard.execute(() => 2), guard.execute(() => 3)]);

  breaker.trip();
  await clock.advance(100);

  for (const each of await waiting) assert.equal(each.status, 'rejected');
  assert.deepEqual([pace.report(clock.now())['tokens'], slots.report()['running']], [1, 0]);
  assert.equal(await guard.execute(() => 'the test, at once'), 'the test, at once');
});

test('F18, B2: in half-open only the test that was admitted goes on, and who waited from before is refused', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ resetTimeoutMs: 100, halfOpenCalls: 1 });
  const slots = bulkhead({ limit: 1, queue: 9 });
  const guard = pipeline('p', [breaker, slots], { clock });
  const first = deferred<string>();
  const running = guard.execute(() => first.promise);
  const old = Promise.allSettled([guard.execute(() => assert.fail('from before the trip'))]);
  breaker.trip();
  await clock.advance(100);
  const probe = guard.execute(() => 'tested');
  assert.equal(breaker.state, 'half-open');

  first.resolve('first');

  assert.equal(await running, 'first');
  const [refused] = await old;
  assert.equal(refused?.status === 'rejected' && (refused.reason as { code: string }).code, 'CIRCUIT_OPEN');
  assert.equal(await probe, 'tested');
  assert.equal(breaker.state, 'closed');
});

test('F18, B3: a test that waited until its lease was given away is refused', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ resetTimeoutMs: 100, halfOpenCalls: 1 });
  const slots = bulkhead({ limit: 1, queue: 9 });
  const guard = pipeline('p', [breaker, slots], { clock });
  const first = deferred<string>();
  const running = guard.execute(() => first.promise);
  breaker.trip();
  await clock.advance(100);
  const late = Promise.allSettled([guard.execute(() => assert.fail('its lease is over'))]);
  await clock.advance(100);
  const probe = guard.execute(() => 'tested');

  first.resolve('first');

  await running;
  const [refused] = await late;
  assert.equal(refused?.status === 'rejected' && (refused.reason as { code: string }).code, 'CIRCUIT_OPEN');
  assert.equal(await probe, 'tested');
});

test('F18: a test may wait in two lines', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ resetTimeoutMs: 50 });
  const guard = pipeline(
    'p',
    [breaker, rateLimit({ limit: 1, perMs: 100, queue: 1 }), bulkhead({ limit: 1, queue: 1 })],
    {
      clock,
    },
  );
  const first = deferred<string>();
  const running = guard.execute(() => first.promise);
  breaker.trip();
  await clock.advance(50);
  const probe = guard.execute(() => 'tested');
  await clock.advance(60);

  first.resolve('first');

  await running;
  assert.equal(await probe, 'tested');
  assert.equal(breaker.state, 'closed');
});

test('F18: a retry around hears of the open circuit, and the event is that of the call that waited', async () => {
  const clock = new ManualClock();
  const events: RecoveryEvent[] = [];
  const breaker = new CircuitBreaker({ name: 'api' });
  const guard = pipeline('p', [retry({ baseMs: 10 }), breaker, bulkhead({ limit: 1, queue: 1 })], {
    clock,
    onEvent: (event) => void events.push(event),
  });
  const first = deferred<string>();
  const running = guard.execute(() => first.promise);
  const waiting = guard.executeOutcome(() => 'never', { attributes: { request: 'two' } });

  breaker.trip();
  first.resolve('first');
  await running;

  assert.equal((await waiting).stoppedBy, 'circuit-open');
  const refused = events.filter(({ type }) => type === 'refused');
  assert.deepEqual(
    refused.map(({ policy, attributes }) => [policy, attributes]),
    [['api', { request: 'two' }]],
  );
});
