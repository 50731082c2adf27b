import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bulkhead,
  CircuitBreaker,
  classify,
  DeadlineExceededError,
  fallback,
  hedge,
  keyedBreakers,
  measure,
  pipeline,
  Registry,
  remainingMs,
  retry,
  setAmbientContext,
  staleCache,
  timeout,
  attemptsOf,
  type CallContext,
  type CallTimeoutError,
  type CallOptions,
  type CircuitBreakerOptions,
  type Clock,
  type Layer,
  type Pipeline,
} from '../index.ts';
import { Measurement } from '../measurement/index.ts';
import { ManualClock } from '../testing/index.ts';

/** A healthy dependency that takes its time and does not look at signals. */
const slow =
  (clock: Clock, tookMs = 20): (() => Promise<string>) =>
  () =>
    new Promise((resolve) => void clock.after(tookMs, () => resolve('fine')));

/** One that gives up when its signal aborts, with whatever it makes of that. */
const obedient =
  (clock: Clock, tookMs = 20, thrown: (reason: unknown) => unknown = (reason) => reason) =>
  ({ signal }: CallContext): Promise<string> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(tookMs, () => resolve('fine'));
      signal.addEventListener('abort', () => {
        cancel();
        reject(thrown(signal.reason));
      });
    });

/** A driver that is told what is left, and gives up by itself. */
const told =
  (clock: Clock, error: () => unknown) =>
  (context: CallContext): Promise<string> =>
    new Promise((resolve, reject) => {
      clock.after(20, () => resolve('fine'));
      clock.after(Math.floor(remainingMs(context)), () => reject(error()));
    });

const expired = (): DOMException => new DOMException('The operation timed out.', 'TimeoutError');

/** Calls five times, one after the other, with whatever the options are then. */
async function five(
  clock: ManualClock,
  guard: Pick<Pipeline, 'execute'>,
  operation: (context: CallContext) => Promise<unknown>,
  options: () => CallOptions | AbortSignal | undefined,
): Promise<unknown[]> {
  const ends: unknown[] = [];
  for (let call = 0; call < 5; call += 1) {
    const ended = guard.execute(operation, options()).then(
      () => 'fine',
      (error: unknown) => error,
    );
    await clock.advance(40);
    ends.push(await ended);
  }
  return ends;
}

/** A signal that aborts as `AbortSignal.timeout` does, by the clock of the test. */
function timeoutSignal(clock: Clock, ms: number, reason: unknown = expired()): AbortSignal {
  const controller = new AbortController();
  clock.after(ms, () => controller.abort(reason));
  return controller.signal;
}

const kinds: Readonly<Record<string, CircuitBreakerOptions>> = {
  'in a row': {},
  'by count': { window: 'count', failureThreshold: 1, minimumCalls: 1 },
  'by time': { window: 'time', failureRatio: 0.1, minimumCalls: 1 },
  'with slow calls': { window: 'count', windowCalls: 5, minimumCalls: 1, slowCallMs: 25, slowCallRatio: 0.1 },
  'with rules': { rules: [{ when: 'timeout', failureThreshold: 1 }] },
  'with a classifier of its own': { classify: (error) => ({ ...classify(error), countsAgainstBreaker: true }) },
};

/** What a caller may choose, or come by; each as the options of the next call. */
const impatience: Readonly<Record<string, (clock: ManualClock) => CallOptions | AbortSignal>> = {
  'a deadline': (clock) => ({ deadline: clock.now() + 5 }),
  withinMs: () => ({ withinMs: 5 }),
  'a signal': (clock) => ({ signal: timeoutSignal(clock, 5, new Error('left')) }),
  'a bare signal': (clock) => timeoutSignal(clock, 5, new Error('left')),
  'AbortSignal.timeout': (clock) => ({ signal: timeoutSignal(clock, 5) }),
};

for (const [kind, options] of Object.entries(kinds)) {
  for (const [name, impatient] of Object.entries(impatience)) {
    for (const [place, layers] of [
      ['before a timeout', (breaker) => [breaker, timeout({ limitMs: 1_000 })]],
      ['inside of a timeout', (breaker) => [timeout({ limitMs: 1_000 }), breaker]],
      ['inside of a retry', (breaker) => [retry({ strategy: 'immediate' }), breaker, timeout({ limitMs: 1_000 })]],
      ['alone', (breaker) => [breaker]],
    ] satisfies [string, (breaker: CircuitBreaker) => Layer[]][]) {
      test(`F3: ${name} of callers opens no breaker (${kind}, ${place})`, async () => {
        const clock = new ManualClock(1_000);
        const breaker = new CircuitBreaker(options);
        const guard = pipeline('p', layers(breaker), { clock });

        const ends = await five(clock, guard, obedient(clock), () => impatient(clock));

        assert.equal(breaker.state, 'closed');
        assert.equal(breaker.report(clock.now())['failures'], 0);
        if (place !== 'alone' && !name.includes('ithin') && name !== 'a deadline') assert.ok(!ends.includes('fine'));
      });
    }
  }
}

