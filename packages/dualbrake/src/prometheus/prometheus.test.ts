import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { AggregatorRegistry, Gauge, Registry as Register, type OpenMetricsContentType } from 'prom-client';
import { faultInjection } from '../faults/index.ts';
import { CircuitBreaker, keyedBreakers, Registry, retry, retryBudget, timeout } from '../index.ts';
import { callBoundsMs, Measurement, OVERFLOW, recoveryBoundsMs } from '../measurement/index.ts';
import { ManualClock, seededRandom } from '../testing/index.ts';
import { addMetrics, exportMetrics, metric } from './index.ts';

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
const fails = () => Promise.reject(refused());
/** 2026-01-01T00:00:00Z. */
const EPOCH_MS = 1_767_225_600_000;

/** Every line of the text that Prometheus would read. No label of these tests holds a comma or a quotation mark. */
async function scrape(register: Register): Promise<readonly Line[]> {
  const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(line);
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text] as const);
    return { name, labels: Object.fromEntries(pairs), value: Number(value) };
  });
}

function valueOf(lines: readonly Line[], name: string, labels: Line['labels'] = {}): number | undefined {
  const found = matching(lines, name, labels);
  assert.ok(found.length <= 1, `${found.length} series of ${name} have ${JSON.stringify(labels)}`);
  return found[0]?.value;
}

function matching(lines: readonly Line[], name: string, labels: Line['labels']): readonly Line[] {
  return lines.filter(
    (line) => line.name === name && Object.entries(labels).every(([label, text]) => line.labels[label] === text),
  );
}

function sumOf(lines: readonly Line[], name: string, labels: Line['labels'] = {}): number {
  return matching(lines, name, labels).reduce((sum, { value }) => sum + value, 0);
}

function setUp(clock = new ManualClock(), measured: ConstructorParameters<typeof Measurement>[1] = {}) {
  const registry = new Registry({ clock, random: () => 0.5 });
  const register = new Register();
  const measurement = Measurement.of(registry, measured);
  const remove = exportMetrics(registry, { register, measurement, wallClock: () => EPOCH_MS + clock.now() });
  return { clock, registry, register, measurement, remove };
}

