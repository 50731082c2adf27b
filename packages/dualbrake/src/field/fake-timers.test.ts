import assert from 'node:assert/strict';
import { afterEach, mock, test, type TestContext } from 'node:test';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { install } from '@sinonjs/fake-timers';
import {
  AutoRecovery,
  bulkhead,
  CircuitBreaker,
  hedge,
  pipeline,
  rateLimit,
  retry,
  systemClock,
  timeout,
  type RecoveryEvent,
} from '../index.ts';

/** Fakes of a test runner, installed. */
interface Fakes {
  /** Moves the faked time on, and lets promises settle before and after. */
  tick(ms: number): Promise<void>;
  /** The same at once, for a listener. */
  tickNow(ms: number): void;
  uninstall(): void;
}

const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

function ofNode(apis: ('setTimeout' | 'Date')[]): Fakes {
  mock.timers.enable({ apis });
  return {
    async tick(ms) {
      await turn();
      mock.timers.tick(ms);
      await turn();
    },
    tickNow: (ms) => mock.timers.tick(ms),
    uninstall: () => mock.timers.reset(),
  };
}

function ofSinon(options: Parameters<typeof install>[0]): Fakes {
  const clock = install({ shouldClearNativeTimers: true, ...options });
  return {
    tick: async (ms) => void (await clock.tickAsync(ms)),
    tickNow: (ms) => void clock.tick(ms),
    uninstall: () => clock.uninstall(),
  };
}

/** `jest.useFakeTimers({ legacyFakeTimers: true })`: mocks that know nothing of any clock. */
function legacy(): Fakes {
  const timers = new Map<number, { dueAt: number; callback: () => void }>();
  let now = 0;
  let last = 0;
  const fake = (callback: () => void, delayMs = 0): number => {
    last += 1;
    timers.set(last, { dueAt: now + delayMs, callback });
    return last;
  };
  Object.assign(globalThis, { setTimeout: Object.assign(fake, { _isMockFunction: true }) });
  Object.assign(globalThis, { clearTimeout: (id: number) => void timers.delete(id) });
  const fireNext = (until: number): boolean => {
    const [due] = [...timers].filter(([, { dueAt }]) => dueAt <= until).toSorted((a, b) => a[1].dueAt - b[1].dueAt);
    now = due?.[1].dueAt ?? until;
    if (due === undefined) return false;
    timers.delete(due[0]);
    due[1].callback();
    return true;
  };
  return {
    async tick(ms) {
      await turn();
      for (const until = now + ms; fireNext(until);) await turn();
    },
    tickNow(ms) {
      for (const until = now + ms; fireNext(until););
    },
    uninstall: () => Object.assign(globalThis, real),
  };
}

