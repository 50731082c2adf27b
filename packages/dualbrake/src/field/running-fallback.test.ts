import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CallTimeoutError,
  CircuitBreaker,
  fallback,
  FallbackFailedError,
  pipeline,
  retry,
  timeout,
  type CallOptions,
  type FallbackOptions,
} from '../index.ts';
import { ManualClock } from '../testing/index.ts';

const down = new Error('down');
const failing = (): Promise<never> => Promise.reject(down);
const never = (): Promise<never> => new Promise(() => undefined);

/** How a call ends when its operation fails at once; asked `ms` later. */
async function ends(
  clock: ManualClock,
  options: FallbackOptions<unknown>,
  given: CallOptions | undefined,
  ms: number,
): Promise<unknown> {
  let end: unknown = 'still running';
  void pipeline('p', [fallback(options)], { clock })
    .execute(failing, given)
    .then(
      (value) => (end = value),
      (error: unknown) => (end = error),
    );
  await clock.advance(ms);
  return end;
}

/** A signal that aborts with a reason after a time of the test's clock, and how many listeners are on it. */
function leaving(clock: ManualClock, ms: number, reason: unknown): { signal: AbortSignal; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...all: Parameters<typeof add>) => {
    listeners += 1;
    add(...all);
  };
  signal.removeEventListener = (...all: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...all);
  };
  clock.after(ms, () => controller.abort(reason));
  return { signal, listeners: () => listeners };
}

const hanging: Readonly<Record<string, FallbackOptions<unknown>>> = {
  'one function': { to: never },
  'the second of a chain': { chain: [failing, never] },
  'a promise for a value': { to: never() },
  'an async condition': { to: 'value', when: never },
};

for (const [name, options] of Object.entries(hanging)) {
  test(`F13: an abort ends a running fallback at once, with the signal's reason (${name})`, async () => {
    const clock = new ManualClock();
    const { signal } = leaving(clock, 5, 'left');

    assert.equal(await ends(clock, options, { signal }, 4), 'still running');
    assert.equal(await ends(clock, options, { signal }, 1), 'left');
  });
}

for (const [name, options] of Object.entries(hanging)) {
  if (name === 'an async condition') continue;
  test(`F13: the caller's deadline ends a running fallback (${name})`, async () => {
    const clock = new ManualClock();

    assert.equal(await ends(clock, options, { deadline: clock.now() + 5 }, 4), 'still running');
    const error = await ends(clock, options, { withinMs: 5 }, 5);

    assert.ok(error instanceof CallTimeoutError);
    assert.deepEqual([error.limitedBy, error.limitMs, error.cause], ['caller', 5, down]);
  });
}

test('F13: a condition that nobody has decided when time is up is a no: the error of the call comes out', async () => {
  const clock = new ManualClock();

  assert.equal(await ends(clock, { to: 'value', when: never }, { withinMs: 5 }, 5), down);
});

test('F13: fallbacks that answer in time answer, and leave neither timers nor listeners', async () => {
  const clock = new ManualClock();
  const later = (): Promise<string> => new Promise((resolve) => void clock.after(3, () => resolve('old')));
  const fails = (): Promise<string> =>
    new Promise((_resolve, reject) => void clock.after(1, () => reject(new Error('too'))));
  const { signal, listeners } = leaving(clock, 100, 'left');

  for (const options of [
    { to: later },
    { chain: [fails, later] },
    { to: later, when: async () => later().then(() => true) },
  ]) {
    assert.equal(await ends(clock, options, { signal, withinMs: 50 }, 6), 'old');
  }
  assert.equal(listeners(), 0);
  const error = await ends(clock, { to: fails }, { signal, withinMs: 50 }, 6);
  assert.ok(error instanceof FallbackFailedError);
  assert.equal(listeners(), 0);
});

