import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Bulkhead,
  bulkhead,
  circuitBreaker,
  CircuitBreaker,
  Fallback,
  hedge,
  Hedge,
  keyedBreakers,
  KeyedBreakers,
  pipeline,
  RateLimit,
  rateLimit,
  retry,
  Retry,
  StaleCache,
  timeout,
  Timeout,
  type Layer,
  type Policy,
} from '../index.ts';
import { ManualClock } from '../testing/index.ts';

type Run = Policy<unknown>['run'];

const throwing = (): never => {
  throw new Error('a mistake in the layer');
};
const rejecting = async (): Promise<never> => throwing();
const down = async (): Promise<never> => {
  throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
};

/** No promise, and has what makes one be waited for. */
function thenable(value: string): object {
  const answer = Promise.resolve(value);
  return Object.defineProperty({}, ['t', 'hen'].join(''), { value: answer.then.bind(answer) });
}

/** A layer that hands on, but for the parts that are given. JavaScript checks no types. */
function layer(parts: Readonly<Record<string, unknown>>): Layer {
  return { name: 'custom', run: (call, next) => next(call), ...parts };
}

describe('F10: links of layers that somebody else has written', () => {
  for (const [what, link, expected] of [
    ['answers no promise', () => () => 'at once', 'at once'],
    ['answers a thenable', () => () => thenable('later'), 'later'],
    ['answers nothing, so that run is taken', () => undefined, 'the answer'],
  ] as const) {
    test(`one that ${what} works under every policy`, async () => {
      const call = pipeline('p', [
        staleCacheOf(),
        retry(),
        circuitBreaker(),
        timeout({ limitMs: 1_000 }),
        bulkhead({ limit: 1 }),
        hedge({ delayMs: 1_000, idempotent: true }),
        layer({ link }),
      ]);

      assert.equal(await call.execute(() => 'the answer'), expected);
    });
  }

  test('one that throws at once is a rejection', async () => {
    const call = pipeline('p', [retry({ maxAttempts: 1 }), layer({ link: () => throwing })]);

    await assert.rejects(
      call.execute(() => 1),
      { message: 'a mistake in the layer' },
    );
  });

  test('parts that are none are refused when the pipeline is made', () => {
    for (const parts of [
      { gate: 5 },
      { link: 'x' },
      { attach: {} },
      { places: null },
      { places: { take: throwing } },
    ]) {
      const [part = ''] = Object.keys(parts);
      assert.throws(() => pipeline('p', [layer(parts)]), { code: 'INVALID_SETTINGS', message: new RegExp(part) });
    }
    assert.throws(() => pipeline('p', [layer({ link: async () => throwing })]), { code: 'INVALID_SETTINGS' });
  });

  test('an attach that rejects is no unhandled rejection', async () => {
    assert.equal(await pipeline('p', [layer({ attach: rejecting })]).execute(() => 1), 1);
  });
});

function staleCacheOf(): StaleCache {
  return new StaleCache({ key: () => 'k' });
}

describe('F10: classes that extend a built-in policy', () => {
  const made: Readonly<Record<string, (run: Run) => Policy<unknown> & Pick<Retry, 'execute'>>> = {
    CircuitBreaker: (run) =>
      new (class extends CircuitBreaker {
        override run = run as CircuitBreaker['run'];
      })(),
    Retry: (run) =>
      new (class extends Retry {
        override run = run as Retry['run'];
      })(),
    Timeout: (run) =>
      new (class extends Timeout {
        override run = run as Timeout['run'];
      })({ limitMs: 1_000 }),
    Bulkhead: (run) =>
      new (class extends Bulkhead {
        override run = run as Bulkhead['run'];
      })({ limit: 1 }),
    RateLimit: (run) =>
      new (class extends RateLimit {
        override run = run as RateLimit['run'];
      })({ limit: 9, perMs: 1 }),
    Hedge: (run) =>
      new (class extends Hedge {
        override run = run as Hedge['run'];
      })({ delayMs: 1_000, idempotent: true }),
    Fallback: (run) =>
      new (class extends Fallback<never> {
        override run = run as Fallback<never>['run'];
      })({ chain: [throwing] }),
    StaleCache: (run) =>
      new (class extends StaleCache<unknown, never> {
        override run = run as StaleCache<unknown, never>['run'];
      })({ key: () => 'k' }),
    KeyedBreakers: (run) =>
      new (class extends KeyedBreakers {
        override run = run as KeyedBreakers['run'];
      })(),
  };
  for (const [name, make] of Object.entries(made)) {
    test(`${name}: its own run is the one that runs, alone and in a list, and may answer at once`, async () => {
      const atOnce = make((() => 'instead') as never);
      const failing = make(throwing);

      assert.equal(await pipeline('p', [retry({ name: 'outer' }), atOnce]).execute(() => 'live'), 'instead');
      assert.equal(await atOnce.execute(() => 'live').then((value) => value), 'instead');
      await assert.rejects(
        failing.execute(() => 'live'),
        { message: 'a mistake in the layer' },
      );
    });
  }

  test('super.run guards as the class does', async () => {
    const clock = new ManualClock();
    let seen = 0;
    class Counted extends Timeout {
      override run: Timeout['run'] = (call, next) => {
        seen += 1;
        return super.run(call, next);
      };
    }
    const call = pipeline('p', [retry({ maxAttempts: 1 }), new Counted({ limitMs: 100 })], { clock });
    const outcome = call.executeOutcome(() => new Promise(() => {}));

    await clock.advance(100);

    assert.equal((await outcome).error instanceof Error && seen, 1);
    assert.equal(((await outcome).error as { code?: string }).code, 'CALL_TIMEOUT');
  });
});