const kinds: readonly [name: string, make: () => Fakes][] = [
  ['node:test, setTimeout alone', () => ofNode(['setTimeout'])],
  ['node:test, setTimeout and Date', () => ofNode(['setTimeout', 'Date'])],
  [
    'sinon, and jest and vitest with their defaults',
    () => ofSinon({ toNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }),
  ],
  ["toFake: ['setTimeout']", () => ofSinon({ toFake: ['setTimeout', 'clearTimeout'] })],
  [
    'vitest before version 3',
    () => ofSinon({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
  ],
  ['jest with legacy fakes', legacy],
];

let installed: Fakes | undefined;

function use(make: () => Fakes): Fakes {
  installed = make();
  return installed;
}

function useReal(): void {
  installed?.uninstall();
  installed = undefined;
}

afterEach(useReal);

const never = (): Promise<never> => new Promise(() => {});
const down = (): never => {
  throw new Error('down');
};

/** How something stands that may still be going on. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  return Promise.race([
    promise.then(
      () => 'answered',
      () => 'failed',
    ),
    turn('waiting'),
  ]);
}

for (const [name, make] of kinds) {
  test(`F5: a time limit is reached when the faked time is, with ${name}`, async () => {
    const fakes = use(make);
    const limit = timeout({ limitMs: 300 });
    const call = limit.execute(never);
    await fakes.tick(150);
    const later = limit.execute(never);
    await fakes.tick(149);
    assert.deepEqual([await stateOf(call), await stateOf(later)], ['waiting', 'waiting']);

    await fakes.tick(1);
    await assert.rejects(call, { code: 'CALL_TIMEOUT' });
    assert.equal(await stateOf(later), 'waiting');

    await fakes.tick(150);
    await assert.rejects(later, { code: 'CALL_TIMEOUT' });
  });

  test(`F5: a retry waits for the faked time, with ${name}`, async () => {
    const fakes = use(make);
    let calls = 0;
    const call = retry({ baseMs: 1_000, factor: 2, jitter: 'none' }).execute(() => {
      calls += 1;
      return down();
    });
    const failed = assert.rejects(call, { message: 'down' });

    await fakes.tick(999);
    assert.equal(calls, 1);
    await fakes.tick(1);
    assert.equal(calls, 2);
    await fakes.tick(2_000);

    await failed;
    assert.equal(calls, 3);
  });

  test(`F5: hedges and waits in queues end with the faked time, with ${name}`, async () => {
    const fakes = use(make);
    const started: string[] = [];
    const guard = pipeline('p', [hedge({ delayMs: 100_000, idempotent: true })]);
    const slots = bulkhead({ limit: 1, queue: 1, maxWaitMs: 100_000 });
    const pace = rateLimit({ limit: 1, perMs: 100_000, burst: 1, queue: 3 });
    const hedged = guard.execute(({ attempt }) => {
      started.push(`hedge ${attempt}`);
      return attempt === 1 ? never() : 'second';
    });
    void slots.execute(never);
    const queued = slots.execute(never);
    const paced = [1, 2, 3].map((id) => pace.execute(() => void started.push(`paced ${id}`)));

    // Some runners fake no monotonic clock, so the real time of the lines above counts too: the margins are seconds.
    await fakes.tick(90_000);
    assert.deepEqual([await stateOf(queued), started], ['waiting', ['hedge 1', 'paced 1']]);
    queued.catch(() => {});
    await fakes.tick(10_001);

    await assert.rejects(queued, { code: 'BULKHEAD_FULL' });
    assert.equal(await hedged, 'second');
    await fakes.tick(100_001);
    await Promise.all(paced);
    assert.deepEqual(started.toSorted(), ['hedge 1', 'hedge 2', 'paced 1', 'paced 2', 'paced 3']);
  });

  test(`F5: checks of an auto recovery come with the faked time, with ${name}`, async () => {
    const fakes = use(make);
    let checks = 0;
    const recovery = new AutoRecovery({
      checkIntervalMs: 1_000,
      service: { isHealthy: () => (checks += 1) > 0, reset: () => {} },
    });

    recovery.start();
    await fakes.tick(1_000);
    await fakes.tick(1_000);
    recovery.stop();
    await fakes.tick(5_000);

    assert.equal(checks, 2);
  });

  test(`F5: what was used under fakes works in real time, and the other way round, with ${name}`, async () => {
    const limit = timeout({ limitMs: 20 });
    const pace = rateLimit({ limit: 1, perMs: 20, burst: 1, queue: 9 });
    const again = retry({ baseMs: 20, jitter: 'none', maxAttempts: 2 });
    // Whose fakes go away while it waits, waits for ever; nobody else does.
    let fakes = use(make);
    await limit.execute(() => 1);
    await pace.execute(() => 1);
    void pace.execute(() => 1);
    void limit.execute(never);
    useReal();

    await assert.rejects(limit.execute(never), { code: 'CALL_TIMEOUT' });
    await pace.execute(() => 1);
    await assert.rejects(again.execute(down), { message: 'down' });
    const inRealTime = assert.rejects(limit.execute(never), { code: 'CALL_TIMEOUT' });

    fakes = use(make);
    const inFakeTime = limit.execute(never);
    const retried = again.execute(down);
    const results = Promise.allSettled([inFakeTime, retried]);
    await fakes.tick(25);
    assert.deepEqual(
      (await results).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    // A timer that was set before the fakes came is one of the runtime.
    await inRealTime;
    useReal();

    await assert.rejects(limit.execute(never), { code: 'CALL_TIMEOUT' });
  });

  test(`F5: who drives the faked time when he hears of the wait, drives the wait, with ${name}`, async () => {
    const fakes = use(make);
    let calls = 0;
    const guard = retry({
      baseMs: 100,
      jitter: 'none',
      onEvent: ({ type }) => {
        if (type === 'retry') fakes.tickNow(100);
      },
    });

    const answer = await guard.execute(() => {
      calls += 1;
      return calls === 1 ? down() : calls;
    });

    assert.equal(answer, 2);
  });

  test(`F5: a wait of more than 2^31 ms ends when it is over, with ${name}`, async () => {
    const fakes = use(make);
    const longMs = 2 ** 31 + 5_000;
    let ended = false;
    systemClock.after(longMs, () => (ended = true));

    await fakes.tick(2 ** 31 - 1);
    await fakes.tick(5_000);
    assert.equal(ended, false);
    await fakes.tick(1);

    assert.equal(ended, true);
  });

  test(`F5: no timer is left under the fakes after calls that ended, with ${name}`, async () => {
    const set: unknown[] = [];
    const cleared: unknown[] = [];
    use(make);
    const { setTimeout, clearTimeout } = globalThis;
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
      const timer = setTimeout(...args);
      set.push(timer);
      return timer;
    }) as typeof setTimeout;
    globalThis.clearTimeout = (timer) => {
      cleared.push(timer);
      clearTimeout(timer);
    };
    const guard = pipeline('p', [retry(), new CircuitBreaker(), timeout({ limitMs: 100 }), bulkhead({ limit: 1 })]);

    for (let call = 0; call < 5; call += 1) await guard.execute(() => call);
    globalThis.setTimeout = setTimeout;
    globalThis.clearTimeout = clearTimeout;

    assert.equal(set.length, 5);
    assert.deepEqual(cleared, set);
  });
}

async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** What a test may put in place of `setTimeout` so that nothing waits. */
const atOnce: readonly [string, (context: TestContext) => void][] = [
  [
    'a function',
    () => {
      globalThis.setTimeout = ((callback: () => void) => {
        callback();
      }) as unknown as typeof setTimeout;
    },
  ],
  [
    'a function that answers null',
    () => {
      globalThis.setTimeout = ((callback: () => void) => {
        callback();
        return null;
      }) as unknown as typeof setTimeout;
    },
  ],
  [
    'a mock of node:test',
    ({ mock: own }) => {
      own.method(globalThis, 'setTimeout', (callback: () => void) => callback());
    },
  ],
];

for (const [name, replace] of atOnce) {
  test(`F5: a setTimeout that calls back at once ends all waiting, with ${name}`, async (context) => {
    context.after(() => void Object.assign(globalThis, real));
    replace(context);
    const events: RecoveryEvent['type'][] = [];
    const guard = pipeline('p', [retry({ baseMs: 60_000, maxAttempts: 4 }), timeout({ limitMs: 1_000 })], {
      onEvent: ({ type }) => void events.push(type),
    });
    const pace = rateLimit({ limit: 1, perMs: 60_000, burst: 1, queue: 9 });
    const race = hedge({ delayMs: 5_000, idempotent: true });
    let checks = 0;
    const recovery = new AutoRecovery({ service: { isHealthy: () => (checks += 1) > 0, reset: () => {} } });

    await assert.rejects(guard.execute(down), { message: 'down' });
    assert.deepEqual(
      events.filter((type) => type === 'retry'),
      ['retry', 'retry', 'retry'],
    );
    assert.equal(await guard.execute(() => 'answered at once'), 'answered at once');
    await assert.rejects(guard.execute(never), { code: 'CALL_TIMEOUT' });
    assert.deepEqual(await Promise.all([1, 2, 3].map((id) => pace.execute(() => id))), [1, 2, 3]);
    assert.equal(await race.execute(({ attempt }) => (attempt === 1 ? never() : attempt)), 2);
    // Something that waits for ever again goes on, and lets others have their turn.
    recovery.start();
    await waitUntil(() => checks >= 3);
    recovery.stop();
    let isOver = false;
    systemClock.after(3 * 2 ** 31, () => (isOver = true));
    await waitUntil(() => isOver);
  });
}

test('F5: a clock that is faked alone does not move time limits', async () => {
  const limit = timeout({ limitMs: 30 });
  use(() => ofSinon({ toFake: ['performance', 'Date'] }));

  const results = await Promise.allSettled([limit.execute(never), limit.execute(never)]);

  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
});

test('F5: a mocked performance.now does not move time limits', async (context) => {
  const limit = timeout({ limitMs: 30 });
  const before = limit.execute(never);
  context.mock.method(performance, 'now', () => 5);

  await assert.rejects(before, { code: 'CALL_TIMEOUT' });
  await assert.rejects(limit.execute(never), { code: 'CALL_TIMEOUT' });
});

/** Programs of their own, because a module is loaded once: fakes are installed, and only then the package is imported. */
const preloaded: readonly [name: string, install: string, tick: string, uninstall: string][] = [
  [
    'node:test',
    "const { mock } = require('node:test'); mock.timers.enable({ apis: ['setTimeout'] });",
    'mock.timers.tick(20)',
    'mock.timers.reset()',
  ],
  [
    'sinon',
    "const clock = require('@sinonjs/fake-timers').install({ toNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });",
    'clock.tick(20)',
    'clock.uninstall()',
  ],
  [
    "sinon, toFake: ['setTimeout']",
    "const clock = require('@sinonjs/fake-timers').install({ toFake: ['setTimeout', 'clearTimeout'] });",
    'clock.tick(20)',
    'clock.uninstall()',
  ],
];

for (const [name, before, tick, uninstall] of preloaded) {
  test(`F5: fakes of ${name} that were there before the package hold, and the real timers afterwards`, async () => {
    const program = `
      ${before}
      const never = () => new Promise(() => {});
      const turn = () => new Promise(setImmediate);
      const codeOf = (error) => error.code;
      (async () => {
        const { timeout } = await import(${JSON.stringify(import.meta.resolve('../index.ts'))});
        const limit = timeout({ limitMs: 20 });
        const faked = [limit.execute(never).catch(codeOf)];
        ${tick};
        faked.push(limit.execute(never).catch(codeOf));
        ${tick};
        const codes = await Promise.all(faked);
        ${uninstall};
        codes.push(await limit.execute(never).catch(codeOf));
        require('node:worker_threads').parentPort.postMessage(codes);
      })();`;
    const worker = new Worker(program, { eval: true });

    const [codes] = await once(worker, 'message');
    await worker.terminate();

    assert.deepEqual(codes, ['CALL_TIMEOUT', 'CALL_TIMEOUT', 'CALL_TIMEOUT']);
  });
}
