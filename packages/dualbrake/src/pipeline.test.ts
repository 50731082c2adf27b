import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, fallback, InvalidSettingsError, pipeline, retry, timeout, type Policy } from './index.ts';
import { ManualClock } from './testing/index.ts';

const lost = (): Promise<never> => Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));

function noting(name: string, notes: string[]): Policy {
  return {
    name,
    async run(call, next) {
      notes.push(`${name} in`);
      try {
        return await next(call);
      } finally {
        notes.push(`${name} out`);
      }
    },
  };
}

test('B30: the order is as listed, outermost first; a pipeline in the list stands for its policies', async () => {
  const notes: string[] = [];
  const inner = pipeline('inner', [noting('b', notes), noting('c', notes)]);

  const value = await pipeline('outer', [noting('a', notes), inner]).execute(() => (notes.push('operation'), 1));

  assert.equal(value, 1);
  assert.deepEqual(notes, ['a in', 'b in', 'c in', 'operation', 'c out', 'b out', 'a out']);
});

test('the operation is told its signal, deadline, attempt, key and attributes', async () => {
  const clock = new ManualClock();
  const caller = new AbortController();
  const attributes = { correlationId: 'c-1' };

  const seen = await pipeline('read', [retry()], { clock }).execute(
    ({ signal, deadline, attempt, key, attributes: given }) => ({ signal, deadline, attempt, key, given }),
    { signal: caller.signal, deadline: 90, key: 'students.find', attributes },
  );

  assert.deepEqual(seen, { signal: caller.signal, deadline: 90, attempt: 1, key: 'students.find', given: attributes });
});

test('an inner pipeline that is handed the context follows its signal and deadline', async () => {
  const clock = new ManualClock();
  const inner = pipeline('inner', [], { clock });
  const outer = pipeline('outer', [timeout({ limitMs: 100 })], { clock });
  let seen: AbortSignal | undefined;

  const call = outer.execute((context) =>
    inner.execute(
      ({ signal, deadline }) => ((seen = signal), assert.equal(deadline, 100), new Promise(() => {})),
      context,
    ),
  );
  const failing = assert.rejects(call, { code: 'CALL_TIMEOUT' });
  await clock.advance(100);
  await failing;

  assert.equal(seen?.aborted, true);
});

test('B31: a call whose deadline has passed is not started', async () => {
  const clock = new ManualClock(1_000);
  let called = false;

  const call = pipeline('read', [], { clock }).execute(() => (called = true), { deadline: 1_000 });

  await assert.rejects(call, { code: 'DEADLINE_EXCEEDED', pipeline: 'read' });
  assert.equal(called, false);
});

test('B51a: executeOutcome tells of a success after a retry', async () => {
  const clock = new ManualClock();
  let calls = 0;
  const running = pipeline('read', [retry({ jitter: 'none', baseMs: 100 })], { clock }).executeOutcome(() =>
    (calls += 1) < 3 ? lost() : 'fine',
  );
  await clock.advance(1_000);

  assert.deepEqual(await running, { ok: true, value: 'fine', attempts: 3, waitedMs: 300, fromFallback: false });
});

test('B51a: executeOutcome never throws, and says why it stopped', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker();
  const guarded = pipeline('read', [retry({ strategy: 'immediate' }), breaker], { clock });

  const failed = await guarded.executeOutcome(lost);
  breaker.trip();
  const refused = await guarded.executeOutcome(() => 'fine');
  const gone = await guarded.executeOutcome(() => 'fine', { signal: AbortSignal.abort(new Error('left')) });

  assert.ok(!failed.ok && !refused.ok && !gone.ok);
  assert.deepEqual(
    [failed, refused, gone].map(({ attempts, stoppedBy, classification }) => [
      attempts,
      stoppedBy,
      classification.class,
    ]),
    [
      [3, 'exhausted', 'transient'],
      [0, 'circuit-open', 'refused'],
      [0, 'aborted', 'cancelled'],
    ],
  );
});

test('B51a: executeOutcome tells that a fallback answered', async () => {
  const outcome = await pipeline('read', [fallback({ to: 'a copy' })]).executeOutcome(lost);

  assert.deepEqual(outcome, { ok: true, value: 'a copy', attempts: 1, waitedMs: 0, fromFallback: true });
});

test('R-APPLY-3: wrap guards a function and keeps its arguments', async () => {
  const add = pipeline('add', [retry()]).wrap(
    (context, a: number, b: number) => `${a + b} at attempt ${context.attempt}`,
  );

  assert.equal(await add({}, 1, 2), '3 at attempt 1');
});

test('layers of one pipeline must have different names, and be layers', () => {
  assert.throws(() => pipeline('read', [retry(), retry()]), /two layers are named 'retry'/);
  // @ts-expect-error -- a function is no layer
  assert.throws(() => pipeline('read', [() => {}]), InvalidSettingsError);
});

test('B50: no unhandled rejection, timer or listener after aborts at every moment', async () => {
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', hear);
  for (let abortAt = 0; abortAt <= 700; abortAt += 50) {
    const clock = new ManualClock();
    const caller = new AbortController();
    const breaker = new CircuitBreaker({ failureThreshold: 2, resetTimeoutMs: 100 });
    const guarded = pipeline(
      'all',
      [fallback({ to: 'a copy' }), retry({ baseMs: 100, jitter: 'none' }), breaker, timeout({ limitMs: 150 })],
      { clock },
    );
    clock.after(abortAt, () => caller.abort(new Error('left')));
    const call = guarded
      .execute(() => new Promise((_resolve, reject) => void clock.after(120, () => reject(new Error('late')))), {
        signal: caller.signal,
      })
      .catch(() => {});

    await clock.advance(2_000);
    await call;

    assert.equal(clock.pending, 0, `timers are left when the caller leaves at ${abortAt} ms`);
  }
  process.off('unhandledRejection', hear);
  assert.deepEqual(unhandled, []);
});