test('under random traffic and orders each breaker is in exactly one state, and the counters are what it counts itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = seededRandom(seed);
      const clock = new ManualClock();
      const registry = new Registry({ clock, random });
      const register = new Register();
      exportMetrics(registry, { register });
      const breakers = [
        new CircuitBreaker({ name: 'db', failureThreshold: 3, resetTimeoutMs: 200, slowCallMs: 40 }),
        new CircuitBreaker({ name: 'mail', window: 'count', windowCalls: 10, minimumCalls: 4, resetTimeoutMs: 100 }),
      ];
      const again = retry({ maxAttempts: 8, baseMs: 10 });
      const pipelines = breakers.map((breaker) =>
        registry.pipeline(`to-${breaker.name}`, [again, breaker, timeout({ limitMs: 60 })]),
      );
      const running = new Set<Promise<unknown>>();
      for (let step = 0; step < 40; step += 1) {
        const place = Math.floor(random() * 2);
        const operation = async (): Promise<void> => {
          await new Promise<void>((resolve) => clock.after(Math.floor(random() * 90), resolve));
          if (random() < 0.5) throw refused();
        };
        const call = pipelines[place]?.execute(operation).catch(() => undefined) ?? assert.fail();
        running.add(call);
        void call.finally(() => running.delete(call));
        const breaker = breakers[place] ?? assert.fail();
        if (random() < 0.05) breaker.isolate('drill', 50);
        if (random() < 0.05) breaker.holdClosed('drill', 50);
        if (random() < 0.05) breaker.trip();
        if (random() < 0.05) breaker.release();
        await clock.advance(Math.floor(random() * 30));
        const lines = await scrape(register);
        for (const { name } of breakers) {
          assert.equal(sumOf(lines, 'recovery_breaker_state', { breaker: `to-${name}.${name}` }), 1);
          assert.ok(sumOf(lines, 'recovery_breaker_override', { breaker: `to-${name}.${name}` }) <= 1);
        }
      }
      while (running.size > 0) await clock.advance(50);
      const lines = await scrape(register);

      for (const breaker of breakers) {
        const own = breaker.report(clock.now());
        const id = { breaker: `to-${breaker.name}.${breaker.name}` };
        const calls = (...outcomes: string[]) =>
          outcomes.reduce((sum, outcome) => sum + sumOf(lines, 'recovery_breaker_calls_total', { ...id, outcome }), 0);
        assert.equal(calls('success', 'slow'), own['successes']);
        assert.equal(calls('failure', 'timeout'), own['failures']);
        assert.equal(calls('ignored', 'cancelled'), own['neutral']);
        assert.equal(calls('rejected_open', 'rejected_override', 'rejected_probe_limit'), own['refused']);
        assert.equal(sumOf(lines, 'recovery_breaker_transitions_total', { ...id, to: 'open' }), own['openings']);
        assert.equal(valueOf(lines, 'recovery_breaker_recovery_duration_seconds_count', id), own['recoveries']);
        for (const [outcome, counted] of [
          ['success', calls('success', 'slow')],
          ['failure', calls('failure', 'timeout')],
        ] as const) {
          assert.equal(valueOf(lines, 'recovery_breaker_call_duration_seconds_count', { ...id, outcome }), counted);
        }
      }
      const told = again.report();
      assert.equal(sumOf(lines, 'recovery_retry_operations_total'), told['calls']);
      assert.equal(sumOf(lines, 'recovery_retry_attempts_total'), told['attempts']);
      assert.equal(sumOf(lines, 'recovery_retry_attempts_total', { outcome: 'retried' }), told['retries']);
      assert.equal(
        sumOf(lines, 'recovery_retry_operations_total', { outcome: 'after_retry' }),
        told['succeededAfterRetry'],
      );
      const attempts = matching(lines, 'recovery_retry_attempts_total', {}).map(({ labels }) => labels['attempt']);
      assert.ok(attempts.every((attempt) => ['1', '2', '3', '4', '5', '6+'].includes(attempt ?? '')));
      assertSound(lines);
    }),
    { numRuns: 25 },
  );
});

/** No series twice, and buckets as Prometheus wants them. */
function assertSound(lines: readonly Line[]): void {
  const nameOf = ({ name, labels }: Pick<Line, 'name' | 'labels'>) => JSON.stringify([name, Object.entries(labels)]);
  assert.equal(new Set(lines.map(nameOf)).size, lines.length);
  const allBuckets = Map.groupBy(lines, ({ name, labels: allLabels }) => {
    const { le: _, ...labels } = allLabels;
    return nameOf({ name, labels });
  });
  for (const { name, labels, value } of lines) {
    assert.ok(value >= 0, `${name} is ${value}`);
    if (!name.endsWith('_count')) continue;
    const base = name.slice(0, -'_count'.length);
    const buckets = allBuckets.get(nameOf({ name: `${base}_bucket`, labels })) ?? [];
    const boundsMs = base === 'recovery_breaker_recovery_duration_seconds' ? recoveryBoundsMs : callBoundsMs;
    const bounds = [...boundsMs.map((bound) => String(bound / 1_000)), '+Inf'];
    assert.deepEqual(
      buckets.map((bucket) => bucket.labels['le']),
      bounds,
    );
    assert.ok(buckets.every((bucket, place) => place === 0 || bucket.value >= (buckets[place - 1]?.value ?? 0)));
    assert.equal(buckets.at(-1)?.value, value);
  }
}