test('F3: the policy’s own timeout counts, before and inside of the breaker, also beside a patient caller', async () => {
  for (const order of ['breaker first', 'timeout first']) {
    for (const operation of [slow, obedient, () => () => new Promise<never>(() => undefined)]) {
      for (const options of [undefined, { withinMs: 10_000 }, { signal: new AbortController().signal }]) {
        const clock = new ManualClock();
        const breaker = new CircuitBreaker();
        const limit = timeout({ limitMs: 5 });
        const guard = pipeline('p', order === 'breaker first' ? [breaker, limit] : [limit, breaker], { clock });

        await five(clock, guard, operation(clock), () => options);

        assert.equal(breaker.state, 'open', `${order}, ${operation.name}, ${JSON.stringify(options)}`);
      }
    }
  }
});

test('F3: whose limit it was is said by the error, its message and its classification', async () => {
  const clock = new ManualClock();
  const guard = timeout({ limitMs: 1_000, clock });
  const own = timeout({ limitMs: 5, clock });
  const [byCaller, byPolicy] = [
    guard.execute(slow(clock), { withinMs: 5 }).catch((error: unknown) => error),
    own.execute(slow(clock), { withinMs: 1_000 }).catch((error: unknown) => error),
  ];
  await clock.advance(5);

  const errors = [await byCaller, await byPolicy] as CallTimeoutError[];

  assert.deepEqual(
    errors.map(({ limitedBy, limitMs }) => [limitedBy, limitMs]),
    [
      ['caller', 5],
      ['policy', 5],
    ],
  );
  assert.match(errors[0]?.message ?? '', /caller/);
  assert.doesNotMatch(errors[1]?.message ?? '', /caller/);
  const found = errors.map((error) => classify(error));
  assert.deepEqual(
    found.map(({ class: of, kind, countsAgainstBreaker, scope }) => [of, kind, countsAgainstBreaker, scope]),
    [
      ['transient', 'timeout', false, 'request'],
      ['transient', 'timeout', true, 'dependency'],
    ],
  );
});

test('F3: a probe that the caller’s limit cuts short gives its permit back and decides nothing', async () => {
  for (const [name, impatient] of Object.entries(impatience)) {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 100 });
    const guard = pipeline('p', [breaker, timeout({ limitMs: 1_000 })], { clock });
    await guard.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    await clock.advance(100);

    const probe = guard.execute(slow(clock), impatient(clock)).catch(() => 'impatient');
    await clock.advance(5);

    assert.equal(await probe, 'impatient');
    assert.equal(breaker.state, 'half-open', name);
    assert.equal(await guard.execute(() => 'fine'), 'fine', `${name}: the permit is there again`);
    assert.equal(breaker.state, 'closed');
  }
});

test('F3: a context that is handed on makes its limits the caller’s, those of an outer timeout, too', async () => {
  for (const order of ['timeout first', 'breaker first']) {
    const clock = new ManualClock();
    const [inner, outer] = [new CircuitBreaker({ name: 'inner' }), new CircuitBreaker({ name: 'outer' })];
    const query = pipeline('query', [inner, timeout({ limitMs: 1_000 })], { clock });
    const limit = timeout({ limitMs: 5 });
    const page = pipeline('page', order === 'timeout first' ? [limit, outer] : [outer, limit], { clock });

    await five(
      clock,
      page,
      (context) => query.execute(slow(clock), context),
      () => undefined,
    );

    assert.equal(inner.state, 'closed', `${order}: the query was given 5 ms`);
    assert.equal(outer.state, 'open', `${order}: by the page’s own policy`);
  }
});

test('F3: a deadline and a signal that are inherited by the ambient context are the caller’s as well', async (t) => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker();
  const query = pipeline('query', [breaker, timeout({ limitMs: 1_000 })], { clock });
  const page = pipeline('page', [], { clock });
  t.after(() => setAmbientContext(undefined));
  for (const impatient of Object.values(impatience)) {
    const context = await page.execute((given) => given, impatient(clock));
    setAmbientContext({ current: () => context, run: (given, work) => work(given) });
    const ended = query.execute(slow(clock)).catch(() => undefined);
    await clock.advance(40);
    await ended;
    setAmbientContext(undefined);
  }

  assert.deepEqual([breaker.state, breaker.report(clock.now())['failures']], ['closed', 0]);
});

