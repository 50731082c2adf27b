import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  circuitBreaker,
  CircuitBreaker,
  createClassifier,
  fallback,
  hedge,
  keyedBreakers,
  measure,
  pipeline,
  Registry,
  retry,
  staleCache,
  type CircuitBreakerOptions,
} from '../index.ts';
import { guardedFetch } from '../fetch/index.ts';
import { stateFile } from '../node/index.ts';
import { exportToOpenTelemetry } from '../opentelemetry/index.ts';
import { exportMetrics } from '../prometheus/index.ts';
import { ManualClock } from '../testing/index.ts';

/** The problems that making something is refused for. */
function issuesOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    return (error as { readonly issues: readonly string[] }).issues;
  }
  return [];
}

const nothingOpensIt =
  'nothing could ever open the circuit: set failureThreshold, failureRatio or consecutiveFailures above 0, ' +
  'slowCallMs, or a rule with a failureThreshold';

describe('F10: settings that cannot make sense together are refused with a sentence', () => {
  const refused: readonly (readonly [CircuitBreakerOptions, string])[] = [
    [{ window: 'count', failureRatio: 0, consecutiveFailures: 0 }, nothingOpensIt],
    [{ window: 'time', failureRatio: 0, consecutiveFailures: 0 }, nothingOpensIt],
    [{ window: 'time', failureRatio: 0, consecutiveFailures: 0, rules: [{ when: 'timeout' }] }, nothingOpensIt],
    [{ window: 'count', windowCalls: 10, minimumCalls: 11 }, 'minimumCalls must be at most windowCalls (10), got 11'],
    [
      { window: 'count', windowCalls: 10, minimumCalls: 5, failureThreshold: 11 },
      'failureThreshold must be at most windowCalls (10), got 11',
    ],
    [
      { window: 'count', slowCallRatio: 0.5 },
      'slowCallRatio has no effect without slowCallMs: set the milliseconds after which a call is slow',
    ],
    [
      { resetTimeoutMs: 2_000, maxResetTimeoutMs: 1_000 },
      'maxResetTimeoutMs must be at least resetTimeoutMs (2000), got 1000',
    ],
    [{ maxResetTimeoutMs: 1_000 }, 'maxResetTimeoutMs must be at least resetTimeoutMs (60000), got 1000'],
  ];
  for (const [options, issue] of refused) {
    test(JSON.stringify(options), () => {
      assert.deepEqual(
        issuesOf(() => new CircuitBreaker(options)),
        [issue],
      );
      assert.deepEqual(
        issuesOf(() => keyedBreakers(options)),
        [issue],
      );
    });
  }

  const taken: readonly CircuitBreakerOptions[] = [
    { window: 'count', failureRatio: 0 },
    { window: 'count', failureRatio: 0, consecutiveFailures: 0, failureThreshold: 3 },
    { window: 'count', failureThreshold: 0 },
    { window: 'count', failureThreshold: 0, consecutiveFailures: 0 },
    { window: 'time', failureRatio: 0, consecutiveFailures: 0, slowCallMs: 500 },
    { window: 'time', failureRatio: 0, consecutiveFailures: 0, rules: [{ when: 'timeout', failureThreshold: 3 }] },
    { window: 'count', slowCallRatio: 0.5, slowCallMs: 0 },
    { resetTimeoutMs: 3_600_000 },
    { resetTimeoutMs: 1_000, maxResetTimeoutMs: 1_000 },
  ];
  for (const options of taken) {
    test(`${JSON.stringify(options)} is taken`, () => assert.ok(new CircuitBreaker(options)));
  }

  test('a change of settings after which nothing could open it is refused, and changes nothing', () => {
    const { settings } = new CircuitBreaker({ window: 'count', failureRatio: 0 });

    assert.deepEqual(
      issuesOf(() => settings.change({ consecutiveFailures: 0 })),
      [nothingOpensIt],
    );

    assert.equal(settings.values.consecutiveFailures, 20);
    settings.change({ consecutiveFailures: 0, failureRatio: 0.5 });
    assert.equal(settings.values.consecutiveFailures, 0);
  });

  test('answers of a stale cache cannot be fresh for longer than they may be given at all', () => {
    assert.deepEqual(
      issuesOf(() => staleCache({ key: () => 'k', maxAgeMs: 1_000, freshMs: 2_000 })),
      ['freshMs must be at most maxAgeMs (1000), got 2000'],
    );
    assert.ok(staleCache({ key: () => 'k', freshMs: 2_000 }));
  });

  test('a verdict of a rule must be a part of a classification', () => {
    const verdict = { class: 'odd', retryable: 'yes', severity: 3 } as never;
    assert.deepEqual(
      issuesOf(() => createClassifier({ rules: [{ when: 'E', verdict }] })),
      [
        "rules[0].verdict.class cannot be 'odd'",
        "rules[0].verdict.retryable cannot be 'yes'",
        'rules[0].verdict.severity is not part of a classification; its properties are class, retryable, countsAgainstBreaker, ' +
          'reachedServer, applied, retryAfterMs, kind, scope',
      ],
    );
  });

  test('a verdict that cannot even be shown as text is refused with a sentence as well', () => {
    const nothing = Object.create(null) as never;
    assert.deepEqual(
      issuesOf(() => createClassifier({ rules: [{ when: 'E', verdict: { kind: nothing } }], unknown: nothing })),
      ['rules[0].verdict.kind cannot be an object', "unknown must be 'transient' or 'persistent', got an object"],
    );
  });

  test('a budget that is none is refused by a hedge, too', () => {
    const budget = { record: () => undefined } as never;
    assert.deepEqual(
      issuesOf(() => hedge({ delayMs: 1, idempotent: true, budget })),
      ['budget must be a retryBudget(), or have record(now) and tryTake(now), and optionally giveBack(now, takenAt)'],
    );
  });
});