test('a duration is in every bucket from its own bound on, and their sum is in seconds', async () => {
  const { clock, registry, register } = setUp();
  const db = registry.pipeline('db', [new CircuitBreaker({ name: 'db' })]);

  for (const tookMs of [5, 6, 300]) {
    const call = db.execute(() => new Promise<void>((resolve) => clock.after(tookMs, resolve)));
    await clock.advance(tookMs);
    await call;
  }

  const lines = await scrape(register);
  const upTo = (le: string) =>
    valueOf(lines, 'recovery_breaker_call_duration_seconds_bucket', { outcome: 'success', le });
  assert.deepEqual(['0.005', '0.01', '0.16', '0.32', '+Inf'].map(upTo), [1, 2, 2, 3, 3]);
  assert.equal(valueOf(lines, 'recovery_breaker_call_duration_seconds_sum', { outcome: 'success' }), 0.311);
  assertSound(lines);
});

test('before the first call all nine outcomes are there and 0, and what has not happened is absent', async () => {
  const { registry, register } = setUp();
  registry.pipeline('db', [retry(), new CircuitBreaker({ name: 'db' })]);

  const lines = await scrape(register);

  const calls = matching(lines, 'recovery_breaker_calls_total', {});
  assert.deepEqual(
    calls.map(({ labels: { breaker, outcome }, value }) => [breaker, outcome, value]),
    [
      'success',
      'slow',
      'failure',
      'timeout',
      'ignored',
      'cancelled',
      'rejected_open',
      'rejected_override',
      'rejected_probe_limit',
    ].map((outcome) => ['db', outcome, 0]),
  );
  assert.equal(matching(lines, 'recovery_retry_operations_total', { policy: 'db.retry' }).length, 8);
  assert.equal(sumOf(lines, 'recovery_breaker_state', { breaker: 'db', state: 'closed' }), 1);
  for (const absent of [
    'recovery_breaker_transitions_total',
    'recovery_breaker_last_transition_timestamp_seconds',
    'recovery_breaker_override_expiry_timestamp_seconds',
    'recovery_breaker_window_calls',
    'recovery_breaker_failure_ratio_threshold',
    'recovery_errors_total',
  ]) {
    assert.deepEqual(matching(lines, absent, {}), [], absent);
  }
});

test('a change of state is told with its time, which stays the same while both clocks drift apart', async () => {
  const clock = new ManualClock(5_000);
  const registry = new Registry({ clock });
  const register = new Register();
  let wallMs = EPOCH_MS;
  exportMetrics(registry, { register, wallClock: () => wallMs });
  const breaker = new CircuitBreaker({ name: 'db', failureThreshold: 1, resetTimeoutMs: 1_000 });
  const db = registry.pipeline('db', [breaker]);
  const last = 'recovery_breaker_last_transition_timestamp_seconds';

  await db.execute(fails).catch(() => undefined);
  await clock.advance(500);
  wallMs += 500;
  const atFirst = await scrape(register);
  wallMs += 3; // the wall clock has been put right
  const later = await scrape(register);

  assert.equal(valueOf(atFirst, last, { breaker: 'db' }), EPOCH_MS / 1_000);
  assert.equal(valueOf(later, last, { breaker: 'db' }), EPOCH_MS / 1_000);
  const labels = { breaker: 'db', from: 'closed', to: 'open', trigger: 'automatic' };
  assert.equal(valueOf(later, 'recovery_breaker_transitions_total', labels), 1);
  assert.equal(valueOf(later, 'recovery_breaker_state', { state: 'open' }), 1);
  await clock.advance(500);
  assert.equal(valueOf(await scrape(register), 'recovery_breaker_state', { state: 'half_open' }), 1);
});