test('F3: an outer limit counts although the caller leaves later, and a caller who left first is neutral whatever comes', async () => {
  for (const first of ['limit', 'caller']) {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker();
    const guard = pipeline('p', [timeout({ limitMs: first === 'limit' ? 5 : 8 }), breaker], { clock });
    const failing = (): Promise<never> =>
      new Promise((_resolve, reject) => {
        clock.after(10, () => reject(Object.assign(new Error('503'), { status: 503 })));
      });

    await five(clock, guard, failing, () => ({ signal: timeoutSignal(clock, first === 'limit' ? 8 : 5) }));

    assert.equal(breaker.state, first === 'limit' ? 'open' : 'closed', first);
  }
});

test('F3: a caller who leaves because his call timed out does not take the timeout back', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker();
  const guard = pipeline('p', [breaker, timeout({ limitMs: 5 })], { clock });
  const caller = (): [AbortController, CallOptions] => {
    const left = new AbortController();
    return [left, { signal: left.signal }];
  };
  for (let call = 0; call < 5; call += 1) {
    const [left, options] = caller();
    const ended = guard
      .execute(({ signal }) => {
        signal.addEventListener('abort', () => left.abort());
        return slow(clock)();
      }, options)
      .catch(() => undefined);
    await clock.advance(40);
    await ended;
  }

  assert.equal(breaker.state, 'open');
});

test('F3: what a judge calls a failure is none when the caller had left before', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({ judge: (value) => (value === 'bad' ? classify({ status: 503 }) : undefined) });
  const left = new AbortController();
  const bad = (): Promise<string> => new Promise((resolve) => void clock.after(5, () => resolve('bad')));
  const guard = pipeline('p', [breaker], { clock });
  for (let call = 0; call < 5; call += 1) {
    const ended = guard.execute(bad, { signal: call === 0 ? left.signal : timeoutSignal(clock, 1) });
    if (call === 0) left.abort();
    await clock.advance(5);
    await ended;
  }

  assert.deepEqual([breaker.state, breaker.report(clock.now())['failures']], ['closed', 0]);
});

test('F3: a driver that was given what the caller had left, and a service that was told, time out neutrally', async () => {
  const errors: Readonly<Record<string, () => unknown>> = {
    TimeoutError: expired,
    ETIMEDOUT: () => Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' }),
    504: () => Object.assign(new Error('Gateway Timeout'), { status: 504 }),
    'statement timeout of PostgreSQL': () =>
      Object.assign(new Error('canceling statement due to statement timeout'), {
        code: '57014',
        severity: 'ERROR',
        name: 'error',
      }),
  };
  for (const [name, error] of Object.entries(errors)) {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker();
    const guard = pipeline('p', [breaker], { clock });

    await five(clock, guard, told(clock, error), () => ({ withinMs: 5.5 }));
    assert.equal(breaker.state, 'closed', name);
    const early = (): Promise<never> => new Promise((_resolve, reject) => void clock.after(5, () => reject(error())));
    await five(clock, guard, early, () => ({ withinMs: 500 }));
    assert.equal(
      breaker.state,
      classify(error()).countsAgainstBreaker ? 'open' : 'closed',
      `${name}: a limit of its own`,
    );
  }
});

test('F3: a verdict that looks like a caller’s limit and is none is not taken for one', async () => {
  const clock = new ManualClock();
  const tooSlow = {
    ...classify(new Error('too slow')),
    kind: 'timeout',
    scope: 'request',
    countsAgainstBreaker: false,
  } as const;
  const guard = retry({ strategy: 'immediate', classify: () => tooSlow, clock });

  const { stoppedBy, attempts } = await guard.executeOutcome(() => Promise.reject(new Error('too slow')), {
    withinMs: 1_000,
  });

  assert.deepEqual([stoppedBy, attempts], ['exhausted', 3]);
});

test('F3: other failures count also when the deadline has passed', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker();
  const guard = pipeline('p', [breaker], { clock });

  await five(
    clock,
    guard,
    told(clock, () => new Error('down')),
    () => ({ withinMs: 5 }),
  );

  assert.equal(breaker.state, 'open');
});

test('F3: keyed breakers, hedges, bulkheads and caches between do not change whose limit it was', async () => {
  const clock = new ManualClock();
  const keyed = keyedBreakers();
  const guard = pipeline(
    'p',
    [
      staleCache({ key: () => 'k', singleFlight: false }),
      keyed,
      hedge({ delayMs: 2, idempotent: true }),
      bulkhead({ limit: 10 }),
      timeout({ limitMs: 1_000 }),
    ],
    { clock },
  );
  for (const impatient of Object.values(impatience)) {
    await five(clock, guard, obedient(clock), () => impatient(clock));
  }

  assert.deepEqual(
    [...keyed.entries()].map(([key, { state }]) => [key, state]),
    [['p', 'closed']],
  );
});