test('B2, B12: halfOpenCalls lowered to what has already succeeded leaves no circuit half-open for ever', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 100, halfOpenCalls: 3, clock });
  const down = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
  await breaker.execute(() => Promise.reject(down)).catch(() => undefined);
  await clock.advance(100);
  await breaker.execute(() => 'fine');
  await breaker.execute(() => 'fine');

  breaker.settings.change({ halfOpenCalls: 1 });
  await breaker.execute(() => 'fine');

  assert.equal(breaker.state, 'closed');
});

describe('F10: an async function is refused where an answer is needed at once', () => {
  const later = (async () => true) as never;
  const generator = function* () {} as never;
  const doors: Readonly<Record<string, (fn: never) => unknown>> = {
    'classify of a breaker': (classify) => new CircuitBreaker({ classify }),
    'judge of a breaker': (judge) => new CircuitBreaker({ judge }),
    'rules[0].when of a breaker': (when) => new CircuitBreaker({ rules: [{ when }] }),
    'random of a breaker': (random) => new CircuitBreaker({ random }),
    'classify of keyed breakers': (classify) => keyedBreakers({ classify }),
    'key of keyed breakers': (key) => keyedBreakers({ key }),
    'classify of a retry': (classify) => retry({ classify }),
    'judge of a retry': (judge) => retry({ judge }),
    'classify of a fallback': (classify) => fallback({ to: 1, classify }),
    'classify of a hedge': (classify) => hedge({ delayMs: 1, idempotent: true, classify }),
    'classify of a stale cache': (classify) => staleCache({ key: () => 'k', classify }),
    'classify of a measure': (classify) => measure({ classify }),
    'random of a pipeline': (random) => pipeline('p', [], { random }),
    'random of a registry': (random) => new Registry({ random }),
    'rules[0].when of a classifier': (when) => createClassifier({ rules: [{ when, verdict: {} }] }),
    'key of a guarded fetch': (key) => guardedFetch(retry(), { key }),
    'breakers of a state file': (breakers) => stateFile({ path: 'x', breakers }),
    'now of a state file': (now) => stateFile({ path: 'x', breakers: [], now }),
  };
  for (const [door, make] of Object.entries(doors)) {
    test(door, () => {
      const [name] = door.split(' ');
      assert.deepEqual(
        issuesOf(() => make(later)),
        [`${name} must be synchronous, got an async function`],
      );
      assert.deepEqual(
        issuesOf(() => make(generator)),
        [`${name} must be synchronous, got a generator function`],
      );
    });
  }

  test('and is taken where its answer is waited for', () => {
    retry({ rules: [{ when: later, delayMs: 0 }], onEvent: later });
    fallback({ to: later, when: later });
    staleCache({ key: () => 'k', when: later, toStale: later });
    guardedFetch(retry(), { isFailure: later, fetch: later });
  });
});

test('B51: what is no object of options, no list of layers and no rule is refused with a sentence', () => {
  const nonsense = [null, 5, 'x', [], () => undefined];
  for (const wrong of nonsense) {
    for (const make of [keyedBreakers, createClassifier, retry, circuitBreaker]) {
      assert.throws(() => (make as (options: unknown) => unknown)(wrong), { code: 'INVALID_SETTINGS' });
    }
  }
  for (const options of [{ rules: [null] }, { rules: 5 }, { rules: [{}] }, { overrides: 5 }, { overrides: null }]) {
    assert.throws(() => createClassifier(options as never), { code: 'INVALID_SETTINGS' }, JSON.stringify(options));
  }
  for (const layers of [undefined, null, 5, 'x', new Set([retry()])]) {
    assert.throws(() => pipeline('p', layers as never), { code: 'INVALID_SETTINGS' });
    assert.throws(() => new Registry().add('p', layers as never), { code: 'INVALID_SETTINGS' });
  }
  assert.throws(() => new Registry().add('', [{ name: 'pool' }]), { code: 'INVALID_SETTINGS' });
  assert.throws(() => new Registry().add('pools', [null as never]), { code: 'INVALID_SETTINGS' });
});

test('keyed breakers of their own take stackTraces as every policy does', async () => {
  const breakers = keyedBreakers({ failureThreshold: 1, stackTraces: true });
  await assert.rejects(
    breakers.execute(() => Promise.reject(new Error('down'))),
    { message: 'down' },
  );

  const { error } = await breakers.executeOutcome(() => 1);

  assert.match((error as Error).stack ?? '', /impossible-settings/);
});

test('B51: exporters refuse what they cannot export to', () => {
  const registry = new Registry();
  for (const wrong of [null, 5, {}, { register: {} }, { register: new Map(), wallClock: 5 }]) {
    assert.throws(() => exportMetrics(registry, wrong as never), { code: 'INVALID_SETTINGS' }, JSON.stringify(wrong));
  }
  const meter = { addBatchObservableCallback: () => undefined };
  for (const wrong of [null, 5, {}, { meter: {} }, { meter, logger: {} }, { meter, wallClock: async () => 5 }]) {
    assert.throws(() => exportToOpenTelemetry(registry, wrong as never), { code: 'INVALID_SETTINGS' });
  }
});

test('F10: a clock that answers later is refused', () => {
  const after = async (): Promise<void> => {};
  assert.throws(() => retry({ clock: { now: () => 0, after } as never }), {
    message: /clock\.after must be synchronous, got an async function/,
  });
});
