import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import {
  CallTimeoutError,
  InvalidSettingsError,
  pipeline,
  timeout,
  type Call,
  type Next,
  type Policy,
  type RecoveryEvent,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

test('B32: the caller gets CallTimeoutError at the limit, also when the operation ignores its signal', async () => {
  const clock = new ManualClock();
  const events: RecoveryEvent[] = [];
  const policy = timeout({ limitMs: 500, clock, onEvent: (event) => events.push(event) });

  const call = policy.execute(() => new Promise(() => {}));
  const failing = assert.rejects(call, { name: 'CallTimeoutError', code: 'CALL_TIMEOUT', limitMs: 500 });
  await clock.advance(500);
  await failing;

  assert.deepEqual(
    events.map(({ type }) => type),
    ['timeout'],
  );
});

test('B32: the reason of the signal is the timeout error', async () => {
  const clock = new ManualClock();
  let reason: unknown;

  const call = timeout({ limitMs: 500, clock }).execute(
    ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject((reason = signal.reason)))),
  );
  const caught = call.catch((error: unknown) => error);
  await clock.advance(500);

  assert.equal(await caught, reason);
  assert.ok(reason instanceof CallTimeoutError);
});

test('B32: a signal that is read only after the limit is aborted already', async () => {
  const clock = new ManualClock();
  const gate = deferred<void>();
  let late: AbortSignal | undefined;
  const call = timeout({ limitMs: 500, clock }).execute(async (context) => {
    await gate.promise;
    late = context.signal;
  });
  const failing = assert.rejects(call, { code: 'CALL_TIMEOUT' });
  await clock.advance(500);
  await failing;

  gate.resolve();
  await clock.advance(0);

  assert.equal(late?.aborted, true);
});

test('B32: what the operation rejects with later is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', hear);
  const clock = new ManualClock();
  const late = deferred<void>();
  const failing = assert.rejects(
    timeout({ limitMs: 500, clock }).execute(() => late.promise),
    { code: 'CALL_TIMEOUT' },
  );
  await clock.advance(500);
  await failing;

  late.reject(new Error('too late'));
  await clock.advance(0);

  process.off('unhandledRejection', hear);
  assert.deepEqual(unhandled, []);
});

test('P47: nothing is left after success, failure, or an operation that throws at once', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const policy = timeout({ limitMs: 500, clock });

  await policy.execute(({ signal }) => signal.aborted, { signal: caller.signal });
  await assert.rejects(
    policy.execute(({ signal }) => Promise.reject(new Error(`aborted: ${signal.aborted}`)), { signal: caller.signal }),
    { message: 'aborted: false' },
  );
  await assert.rejects(
    policy.execute(
      () => {
        throw new Error('at once');
      },
      { signal: caller.signal },
    ),
    { message: 'at once' },
  );

  assert.equal(clock.pending, 0);
  assert.equal(getEventListeners(caller.signal, 'abort').length, 0);
});

test('P46: a caller who leaves is no timeout: the operation gets his reason', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const call = timeout({ limitMs: 500, clock }).execute(
    ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    { signal: caller.signal },
  );

  caller.abort(new Error('left'));

  await assert.rejects(call, { message: 'left' });
  assert.equal(clock.pending, 0);
});

test('P46: a caller who leaves has his reason at once, also when the operation ignores its signal', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const events: RecoveryEvent[] = [];
  const policy = timeout({ limitMs: 500, clock, onEvent: (event) => events.push(event) });
  const work = deferred<string>();
  const reason = new Error('gone home');
  const leaving = assert.rejects(
    policy.execute(() => work.promise, { signal: caller.signal }),
    (error) => error === reason,
  );

  caller.abort(reason);
  await leaving;

  assert.deepEqual(policy.report(), { calls: 1, timeouts: 0, abandoned: 1 });
  assert.equal(clock.pending, 0);
  work.resolve('nobody hears it');
  await clock.advance(500);
  assert.deepEqual(policy.report(), { calls: 1, timeouts: 0, abandoned: 0 });
  assert.deepEqual(events, []);
});

test('P46: a limit around a limit ends both at once, with the outer one as the reason', async () => {
  const clock = new ManualClock();
  const inner = timeout({ name: 'inner', limitMs: 500, clock });
  const outer = timeout({ name: 'outer', limitMs: 200 });
  const error = pipeline('both', [outer, inner], { clock }).execute(() => new Promise(() => {}));
  const failing = assert.rejects(error, { limitMs: 200 });

  await clock.advance(200);
  await failing;

  assert.deepEqual(inner.report(), { calls: 1, timeouts: 0, abandoned: 1 });
  assert.equal(clock.pending, 0);
});

test('a caller who leaves between two attempts is not called for once more', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  let calls = 0;
  const leave = { name: 'leave', run: (call: Call<string>, next: Next<string>) => (caller.abort(), next(call)) };
  const guarded = pipeline('guarded', [leave as Policy, timeout({ limitMs: 500 })], { clock });

  await assert.rejects(
    guarded.execute(() => (calls += 1), { signal: caller.signal }),
    { name: 'AbortError' },
  );

  assert.equal(calls, 0);
});

test('the deadline of the call shortens the limit', async () => {
  const clock = new ManualClock();
  const seen: number[] = [];

  const call = timeout({ limitMs: 500, clock }).execute(
    ({ deadline }) => (seen.push(deadline), new Promise(() => {})),
    { deadline: 200 },
  );
  const failing = assert.rejects(call, { code: 'CALL_TIMEOUT', limitMs: 200 });
  await clock.advance(200);
  await failing;

  assert.deepEqual(seen, [200]);
});

test('a limit must be given, and be more than 0', () => {
  // @ts-expect-error -- the limit is missing
  assert.throws(() => timeout({}), InvalidSettingsError);
  for (const limitMs of [0, -1, Number.NaN, Infinity]) assert.throws(() => timeout({ limitMs }), InvalidSettingsError);
});
