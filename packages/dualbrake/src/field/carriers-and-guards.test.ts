import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import {
  AutoRecovery,
  breakerService,
  fallback,
  pipeline,
  Registry,
  retry,
  setAmbientContext,
  staleCache,
  type AmbientContext,
  type CallContext,
} from '../index.ts';
import { guarded } from '../decorators/index.ts';

const throwing = (): never => {
  throw new Error('a mistake of the user');
};
const down = async (): Promise<never> => {
  throw new Error('down');
};

describe('F10: carriers of the ambient context', () => {
  afterEach(() => setAmbientContext(undefined));

  type Work = (context: CallContext) => unknown;
  const runs: Readonly<Record<string, (context: CallContext, work: Work) => unknown>> = {
    'loses the answer': (context, work) => void work(context),
    'hands no context on': (_context, work) => (work as () => unknown)(),
    'throws before the work': throwing,
    'throws after the work': (context, work) => {
      work(context);
      throwing();
    },
    'does the work twice': (context, work) => {
      work(context);
      return work(context);
    },
    'does the work later': (context, work) => queueMicrotask(() => work(context)),
    'is async': async (context, work) => work(context),
    'answers something else': (context, work) => [work(context)],
  };
  for (const [what, run] of Object.entries(runs)) {
    test(`one whose run ${what} changes no outcome`, async () => {
      setAmbientContext({ current: () => undefined, run: run as AmbientContext['run'] });
      let calls = 0;
      const work = async ({ attempt }: CallContext): Promise<number> => {
        calls += 1;
        return attempt;
      };

      assert.equal(await pipeline('p', [retry()]).execute(work), 1);
      assert.equal(calls, 1);
      await assert.rejects(pipeline('p', [retry({ maxAttempts: 1 })]).execute(down), { message: 'down' });
      await new Promise(setImmediate);
    });
  }

  test('one without current or run is refused', () => {
    for (const carrier of [{}, { current: () => undefined }, { run: throwing }, 5]) {
      assert.throws(() => setAmbientContext(carrier as AmbientContext), { code: 'INVALID_SETTINGS' });
    }
  });
});

describe('F10: guarded(), and what finds the pipeline', () => {
  type Chosen = Parameters<typeof guarded>[0];
  for (const [what, chosen, refusal] of [
    ['throws', throwing, { message: 'a mistake of the user' }],
    ['answers nothing', () => undefined, { code: 'INVALID_SETTINGS' }],
    ['answers a promise', () => Promise.reject(new Error('unheard')), { code: 'INVALID_SETTINGS' }],
    ['answers no pipeline', () => ({ execute: 5 }), { code: 'INVALID_SETTINGS' }],
  ] as const) {
    test(`a function that ${what} is a rejection, of methods and of async generators`, async () => {
      class Service {
        @guarded(chosen as unknown as Chosen)
        async call(): Promise<number> {
          return 1;
        }
        @guarded(chosen as unknown as Chosen)
        async *items(): AsyncGenerator<number, void, undefined> {
          yield 1;
        }
      }
      const service = new Service();
      const answer = service.call();
      await assert.rejects(answer, refusal);
      const items = service.items();
      await assert.rejects(items.next(), refusal);
      assert.deepEqual(await items.next(), { done: true, value: undefined });
    });
  }

  test('what is neither a pipeline nor a function that can find one is refused where it is written', () => {
    for (const chosen of [undefined, null, 5, {}, async () => pipeline('p', [])]) {
      assert.throws(() => guarded(chosen as Chosen), { code: 'INVALID_SETTINGS' });
    }
  });
});

describe('F10: generator functions, whose body would never run', () => {
  const never = function* (): Generator<boolean> {
    yield true;
  } as never;
  const later = async function* (): AsyncGenerator<boolean> {
    yield true;
  } as never;
  for (const generator of [never, later]) {
    for (const [what, make] of Object.entries({
      'when of a fallback': () => fallback({ to: 1, when: generator }),
      'when of a stale cache': () => staleCache({ key: () => 'k', when: generator }),
      'when of a rule of a retry': () => retry({ rules: [{ when: generator }] }),
      onEvent: () => retry({ onEvent: generator }),
      copy: () => staleCache({ key: () => 'k', copy: generator }),
      toStale: () => staleCache({ key: () => 'k', toStale: generator }),
      onListenerError: () => new Registry({ onListenerError: generator }),
      'a listener': () => new Registry().subscribe(generator),
      'isHealthy of a service': () => new AutoRecovery({ service: { isHealthy: generator, reset: () => {} } }),
      'reset of a service': () => new AutoRecovery({ service: { isHealthy: () => true, reset: generator } }),
      'needsRecovery of a service': () =>
        new AutoRecovery({ service: { isHealthy: () => true, reset: () => {}, needsRecovery: generator } }),
      'isHealthy of a breaker service': () => breakerService({ breakers: [], isHealthy: generator }),
    })) {
      test(`${what} cannot be ${Object.prototype.toString.call(generator)}`, () => {
        assert.throws(make, { code: 'INVALID_SETTINGS', message: /got an? (async )?generator function/ });
      });
    }
  }

  test('a listener that is no function is refused, too', () => {
    for (const listener of [undefined, null, 5]) {
      assert.throws(() => new Registry().subscribe(listener as never), { code: 'INVALID_SETTINGS' });
    }
  });
});

test('F10, B9: an answer that cannot be asked what it is comes out as it is', async () => {
  const strict = new Proxy(
    {},
    {
      get(_target, name) {
        if (name === 'then') return undefined;
        throw new Error(`no ${String(name)}`);
      },
    },
  );
  const answers = [
    strict,
    {
      get [Symbol.toStringTag](): string {
        return throwing();
      },
    },
  ];
  for (const answer of answers) assert.equal(await retry({ maxAttempts: 1 }).execute(() => answer), answer);
});