test('F13: what an abandoned fallback comes to later is dropped, and its answer let go', async () => {
  const clock = new ManualClock();
  let cancelled = false;
  const body = { body: { cancel: () => void (cancelled = true) } };
  const answers = (): Promise<unknown> => new Promise((resolve) => void clock.after(9, () => resolve(body)));
  // Without a handler this would end the test with an unhandled rejection.
  const rejects = (): Promise<never> =>
    new Promise((_resolve, reject) => void clock.after(9, () => reject(new Error('late'))));

  assert.ok((await ends(clock, { to: answers }, { withinMs: 5 }, 5)) instanceof CallTimeoutError);
  assert.ok((await ends(clock, { to: rejects }, { withinMs: 5 }, 5)) instanceof CallTimeoutError);
  await clock.advance(20);

  assert.equal(cancelled, true);
});

test('F13: no further one of a chain is asked after the caller has left', async () => {
  const clock = new ManualClock();
  const { signal } = leaving(clock, 5, 'left');
  const fails = (): Promise<never> =>
    new Promise((_resolve, reject) => void clock.after(9, () => reject(new Error('late'))));
  const guard = fallback({ chain: [fails, () => assert.fail('asked')], clock });

  const ended = guard.execute(failing, { signal }).catch((reason: unknown) => reason);
  await clock.advance(20);

  assert.equal(await ended, 'left');
});

test('F13: a limit that had passed before leaves a fallback the time to answer with what is at hand', async () => {
  const clock = new ManualClock();
  const atHand = async (): Promise<string> => 'old';
  const slow = (): Promise<string> => new Promise((resolve) => void clock.after(9, () => resolve('too late')));
  const late = (to: () => Promise<string>): Promise<unknown> =>
    pipeline('p', [fallback({ to }), timeout({ limitMs: 1_000 })], { clock })
      .execute(never, { withinMs: 5 })
      .catch((error: unknown) => error);
  const answers = [late(atHand), late(slow)];
  await clock.advance(5);
  await clock.advance(0);

  assert.equal(await answers[0], 'old');
  assert.ok((await answers[1]) instanceof CallTimeoutError);
});

test('F13: the limits of the chain around a fallback end it, too, and count at a breaker outside', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  const guard = pipeline('p', [breaker, timeout({ limitMs: 5 }), fallback({ to: never })], { clock });

  const ended = guard.execute(failing).catch((error: unknown) => error);
  await clock.advance(5);

  assert.ok((await ended) instanceof CallTimeoutError);
  assert.equal(breaker.state, 'open');
});

test('F13: an outer retry does not begin again what its caller has left during the fallback', async () => {
  const clock = new ManualClock();
  const { signal } = leaving(clock, 5, 'left');
  let calls = 0;
  const guard = pipeline('p', [retry({ strategy: 'immediate' }), fallback({ to: never })], { clock });
  const ended = guard
    .execute(
      () => {
        calls += 1;
        throw down;
      },
      { signal },
    )
    .catch((reason: unknown) => reason);
  await clock.advance(5);

  assert.deepEqual([await ended, calls], ['left', 1]);
});

test('F10: an async condition of a fallback is waited for, and only true is a yes', async () => {
  const clock = new ManualClock();
  const ask = (when: () => Promise<unknown>): Promise<unknown> =>
    ends(clock, { to: 'old', when: when as () => Promise<boolean> }, undefined, 0);

  assert.equal(await ask(async () => true), 'old');
  assert.equal(await ask(async () => false), down);
  assert.equal(await ask(async () => 'yes'), down);
  assert.equal(await ask(async () => Promise.reject(new Error('condition'))), down);
});

test('F10: a fallback value that is a rejected promise hides no error of the call', async () => {
  const clock = new ManualClock();
  const gone = new Error('gone');

  const error = await ends(clock, { to: Promise.reject(gone) }, undefined, 0);

  assert.ok(error instanceof FallbackFailedError);
  assert.deepEqual([error.errors, error.cause], [[down, gone], down]);
});