test('an order is told with its end, and not after it', async () => {
  const { clock, registry, register } = setUp();
  const breaker = new CircuitBreaker({ name: 'db' });
  registry.pipeline('db', [breaker]);
  const expiry = 'recovery_breaker_override_expiry_timestamp_seconds';
  const modes = (lines: readonly Line[]) =>
    ['isolated', 'held_closed'].map((mode) => valueOf(lines, 'recovery_breaker_override', { breaker: 'db', mode }));

  await clock.advance(2_000);
  breaker.isolate('a drill', 60_000);
  const isolated = await scrape(register);
  breaker.holdClosed('a drill', 30_000);
  const held = await scrape(register);
  await clock.advance(30_000);
  const over = await scrape(register);

  assert.deepEqual([isolated, held, over].map(modes), [
    [1, 0],
    [0, 1],
    [0, 0],
  ]);
  assert.deepEqual(
    [isolated, held, over].map((lines) => valueOf(lines, expiry, { breaker: 'db' })),
    [EPOCH_MS / 1_000 + 62, EPOCH_MS / 1_000 + 32, undefined],
  );
  assert.equal(valueOf(isolated, 'recovery_breaker_state', { state: 'open' }), 1);
});

test('a window is told where there is one', async () => {
  const { registry, register } = setUp();
  const windowed = new CircuitBreaker({ name: 'windowed', window: 'count', windowCalls: 10, failureRatio: 0.8 });
  const byNumber = new CircuitBreaker({ name: 'by-number', window: 'count', failureThreshold: 9 });
  const calls = registry.pipeline('calls', [windowed, byNumber, new CircuitBreaker({ name: 'plain' })]);

  await calls.execute(() => 'fine');
  await calls.execute(fails).catch(() => undefined);

  const lines = await scrape(register);
  const ids = (name: string) =>
    matching(lines, name, {}).map(({ labels, value }) => [labels['breaker'], value] as const);
  assert.deepEqual(ids('recovery_breaker_window_calls'), [
    ['calls.windowed', 2],
    ['calls.by-number', 2],
  ]);
  assert.deepEqual(ids('recovery_breaker_window_failure_ratio'), [
    ['calls.windowed', 0.5],
    ['calls.by-number', 0.5],
  ]);
  assert.deepEqual(ids('recovery_breaker_failure_ratio_threshold'), [['calls.windowed', 0.8]]);
});

test('a budget tells what is left of the earned retries, and nothing while nothing is earned', async () => {
  const { registry, register } = setUp();
  const budget = retryBudget({ ratio: 0.5, minPerSecond: 0 });
  registry.add('budgets', [budget]);
  registry.add('shared', [Object.assign(retryBudget({ name: 'both' }), { status: 'shared' })]);
  const left = async () => matching(await scrape(register), 'recovery_retry_budget_remaining_ratio', {});

  assert.deepEqual(await left(), []);
  for (let call = 0; call < 8; call += 1) budget.record(0);
  assert.deepEqual(
    (await left()).map(({ labels, value }) => [labels['policy'], value]),
    [['budgets.retry-budget', 1]],
  );
  budget.tryTake(0);
  assert.deepEqual(
    (await left()).map(({ value }) => value),
    [0.75],
  );
});

test('drills are counted by kind for all members together', async () => {
  const { registry, register } = setUp();
  const drills = ['a', 'b'].map((name) => {
    const drill = faultInjection({ name: 'drill' });
    return { drill, calls: registry.pipeline(name, [drill]) };
  });

  for (const { drill, calls } of drills) {
    drill.start({ kind: 'error', forMs: 1_000 });
    await calls.execute(() => 'fine').catch(() => undefined);
  }

  const lines = await scrape(register);
  assert.equal(valueOf(lines, 'recovery_faults_injected_total', { fault: 'error' }), 2);
  assert.equal(valueOf(lines, 'recovery_faults_injected_total', { fault: 'hang' }), 0);
});

