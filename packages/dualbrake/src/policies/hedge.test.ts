import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import {
  Hedge,
  hedge,
  HedgeSupersededError,
  retryBudget,
  type CallContext,
  type HedgeOptions,
  type RecoveryEvent,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const reset = (): Error => Object.assign(new Error('reset'), { code: 'ECONNRESET' });

function aHedge(options: Partial<HedgeOptions> = {}): {
  hedged: Hedge;
  clock: ManualClock;
  attempts: { context: CallContext; answer: ReturnType<typeof deferred<string>> }[];
  operation: (context: CallContext) => Promise<string>;
  events: RecoveryEvent[];
} {
  const clock = new ManualClock();
  const events: RecoveryEvent[] = [];
  const attempts: { context: CallContext; answer: ReturnType<typeof deferred<string>> }[] = [];
  const hedged = new Hedge({
    delayMs: 100,
    idempotent: true,
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const operation = (context: CallContext): Promise<string> => {
    const answer = deferred<string>();
    attempts.push({ context, answer });
    return answer.promise;
  };
  return { hedged, clock, attempts, operation, events };
}

test('a call that answers in time is made once, and no timer is left', async () => {
  const { hedged, clock, attempts, operation } = aHedge();
  const running = hedged.execute(operation);
  await clock.advance(99);
  attempts[0]?.answer.resolve('first');

  assert.equal(await running, 'first');
  assert.equal(attempts.length, 1);
  assert.equal(clock.pending, 0);
});

test('B34, P56: the first answer wins, the loser is aborted with the reason, and his listeners are gone', async () => {
  const caller = new AbortController();
  const { hedged, clock, attempts, operation, events } = aHedge();
  const running = hedged.execute(operation, { signal: caller.signal });
  const loser = attempts[0]?.context.signal;
  await clock.advance(100);
  attempts[1]?.answer.resolve('second');

  assert.equal(await running, 'second');

  assert.ok(loser?.reason instanceof HedgeSupersededError);
  assert.equal(attempts[1]?.context.signal.aborted, false, 'the winner’s work is not cancelled');
  assert.deepEqual(
    events.map((event) => event.type === 'hedge' && [event.attempt, event.afterMs]),
    [[2, 100]],
  );
  attempts[0]?.answer.reject(reset());
  await clock.advance(0);
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
  assert.deepEqual([hedged.report()['hedges'], hedged.report()['wonByHedge']], [1, 1]);
});

test('B34, P45: what losers come to later is no unhandled rejection, and their answers are let go', async () => {
  const { hedged, clock, attempts } = aHedge();
  let cancelled = 0;
  const response = { body: { cancel: () => Promise.reject(new Error('locked')).finally(() => (cancelled += 1)) } };
  const answers = [deferred<unknown>(), deferred<unknown>()];
  let place = -1;
  const running = hedged.execute(() => {
    place += 1;
    return answers[place]?.promise;
  });
  await clock.advance(100);
  answers[1]?.resolve('won');
  await running;

  answers[0]?.resolve(response);
  await clock.advance(0);

  assert.equal(cancelled, 1);
  assert.equal(attempts.length, 0);
});

test('a failed attempt starts the next one at once, and the last error is thrown as it is', async () => {
  const { hedged, clock, attempts, operation } = aHedge({ maxHedges: 2 });
  const errors = [reset(), reset(), reset()];
  const running = assert.rejects(hedged.execute(operation), (error) => error === errors[2]);
  for (const [place, error] of errors.entries()) {
    attempts[place]?.answer.reject(error);
    await clock.advance(0);
  }

  await running;
  assert.equal(attempts.length, 3);
  assert.equal(clock.pending, 0);
});

test('while another attempt runs, a failure is not the end', async () => {
  const { hedged, clock, attempts, operation } = aHedge();
  const running = hedged.execute(operation);
  await clock.advance(100);
  attempts[1]?.answer.reject(reset());
  await clock.advance(0);
  attempts[0]?.answer.resolve('after all');

  assert.equal(await running, 'after all');
});

test('a persistent error ends it at once', async () => {
  const { hedged, clock, attempts, operation } = aHedge();
  const running = hedged.execute(operation);
  await clock.advance(100);
  attempts[1]?.answer.reject(Object.assign(new Error('Not Found'), { status: 404 }));

  await assert.rejects(running, { status: 404 });
  assert.equal(attempts[0]?.context.signal.aborted, true);
});

test('without a delay all start at once', async () => {
  const { hedged, attempts, operation } = aHedge({ delayMs: 0, maxHedges: 3 });
  const running = hedged.execute(operation);

  assert.deepEqual(
    attempts.map(({ context }) => context.attempt),
    [1, 2, 3, 4],
  );
  attempts[2]?.answer.resolve('third');
  assert.equal(await running, 'third');
});

test('a caller who leaves ends all attempts, with his reason', async () => {
  const caller = new AbortController();
  const { hedged, clock, attempts, operation } = aHedge();
  const running = hedged.execute(operation, { signal: caller.signal });
  for (const { context, answer } of attempts) {
    context.signal.addEventListener('abort', () => answer.reject(context.signal.reason));
  }
  caller.abort(new Error('gone'));

  await assert.rejects(running, { message: 'gone' });
  await clock.advance(1_000);
  assert.equal(attempts.length, 1);
  assert.equal(clock.pending, 0);
});

test('P39: a spent budget suppresses the extra attempt only; what runs goes on', async () => {
  const { hedged, clock, attempts, operation } = aHedge({ budget: retryBudget({ ratio: 0, minPerSecond: 0 }) });
  const running = hedged.execute(operation);
  await clock.advance(500);
  attempts[0]?.answer.resolve('slow');

  assert.equal(await running, 'slow');
  assert.equal(attempts.length, 1);
  assert.equal(hedged.report()['denied'], 1);
});

test('no attempt starts after the deadline', async () => {
  const { hedged, clock, attempts, operation } = aHedge();
  const running = hedged.execute(operation, { deadline: 50 });
  await clock.advance(200);
  attempts[0]?.answer.resolve('late');

  assert.equal(await running, 'late');
  assert.equal(attempts.length, 1);
});

test('P40: nobody hedges by accident: idempotent must be written', () => {
  assert.throws(() => hedge({ delayMs: 5 } as never), {
    issues: ['idempotent must be true: attempts run at the same time'],
  });
  assert.throws(() => hedge({ idempotent: false, maxHedges: 0 } as never), {
    issues: [
      'maxHedges must be a whole number from 1 to 100, got 0',
      'delayMs must be given',
      'idempotent must be true: attempts run at the same time',
    ],
  });
});