test('F3: a retry stops at the caller’s limit and says so', async () => {
  const clock = new ManualClock();
  const reasons: unknown[] = [];
  const guard = pipeline('p', [retry({ strategy: 'immediate' }), timeout({ limitMs: 1_000 })], { clock });
  for (const options of [() => ({ withinMs: 5 }), () => ({ signal: timeoutSignal(clock, 5) })]) {
    const outcome = guard.executeOutcome(slow(clock), options());
    const thrown = guard.execute(slow(clock), options()).catch((error: unknown) => error);
    await clock.advance(40);
    const { stoppedBy, attempts } = await outcome;
    reasons.push([stoppedBy, attempts, attemptsOf(await thrown)?.stoppedBy]);
  }

  assert.deepEqual(reasons, [
    ['deadline', 1, 'deadline'],
    ['aborted', 1, 'aborted'],
  ]);
});

test('F3: without a retry an outcome says as well that the caller’s limit stopped it', async () => {
  const clock = new ManualClock();
  const guard = timeout({ limitMs: 1_000, clock });
  const outcomes = [
    guard.executeOutcome(slow(clock), { withinMs: 5 }),
    guard.executeOutcome(slow(clock), { signal: timeoutSignal(clock, 5) }),
    guard.executeOutcome(slow(clock), { withinMs: 0 }),
  ];
  await clock.advance(40);

  const ends = await Promise.all(outcomes);

  assert.deepEqual(
    ends.map(({ stoppedBy, classification }) => [stoppedBy, classification?.countsAgainstBreaker]),
    [
      ['deadline', false],
      ['aborted', false],
      ['deadline', false],
    ],
  );
});

test('F3: what is measured of it is cancelled, neither a timeout nor a failure', async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const breaker = new CircuitBreaker();
  const guard = registry.pipeline('p', [breaker, timeout({ limitMs: 1_000 })]);
  const measurement = Measurement.of(registry);

  for (const impatient of Object.values(impatience)) {
    await five(clock, guard, obedient(clock), () => impatient(clock));
  }

  const { calls } = measurement.breaker(breaker) ?? {};
  assert.deepEqual([calls?.cancelled, calls?.timeout, calls?.failure, calls?.ignored], [25, 0, 0, 0]);
});

test('F3: a deadline that passes while the call runs may be answered by a fallback, a caller who left not', async () => {
  const clock = new ManualClock();
  const guard = pipeline('p', [fallback({ to: 'old' }), timeout({ limitMs: 1_000 })], { clock });
  const late = guard.execute(slow(clock), { withinMs: 5 });
  const left = guard
    .execute(slow(clock), { signal: timeoutSignal(clock, 5, 'left') })
    .catch((reason: unknown) => reason);
  await clock.advance(5);

  assert.deepEqual([await late, await left], ['old', 'left']);
});

test('F3: a call that ran longer than slowCallMs before its caller left is slow evidence, a shorter one is none', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker({
    window: 'count',
    slowCallMs: 15,
    slowCallRatio: 1,
    minimumCalls: 5,
    windowCalls: 5,
  });
  const guard = pipeline('p', [breaker, timeout({ limitMs: 1_000 })], { clock });

  await five(clock, guard, slow(clock), () => ({ withinMs: 14 }));
  assert.deepEqual([breaker.state, breaker.report(clock.now())['slow']], ['closed', 0]);
  await five(clock, guard, slow(clock), () => ({ withinMs: 16 }));
  assert.deepEqual([breaker.state, breaker.report(clock.now())['slow']], ['open', 5]);
});

test('F3: a measure outside of the breaker sees no failure of the dependency either', async () => {
  const clock = new ManualClock();
  const seen: boolean[] = [];
  const guard = pipeline(
    'p',
    [
      measure({
        classify: (error, context) => {
          const found = classify(error, context);
          seen.push(found.countsAgainstBreaker);
          return found;
        },
      }),
      timeout({ limitMs: 1_000 }),
    ],
    { clock },
  );

  await five(clock, guard, slow(clock), () => ({ withinMs: 5 }));

  assert.deepEqual(seen, [false, false, false, false, false]);
});

test('F3: a call for which no time is left is refused, by the inner pipeline, too, and counts nowhere', async () => {
  const clock = new ManualClock();
  const [inner, outer] = [new CircuitBreaker({ name: 'inner' }), new CircuitBreaker({ name: 'outer' })];
  const query = pipeline('query', [inner], { clock });
  const page = pipeline('page', [outer], { clock });
  const late = async (context: CallContext): Promise<unknown> => {
    await slow(clock, 10)();
    return query.execute(() => assert.fail('started'), context);
  };

  const ends = await five(clock, page, late, () => ({ withinMs: 5 }));

  assert.ok(ends.every((error) => error instanceof DeadlineExceededError));
  assert.deepEqual([inner.state, outer.state], ['closed', 'closed']);
});