test('the number of faults never goes down, though a drill leaves the registry and comes back', async () => {
  const { registry, register } = setUp();
  const [stays, goes] = [faultInjection(), faultInjection()];
  registry.pipeline('stays', [stays]);
  registry.pipeline('goes', [goes]);
  const injected = async () => {
    const faults = matching(await scrape(register), 'recovery_faults_injected_total', { fault: 'error' });
    return faults.map(({ value }) => value);
  };
  for (const drill of [stays, goes, goes]) {
    drill.start({ kind: 'error', forMs: 1_000 });
    await drill.execute(() => 'fine').catch(() => undefined);
  }

  assert.deepEqual(await injected(), [3]);
  registry.remove('goes');
  assert.deepEqual(await injected(), [3]);
  await goes.execute(() => 'fine').catch(() => undefined);
  registry.add('goes', [goes]);
  assert.deepEqual(await injected(), [4]);
});

test('what a removed group has counted is still counted when it comes back', async () => {
  const { registry, register } = setUp();
  const breaker = new CircuitBreaker({ name: 'db' });
  const db = registry.pipeline('db', [breaker]);
  await db.execute(() => 'fine');
  const successes = async () => valueOf(await scrape(register), 'recovery_breaker_calls_total', { outcome: 'success' });

  assert.equal(await successes(), 1);
  registry.remove('db');
  assert.equal(await successes(), undefined);
  registry.add('db', [breaker]);
  assert.equal(await successes(), 1);
});

test('what callers and errors say becomes no label, only what the classifier and the registry know', async () => {
  const { registry, register } = setUp();
  const secret = 'hunter2-4111111111111111';
  const calls = registry.pipeline('calls', [
    retry({ maxAttempts: 2, baseMs: 0 }),
    keyedBreakers({ name: 'tenants' }),
    new CircuitBreaker({ name: 'db', failureThreshold: 1 }),
  ]);

  const context = { key: secret, attributes: { correlationId: secret, password: secret } };
  const error = Object.assign(new Error(secret, { cause: new Error(secret) }), {
    code: 'ECONNREFUSED',
    detail: secret,
  });
  await calls.execute(() => Promise.reject(error), context).catch(() => undefined);
  const odd = Object.assign(new Error(secret), { name: secret, code: secret, errno: secret, status: secret });
  await calls.execute(() => Promise.reject(odd), context).catch(() => undefined);

  const text = await register.metrics();
  assert.ok(!text.includes('hunter2'), text);
  const lines = await scrape(register);
  assert.ok(sumOf(lines, 'recovery_errors_total', { error_type: 'node.ECONNREFUSED' }) >= 3);
  assert.equal(valueOf(lines, 'recovery_breaker_calls_total', { breaker: 'calls.tenants', outcome: 'failure' }), 1);
});

test('a name with quotation marks and line breaks breaks no line of the text', async () => {
  const { registry, register } = setUp();
  registry.pipeline('a"} 1\nfake{b="', [new CircuitBreaker({ name: 'db' })]);

  const text = await register.metrics();

  assert.ok(!/^fake/m.test(text));
  assert.match(text, /breaker="a\\"\} 1\\nfake\{b=\\"\.db"/);
});

test('a removed group disappears, and so does everything when the export ends', async () => {
  const { registry, register, remove } = setUp();
  registry.pipeline('stays', [retry(), new CircuitBreaker()]);
  const goes = registry.pipeline('goes', [retry({ baseMs: 0 }), new CircuitBreaker({ failureThreshold: 1 })]);
  await goes.execute(fails).catch(() => undefined);
  assert.match(await register.metrics(), /goes/);

  registry.remove('goes');
  const text = await register.metrics();
  assert.doesNotMatch(text, /goes/);
  assert.match(text, /stays/);

  remove();
  assert.equal((await register.metrics()).trim(), '');
});

