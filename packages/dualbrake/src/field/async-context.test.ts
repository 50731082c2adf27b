import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { captureContext } from '../async-context.ts';
import {
  AutoRecovery,
  bulkhead,
  CircuitBreaker,
  hedge,
  pipeline,
  rateLimit,
  Registry,
  retry,
  staleCache,
  timeout,
  type Clock,
  type Layer,
  type RecoveryEvent,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ManualClock } from '../testing/index.ts';

const user = new AsyncLocalStorage<string>();

/** A clock whose timers call back in the context of who drives it, as those of test runners do. */
class DrivenClock implements Clock {
  readonly #manual = new ManualClock();

  now(): number {
    return this.#manual.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#manual.after(delayMs, () => user.run('who drives the clock', callback));
  }

  advance(ms: number): Promise<void> {
    return user.run('who drives the clock', () => this.#manual.advance(ms));
  }
}

function manual(): ManualClock {
  return new ManualClock();
}

const clocks: readonly [string, () => ManualClock | DrivenClock][] = [
  ['a clock that keeps contexts', manual],
  ['a clock that does not', () => new DrivenClock()],
];

const people = ['ana', 'bo', 'cy'];

/** Each person does one thing, in a context of his own. */
function each<T>(work: (name: string) => T): T[] {
  return people.map((name) => user.run(name, () => work(name)));
}

function nobody<T>(work: () => T): T {
  return user.run('nobody', work);
}

test('what was current is current again, and what the work answers or throws comes out', () => {
  const inAnas = user.run('ana', captureContext);

  assert.equal(
    inAnas?.(() => user.getStore()),
    'ana',
  );
  assert.throws(
    () =>
      inAnas?.(() => {
        throw new Error('as it is');
      }),
    { message: 'as it is' },
  );
  assert.equal(user.getStore(), undefined);
});

test('F2: who waited for a place runs in his own context', async () => {
  const slots = bulkhead({ limit: 1, queue: 9 });

  const seen = await Promise.all(
    each(() =>
      slots.execute(async () => {
        await new Promise(setImmediate);
        return user.getStore();
      }),
    ),
  );

  assert.deepEqual(seen, people);
});

test('F2: a place that an order or a setting makes free is used in the context of who waited', async () => {
  const slots = bulkhead({ limit: 1, queue: 9 });
  const first = deferred<string>();
  const all = each((name) => slots.execute(() => (name === 'ana' ? first.promise : user.getStore())));

  nobody(() => slots.settings.change({ limit: 3 }));

  first.resolve('ana');
  assert.deepEqual(await Promise.all(all), people);
});

for (const [kind, clockOf] of clocks) {
  test(`F2: who waited for a token runs in his own context, with ${kind}`, async () => {
    const clock = clockOf();
    const pace = rateLimit({ limit: 1, perMs: 10, burst: 1, queue: 9, clock });

    const all = each(() => pace.execute(() => user.getStore()));
    await clock.advance(100);

    assert.deepEqual(await Promise.all(all), people);
  });

  test(`F2: who waited too long for a place hears of it in his own context, with ${kind}`, async () => {
    const clock = clockOf();
    const heard: unknown[] = [];
    const onEvent = ({ type }: RecoveryEvent): void => void heard.push([type, user.getStore()]);
    const slots = bulkhead({ limit: 1, queue: 9, maxWaitMs: 10, clock, onEvent });
    const first = deferred<string>();
    const all = Promise.allSettled(each(() => slots.execute(() => first.promise)));

    await clock.advance(10);
    first.resolve('ana');
    await all;

    assert.deepEqual(heard, [
      ['refused', 'bo'],
      ['refused', 'cy'],
    ]);
  });

  test(`F2: a time limit aborts and tells in the context of its caller, with ${kind}`, async () => {
    const clock = clockOf();
    const heard: unknown[] = [];
    const limit = timeout({ limitMs: 10, clock, onEvent: ({ type }) => void heard.push([type, user.getStore()]) });
    const all = Promise.allSettled(
      each(() =>
        limit.execute(({ signal }) => {
          signal.addEventListener('abort', () => heard.push(['abort', user.getStore()]));
          return new Promise<never>(() => {});
        }),
      ),
    );

    await clock.advance(10);
    await all;

    assert.deepEqual(
      heard,
      people.flatMap((name) => [
        ['abort', name],
        ['timeout', name],
      ]),
    );
  });

  test(`F2: an attempt beside, its event and the end of the other one are the caller's, with ${kind}`, async () => {
    const clock = clockOf();
    const heard: unknown[] = [];
    const race = hedge({
      delayMs: 10,
      idempotent: true,
      clock,
      onEvent: ({ type }) => void heard.push([type, user.getStore()]),
    });
    const all = each(() =>
      race.execute(({ attempt, signal }) => {
        signal.addEventListener('abort', () => heard.push(['abort', user.getStore()]));
        return attempt === 1 ? new Promise<never>(() => {}) : user.getStore();
      }),
    );

    await clock.advance(10);

    assert.deepEqual(await Promise.all(all), people);
    for (const type of ['hedge', 'abort']) {
      const who = heard.filter((one) => Array.isArray(one) && one[0] === type).map((one) => (one as string[])[1]);
      assert.deepEqual(who, people);
    }
  });

  test(`F2: an attempt after a wait is the caller's, with ${kind}`, async () => {
    const clock = clockOf();
    const again = retry({ baseMs: 10, jitter: 'none', clock });

    const all = each(() =>
      again.execute(({ attempt }) => {
        if (attempt === 1) throw new Error('once');
        return user.getStore();
      }),
    );
    await clock.advance(10);

    assert.deepEqual(await Promise.all(all), people);
  });

  test(`F2: checks of an auto recovery run in the context in which it was started, with ${kind}`, async () => {
    const clock = clockOf();
    const seen: unknown[] = [];
    const recovery = new AutoRecovery({
      clock,
      checkIntervalMs: 100,
      timeoutMs: 10,
      service: {
        isHealthy: (signal) => {
          seen.push(user.getStore());
          signal.addEventListener('abort', () => seen.push(user.getStore()));
          return new Promise<never>(() => {});
        },
        reset: () => {},
      },
    });

    user.run('the start of the program', () => recovery.start());
    await clock.advance(110);
    await clock.advance(95);
    nobody(() => recovery.stop());

    assert.deepEqual(seen, Array(4).fill('the start of the program'));
  });
}

const derive: readonly [string, (clock: Clock) => Layer][] = [
  ['timeout', () => timeout({ limitMs: 1_000 })],
  ['hedge', () => hedge({ delayMs: 1_000, idempotent: true })],
  ['the flight of a stale cache', () => staleCache({ key: () => 'k' })],
];
for (const [name, make] of derive) {
  test(`F2: who aborts the call of another one runs his listeners in that one's context (${name})`, () => {
    const clock = new ManualClock();
    const guard = pipeline('p', [make(clock)], { clock });
    const caller = new AbortController();
    let seen: string | undefined;
    const call = user.run('ana', () =>
      guard.execute(
        ({ signal }) => {
          signal.addEventListener('abort', () => (seen = user.getStore()));
          return new Promise<never>(() => {});
        },
        { signal: caller.signal },
      ),
    );
    call.catch(() => {});

    nobody(() => caller.abort());

    // At once, and not a turn later.
    assert.equal(seen, 'ana');
  });
}

test('F2: a change of state is heard in the context of the call that caused it', async () => {
  const heard: unknown[] = [];
  const registry = new Registry();
  registry.subscribe(({ type }) => void heard.push([type, user.getStore()]));
  const guard = registry.pipeline('p', [new CircuitBreaker({ failureThreshold: 2 }), bulkhead({ limit: 1, queue: 9 })]);

  await Promise.allSettled(
    each(() =>
      guard.execute(async () => {
        await new Promise(setImmediate);
        throw new Error('down');
      }),
    ),
  );

  assert.deepEqual(heard, [
    ['transition', 'bo'],
    ['refused', 'cy'],
  ]);
});

for (const [name, publish] of [
  ['a pipeline', (layers: Layer[], hear: (event: RecoveryEvent) => void) => pipeline('p', layers, { onEvent: hear })],
  [
    'a registry',
    (layers: Layer[], hear: (event: RecoveryEvent) => void) => {
      const registry = new Registry();
      registry.subscribe(hear);
      return registry.pipeline('p', layers);
    },
  ],
] as const) {
  test(`F2: an event that waits for the one before is heard in the context of its own call (${name})`, async () => {
    const heard: unknown[] = [];
    const breaker = new CircuitBreaker();
    const guard = publish([breaker], ({ type }) => {
      heard.push([type, user.getStore()]);
      // While this is being told, another call is refused.
      if (heard.length === 1) void user.run('bo', () => guard.execute(() => 1).catch(() => {}));
    });

    breaker.trip();
    heard.length = 0;
    await user.run('ana', () => guard.execute(() => 1).catch(() => {}));

    assert.deepEqual(heard, [
      ['refused', 'ana'],
      ['refused', 'bo'],
    ]);
  });
}
