import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CircuitBreaker, type CircuitBreakerOptions, type Clock } from '../index.ts';

type Result = 'good' | 'bad' | 'other-bad' | 'neutral';

type Step =
  | { readonly do: 'call'; readonly result: Result; readonly tookMs: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'order'; readonly order: 'trip' | 'probe' | 'reset' | 'isolate' | 'hold-closed' | 'release' }
  | { readonly do: 'restart'; readonly elapsedMs: number };

const errors: Readonly<Record<Exclude<Result, 'good'>, () => Error>> = {
  bad: () => Object.assign(new Error('down'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  'other-bad': () => Object.assign(new Error('full'), { code: 'ENOSPC' }),
  neutral: () => new TypeError('a bug'),
};

const shares = {
  failureThreshold: fc.constantFrom(0, 3),
  failureRatio: fc.constantFrom(0.07, 0.3, 0.5, 1),
  minimumCalls: fc.integer({ min: 1, max: 4 }),
  consecutiveFailures: fc.constantFrom(0, 3, 6),
  slowCallRatio: fc.constantFrom(0.25, 0.5, 1),
};

const windows = {
  consecutive: fc.record({ failureThreshold: fc.integer({ min: 1, max: 4 }) }),
  count: fc.record({ ...shares, windowCalls: fc.integer({ min: 4, max: 12 }) }),
  time: fc.record({ ...shares, windowMs: fc.constantFrom(100, 1_000, 3_330) }),
};

const numbers = fc.record({
  resetTimeoutMs: fc.constantFrom(50, 400),
  resetTimeoutFactor: fc.constantFrom(1, 2),
  maxResetTimeoutMs: fc.constantFrom(600, 5_000),
  resetJitter: fc.constantFrom(0, 0.5),
  halfOpenCalls: fc.integer({ min: 1, max: 3 }),
  rampUpMs: fc.constantFrom(0, 300),
});

const rules = fc.constantFrom<CircuitBreakerOptions>(
  {},
  { rules: [{ when: 'ENOSPC', failureThreshold: 2, resetTimeoutMs: 130 }] },
);

const elapsedMs = fc.constantFrom(0, 1, 40, 95, 100, 700, 20_000);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant<'call'>('call'),
      result: fc.constantFrom<Result>('good', 'good', 'bad', 'bad', 'other-bad', 'neutral'),
      tookMs: fc.constantFrom(0, 0, 1, 39, 40, 90),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant<'wait'>('wait'), ms: fc.constantFrom(1, 10, 33, 50, 100, 333, 400, 1_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant<'order'>('order'),
      order: fc.constantFrom('trip', 'probe', 'reset', 'isolate', 'hold-closed', 'release'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant<'restart'>('restart'), elapsedMs }) },
);

const schedule = fc.array(step, { minLength: 10, maxLength: 80, size: 'max' });

for (const window of ['consecutive', 'count', 'time'] as const) {
  for (const slowCallMs of [0, 40]) {
    const slow = slowCallMs === 0 ? 'without slow calls' : 'with slow calls';

    test(`F17: a restored '${window}' window ${slow} decides as the one that ran on, restored now and then`, async () => {
      await fc.assert(
        fc.asyncProperty(windows[window], numbers, rules, schedule, async (own, common, ruled, steps) => {
          await follow({ window, ...own, ...common, ...ruled, slowCallMs }, steps, false);
        }),
        { numRuns: 250 },
      );
    });

    test(`F17: a restored '${window}' window ${slow} decides as the one that ran on, restored at each step`, async () => {
      await fc.assert(
        fc.asyncProperty(windows[window], numbers, rules, schedule, async (own, common, ruled, steps) => {
          await follow({ window, ...own, ...common, ...ruled, slowCallMs }, steps, true);
        }),
        { numRuns: 150 },
      );
    });
  }
}

/** A breaker in a process: its clock began at a time of its own. */
interface Process {
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  wait(ms: number): void;
}

function startProcess(options: CircuitBreakerOptions, bootedAt: number): Process {
  let now = bootedAt;
  const clock: Clock = { now: () => now, after: () => () => undefined };
  const breaker = new CircuitBreaker({ ...options, clock, random: () => 0.25 });
  // Its time begins with its first use.
  assert.equal(breaker.state, 'closed');
  return {
    breaker,
    clock,
    wait: (ms) => {
      now += ms;
    },
  };
}

/** Takes the same steps with a breaker that runs on and with one that is saved and restored, and compares after each. */
async function follow(options: CircuitBreakerOptions, steps: readonly Step[], always: boolean): Promise<void> {
  const ranOn = startProcess(options, 1_000_000);
  let restored = startProcess(options, 1_000_000);
  let restarts = 0;

  const restart = (offMs: number): void => {
    const saved = JSON.parse(JSON.stringify(restored.breaker.save())) as ReturnType<CircuitBreaker['save']>;
    restarts += 1;
    ranOn.wait(offMs);
    restored = startProcess(options, restarts * 7_777);
    // It has been used before it is restored, and none of that may be left.
    restored.wait(13);
    restored.breaker.restore(saved, offMs);
  };

  for (const next of steps) {
    if (next.do === 'restart') restart(next.elapsedMs);
    else assert.equal(await take(restored, next), await take(ranOn, next), 'let through');
    if (always) restart(0);
    assert.deepEqual(decisionsOf(restored), decisionsOf(ranOn));
  }
}

/** @returns whether a call was let through; nothing for other steps */
async function take({ breaker, wait }: Process, next: Exclude<Step, { do: 'restart' }>): Promise<boolean | undefined> {
  if (next.do === 'wait') wait(next.ms);
  else if (next.do === 'order') {
    if (next.order === 'isolate') breaker.isolate('a test', 300);
    else if (next.order === 'hold-closed') breaker.holdClosed('a test', 300);
    else breaker[next.order]('a test');
  } else {
    let admitted = false;
    await breaker
      .execute(() => {
        admitted = true;
        wait(next.tookMs);
        if (next.result !== 'good') throw errors[next.result]();
      })
      .catch(() => undefined);
    // The time passes for everybody, whether or not the call was made.
    if (!admitted) wait(next.tookMs);
    return admitted;
  }
  return undefined;
}

function decisionsOf({ breaker, clock }: Process): object {
  const report = breaker.report(clock.now());
  const { circuit, rampingUp, consecutiveFailures, failureRatio, slowRatio, order } = report;
  return {
    state: breaker.state,
    awaitsRecovery: breaker.awaitsRecovery,
    // A half-open circuit without a success is saved as an open one whose test is due.
    retryAfterMs: report.retryAfterMs ?? 0,
    circuit,
    rampingUp,
    consecutiveFailures,
    failureRatio,
    slowRatio,
    order,
  };
}