test('beyond 500 breakers, and 500 retries, all others share a series', async () => {
  const { registry, register } = setUp();
  for (let place = 0; place < 502; place += 1) {
    const calls = registry.pipeline(`p${place}`, [
      retry({ name: 'r', maxAttempts: 1 }),
      new CircuitBreaker({ name: 'b', failureThreshold: place === 501 ? 1 : 5 }),
    ]);
    await calls.execute(fails).catch(() => undefined);
  }

  const lines = await scrape(register);

  for (const name of ['recovery_breaker_state', 'recovery_breaker_calls_total', 'recovery_breaker_override']) {
    const told = new Set(matching(lines, name, {}).map(({ labels }) => labels['breaker']));
    assert.equal(told.size, 501, name);
    assert.ok(told.has('p499.b') && !told.has('p500.b') && told.has(OVERFLOW), name);
  }
  assert.equal(valueOf(lines, 'recovery_breaker_calls_total', { breaker: OVERFLOW, outcome: 'failure' }), 2);
  assert.equal(valueOf(lines, 'recovery_retry_operations_total', { policy: OVERFLOW, outcome: 'exhausted' }), 2);
  // Breakers and retries that share a name share a series as well.
  assert.equal(valueOf(lines, 'recovery_errors_total', { source: OVERFLOW, class: 'transient' }), 4);
  assertSound(lines);
});

test('breakers that share a series tell the worst of their states, and are isolated when all that are not closed are', async () => {
  const { clock, registry, register } = setUp(new ManualClock(), { maxSeries: 1 });
  const [, second, third] = ['a', 'b', 'c'].map((name) => {
    const breaker = new CircuitBreaker({ name, resetTimeoutMs: 1_000 });
    registry.pipeline(name, [breaker]);
    return breaker;
  });
  const told = async () => {
    const lines = await scrape(register);
    const states = matching(lines, 'recovery_breaker_state', { breaker: OVERFLOW }).filter(({ value }) => value === 1);
    const modes = matching(lines, 'recovery_breaker_override', { breaker: OVERFLOW }).filter(
      ({ value }) => value === 1,
    );
    return [...states.map(({ labels }) => labels['state']), ...modes.map(({ labels }) => labels['mode'])];
  };

  assert.deepEqual(await told(), ['closed']);
  third?.trip();
  assert.deepEqual(await told(), ['open']);
  await clock.advance(1_000);
  assert.deepEqual(await told(), ['half_open']);
  second?.isolate('a drill');
  assert.deepEqual(await told(), ['open']);
  third?.reset();
  assert.deepEqual(await told(), ['open', 'isolated']);
  third?.holdClosed('a drill');
  assert.deepEqual(await told(), ['open', 'isolated', 'held_closed']);
});

test('a program may ask for more breakers than 500, and has the states of all', async () => {
  const { registry, register } = setUp(new ManualClock(), { maxSeries: 600 });
  for (let place = 0; place < 501; place += 1) registry.pipeline(`p${place}`, [new CircuitBreaker({ name: 'b' })]);

  assert.equal(sumOf(await scrape(register), 'recovery_breaker_state', { state: 'closed' }), 501);
});

test('the same breaker in two groups is one series', async () => {
  const { registry, register } = setUp();
  const shared = new CircuitBreaker({ name: 'db' });
  registry.pipeline('read', [shared]);
  registry.pipeline('write', [shared]);

  const lines = await scrape(register);

  assert.deepEqual(
    matching(lines, 'recovery_breaker_state', { state: 'closed' }).map(({ labels }) => labels['breaker']),
    ['read.db'],
  );
  assertSound(lines);
});

test('one scrape asks the registry once', async () => {
  const { registry, register } = setUp();
  let asked = 0;
  registry.add('things', [{ name: 'thing', report: () => ({ asked: (asked += 1) }) }]);

  await register.metrics();
  await register.metrics();

  assert.equal(asked, 2);
});