describe('F10: gates and places of layers that somebody else has written', () => {
  const gates: Readonly<Record<string, unknown>> = {
    throws: throwing,
    'answers nothing': () => undefined,
    'is async': async () => throwing,
    'throws when asked again': () => throwing,
    'rejects when asked again': () => rejecting,
    'answers true': () => () => true,
    'answers null': () => () => null,
  };
  for (const [what, gate] of Object.entries(gates)) {
    test(`a gate that ${what} lets the calls go on that wait further in`, async () => {
      const clock = new ManualClock();
      const lines = [bulkhead({ limit: 1, queue: 9 }), rateLimit({ limit: 1, perMs: 10, queue: 9 })];
      for (const line of lines) {
        const call = pipeline('p', [layer({ gate }), line], { clock });
        const answers = Promise.all([1, 2, 3].map((value) => call.execute(async () => value)));
        await clock.advance(100);
        assert.deepEqual(await answers, [1, 2, 3]);
      }
    });
  }

  test('a gate that answers an error refuses with it', async () => {
    const refusal = new Error('not now');
    const call = pipeline('p', [layer({ gate: () => () => refusal }), bulkhead({ limit: 1, queue: 9 })]);

    const answers = await Promise.allSettled([call.execute(async () => 1), call.execute(async () => 2)]);

    assert.deepEqual(answers[1], { status: 'rejected', reason: refusal });
  });

  for (const [what, fault] of Object.entries({ throw: throwing, reject: rejecting })) {
    test(`places whose methods ${what} change no outcome of a timeout or a hedge`, async () => {
      const clock = new ManualClock();
      const places = layer({ places: { take: fault, giveBack: fault } });
      const limited = pipeline('limited', [places, timeout({ limitMs: 10 })], { clock });
      const hedged = pipeline('hedged', [places, hedge({ delayMs: 10, idempotent: true })], { clock });
      const ended = Promise.withResolvers<string>();
      const late = limited.executeOutcome(() => ended.promise);
      const first = hedged.execute(({ attempt }) => (attempt === 1 ? ended.promise : 'second'));

      await clock.advance(10);
      ended.resolve('late');
      await clock.advance(0);

      assert.equal(((await late).error as { code?: string }).code, 'CALL_TIMEOUT');
      assert.equal(await first, 'second');
    });
  }
});

describe('F10, F18: keys of breakers whose calls wait further in', () => {
  for (const [what, key] of [
    ['throws', throwing],
    ['answers a number', () => 7],
    ['answers nothing', () => undefined],
  ] as const) {
    test(`a key function that ${what}: the calls that wait are asked again, by the breaker that admitted them`, async () => {
      const clock = new ManualClock();
      const breakers = keyedBreakers({ key: key as () => string, failureThreshold: 1 });
      const call = pipeline('p', [breakers, bulkhead({ limit: 1, queue: 9 })], { clock });
      let calls = 0;

      const outcomes = await Promise.all(
        [1, 2, 3, 4].map(() =>
          call.executeOutcome(async () => {
            calls += 1;
            return down();
          }),
        ),
      );

      assert.equal(calls, 1);
      assert.deepEqual(
        outcomes.map(({ error }) => (error as { code: string }).code),
        ['ECONNREFUSED', 'CIRCUIT_OPEN', 'CIRCUIT_OPEN', 'CIRCUIT_OPEN'],
      );
    });
  }
});
