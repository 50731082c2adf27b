import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, type CircuitBreakerOptions, type Clock } from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { ModelBreaker, type ModelNumbers, type ModelPermit } from '../testing/circuit-model.ts';

type Result = 'good' | 'bad' | 'neutral' | 'answered-no';

type Step =
  | { readonly do: 'call' }
  | { readonly do: 'settle'; readonly which: number; readonly result: Result }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'order'; readonly order: 'trip' | 'probe' | 'reset' | 'isolate' | 'hold-closed' | 'release' }
  | { readonly do: 'change'; readonly numbers: Partial<ModelNumbers> };

const results: Readonly<Record<Exclude<Result, 'good'>, () => Error>> = {
  bad: () => Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  neutral: () => new TypeError('a bug'),
  'answered-no': () => Object.assign(new Error('Not Found'), { status: 404 }),
};

const windows = {
  consecutive: fc.record({ failureThreshold: fc.integer({ min: 1, max: 4 }) }),
  count: fc.record({
    failureRatio: fc.constantFrom(0, 0.07, 0.3, 0.5, 1),
    minimumCalls: fc.integer({ min: 1, max: 4 }),
    windowCalls: fc.integer({ min: 4, max: 12 }),
    consecutiveFailures: fc.constantFrom(0, 3, 6),
    slowCallRatio: fc.constantFrom(0.25, 0.5, 1),
  }),
  time: fc.record({
    failureRatio: fc.constantFrom(0, 0.07, 0.3, 0.5, 1),
    minimumCalls: fc.integer({ min: 1, max: 4 }),
    windowMs: fc.constantFrom(100, 1_000, 3_330),
    consecutiveFailures: fc.constantFrom(0, 3, 6),
    slowCallRatio: fc.constantFrom(0.25, 0.5, 1),
  }),
};

const common = fc.record({
  resetTimeoutMs: fc.constantFrom(50, 400),
  resetTimeoutFactor: fc.constantFrom(1, 2),
  maxResetTimeoutMs: fc.constantFrom(600, 5_000),
  halfOpenCalls: fc.integer({ min: 1, max: 3 }),
  slowCallMs: fc.constantFrom(0, 0, 40),
});

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>({ do: 'call' }) },
    {
      weight: 7,
      arbitrary: fc.record({
        do: fc.constant<'settle'>('settle'),
        which: fc.nat(20),
        result: fc.constantFrom<Result>('good', 'bad', 'bad', 'bad', 'neutral', 'answered-no'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant<'wait'>('wait'),
        ms: fc.constantFrom(0, 1, 10, 39, 50, 100, 400, 1_000, 60_000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant<'order'>('order'),
        order: fc.constantFrom('trip', 'probe', 'reset', 'isolate', 'hold-closed', 'release'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant<'change'>('change'),
        numbers: fc.record({ halfOpenCalls: fc.integer({ min: 1, max: 3 }), resetTimeoutMs: fc.constantFrom(30, 200) }),
      }),
    },
  ),
  { minLength: 20, maxLength: 120, size: 'max' },
);

for (const window of ['consecutive', 'count', 'time'] as const) {
  test(`B1-B5, B11-B13, P1-P8, P21-P23: a breaker that counts by '${window}' does what the slow model does`, async () => {
    await fc.assert(
      fc.asyncProperty(windows[window], common, steps, async (own, shared, schedule) => {
        fc.pre(canOpen({ window, ...own, ...shared }));
        await follow({ window, ...own, ...shared }, schedule);
      }),
      { numRuns: 1_500 },
    );
  });
}

/** Whether the settings are such as a breaker takes: something must be able to open it. */
function canOpen({ failureThreshold, failureRatio, consecutiveFailures, slowCallMs }: CircuitBreakerOptions): boolean {
  return [failureThreshold, failureRatio, consecutiveFailures, slowCallMs].some((number = 0) => number > 0);
}

/** Takes the same steps with the breaker and with the model, and compares after each. */
async function follow(numbers: CircuitBreakerOptions, schedule: readonly Step[]): Promise<void> {
  let now = 1_000_000;
  const clock: Clock = { now: () => now, after: () => () => undefined };
  const breaker = new CircuitBreaker({ ...numbers, clock });
  assert.equal(breaker.state, 'closed'); // its time begins with its first use
  const model = new ModelBreaker(breaker.settings.values, now);
  const running: { readonly permit: ModelPermit; readonly settle: (result: Result) => void }[] = [];

  for (const step of schedule) {
    if (step.do === 'call') {
      const answer = deferred<string>();
      let admitted = false;
      breaker
        .execute(() => {
          admitted = true;
          return answer.promise;
        })
        .catch(() => undefined);
      const permit = model.call(now);
      assert.equal(admitted, permit !== undefined, 'admitted');
      if (permit !== undefined) {
        const settle = (result: Result): void =>
          result === 'good' ? answer.resolve('fine') : answer.reject(results[result]());
        running.push({ permit, settle });
      }
    } else if (step.do === 'settle' && running.length > 0) {
      const [settled] = running.splice(step.which % running.length, 1);
      settled?.settle(step.result);
      await settling();
      if (settled !== undefined) model.settle(settled.permit, step.result, now);
    } else if (step.do === 'wait') {
      now += step.ms;
    } else if (step.do === 'order') {
      if (step.order === 'isolate') breaker.isolate('a test', 300);
      else if (step.order === 'hold-closed') breaker.holdClosed('a test', 300);
      else breaker[step.order]('a test');
      model.order(step.order, now, 300);
    } else if (step.do === 'change') {
      breaker.settings.change({ ...step.numbers });
      model.change(step.numbers);
    }
    assert.equal(breaker.state, model.state(now), 'state');
    const report = breaker.report(now);
    assert.equal(report['circuit'], model.circuit(now), 'circuit');
    assert.equal(report['consecutiveFailures'], model.run, 'failures in a row');
    assert.equal(report['failureRatio'], model.failureRatio(now), 'failure ratio');
    assert.equal(report['running'], running.length, 'running');
  }
  for (const { settle } of running) settle('good');
}

/** Three turns of the microtask queue: the operation, its adoption, and the breaker's handler. */
async function settling(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
}