test('OpenMetrics has the same counters under the same names', async () => {
  const registry = new Registry({ clock: new ManualClock() });
  const register = new Register<OpenMetricsContentType>();
  register.setContentType(Register.OPENMETRICS_CONTENT_TYPE);
  const remove = exportMetrics(registry, { register });
  registry.pipeline('db', [new CircuitBreaker({ name: 'db' })]);

  await register.metrics();
  const text = await register.metrics();

  assert.match(text, /^# TYPE recovery_breaker_calls counter$/m);
  assert.match(text, /^recovery_breaker_calls_total\{breaker="db",outcome="success"\} 0$/m);
  assert.match(text, /# EOF\n$/);
  remove();
  assert.doesNotMatch(await register.metrics(), /recovery_/);
});

test('processes of a cluster are added up', async () => {
  const one = setUp();
  one.registry.pipeline('db', [new CircuitBreaker({ name: 'db' })]);
  const json = await one.register.getMetricsAsJSON();

  const both = await AggregatorRegistry.aggregate([json, json]).metrics();

  assert.match(both, /^recovery_breaker_state\{breaker="db",state="closed"\} 2$/m);
  assert.match(both, /^recovery_build_info\{.*\} 1$/m);
});

test('setting back all metrics of a register sets back none of these', async () => {
  const { registry, register } = setUp();
  const db = registry.pipeline('db', [new CircuitBreaker({ name: 'db' })]);
  await db.execute(() => 'fine');

  register.resetMetrics();

  assert.equal(valueOf(await scrape(register), 'recovery_breaker_calls_total', { outcome: 'success' }), 1);
});

test('when a name is taken nothing is registered', async () => {
  const register = new Register();
  const name = 'recovery_build_info';
  const taken = new Gauge({ name, help: 'Not ours.', registers: [register] });

  assert.throws(() => exportMetrics(new Registry(), { register }), {
    message: `A metric with the name ${name} has already been registered.`,
  });
  assert.deepEqual(register.getMetricsAsArray(), [taken]);
});

test('ending an export leaves alone what has been registered since', async () => {
  const { registry, register, remove } = setUp();
  register.clear();
  exportMetrics(registry, { register });

  remove();

  assert.ok(register.getSingleMetric('recovery_build_info') !== undefined);
});

test('a measurement of another registry is refused', () => {
  const measurement = new Measurement(new Registry());

  assert.throws(() => exportMetrics(new Registry(), { register: new Register(), measurement }), {
    name: 'TypeError',
    message: 'The measurement belongs to another registry. Pass Measurement.of(registry), or leave it out.',
  });
});

test('others make metrics of the same kind', async () => {
  const register = new Register();
  let count = 0;
  const remove = addMetrics(register, [
    metric({
      name: 'recovery_incidents_total',
      help: 'Incidents.',
      type: 'counter',
      collect: () => [{ labels: { severity: 'major' }, value: (count += 1) }],
    }),
  ]);

  assert.equal(
    await register.metrics(),
    '# HELP recovery_incidents_total Incidents.\n# TYPE recovery_incidents_total counter\n' +
      'recovery_incidents_total{severity="major"} 1\n',
  );
  remove();
  assert.throws(() => metric({ name: 'recovery_incidents', help: 'No.', type: 'counter', collect: () => [] }), {
    name: 'TypeError',
    message:
      '"recovery_incidents" is not a valid name for a counter. Use letters, digits, "_" and ":"; end a counter in _total and a histogram in _seconds.',
  });
});

test('the version that is told is the one of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const { register } = setUp();

  assert.equal(valueOf(await scrape(register), 'recovery_build_info', { version, node: process.versions.node }), 1);
});

test('docs/prometheus.md lists each metric with its type', () => {
  const page = readFileSync(new URL('../../docs/prometheus.md', import.meta.url), 'utf8');
  const { register } = setUp();
  // prom-client gives back what was registered, with more of its own in the types.
  const metrics: readonly object[] = register.getMetricsAsArray();

  const listed = [...page.matchAll(/^\| `(recovery_\w+)` +\| (\w+) +\|/gm)].map(([, name, type]) => `${name}: ${type}`);
  const exported = metrics.map((one) => `${String(Reflect.get(one, 'name'))}: ${String(Reflect.get(one, 'type'))}`);
  assert.deepEqual(listed.toSorted(), exported.toSorted());
});
