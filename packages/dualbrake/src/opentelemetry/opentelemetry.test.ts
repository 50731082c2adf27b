import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  DataPointType,
  MeterProvider,
  MetricReader,
  type Histogram as HistogramValue,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Registry as Register } from 'prom-client';
import { CircuitBreaker, Registry, retry, retryBudget } from '../index.ts';
import { callBoundsMs, Measurement, OVERFLOW } from '../measurement/index.ts';
import { exportMetrics } from '../prometheus/index.ts';
import { ManualClock, seededRandom } from '../testing/index.ts';
import { exportToOpenTelemetry, type EventLogRecord } from './index.ts';

const refused = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
const fails = () => Promise.reject(refused());
/** 2026-01-01T00:00:00Z. */
const EPOCH_MS = 1_767_225_600_000;

class ReaderOnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function setUp(clock = new ManualClock()) {
  const registry = new Registry({ clock, random: () => 0.5 });
  const reader = new ReaderOnDemand();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('dualbrake');
  const records: EventLogRecord[] = [];
  const logger = { emit: (record: EventLogRecord) => void records.push(record) };
  const end = exportToOpenTelemetry(registry, { meter, logger, wallClock: () => EPOCH_MS + clock.now() });
  return { clock, registry, records, end, collect: () => collect(reader) };
}

async function collect(reader: MetricReader): Promise<ReadonlyMap<string, MetricData>> {
  const { resourceMetrics, errors } = await reader.collect();
  assert.deepEqual(errors, []);
  const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics: found }) => found);
  return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
}

/** Values by attributes, as JSON of the pairs in order of their names. */
function numbersOf(metrics: ReadonlyMap<string, MetricData>, name: string): Record<string, number> {
  const metric = metrics.get(name);
  if (metric === undefined) return {};
  assert.notEqual(metric.dataPointType, DataPointType.HISTOGRAM);
  return Object.fromEntries(
    metric.dataPoints.map(({ attributes, value }) => [textOf(attributes), value as number] as const),
  );
}

function histogramsOf(metrics: ReadonlyMap<string, MetricData>, name: string): Record<string, HistogramValue> {
  const metric = metrics.get(name);
  if (metric === undefined) return {};
  assert.equal(metric.dataPointType, DataPointType.HISTOGRAM);
  return Object.fromEntries(metric.dataPoints.map(({ attributes, value }) => [textOf(attributes), value] as const));
}

function textOf(attributes: object): string {
  return Object.values(attributes).join(' ');
}

function sumOf(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}

test('under random traffic each breaker is in exactly one state, and counters and histograms are what it counts itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = seededRandom(seed);
      const { clock, registry, collect: now } = setUp();
      const breaker = new CircuitBreaker({ name: 'db', failureThreshold: 3, resetTimeoutMs: 200 });
      const again = retry({ maxAttempts: 3, baseMs: 10 });
      const calls = registry.pipeline('calls', [again, breaker]);
      const running = new Set<Promise<unknown>>();
      for (let step = 0; step < 30; step += 1) {
        const call = calls
          .execute(async () => {
            await new Promise<void>((resolve) => clock.after(Math.floor(random() * 90), resolve));
            if (random() < 0.5) throw refused();
          })
          .catch(() => undefined);
        running.add(call);
        void call.finally(() => running.delete(call));
        if (random() < 0.1) breaker.isolate('drill', 50);
        await clock.advance(Math.floor(random() * 30));
        assert.equal(sumOf(numbersOf(await now(), 'recovery.breaker.state')), 1);
      }
      while (running.size > 0) await clock.advance(50);

      const metrics = await now();
      const own = breaker.report(clock.now());
      const counted = numbersOf(metrics, 'recovery.breaker.calls');
      assert.equal(counted['calls.db success'], own['successes']);
      assert.equal(counted['calls.db failure'], own['failures']);
      const took = histogramsOf(metrics, 'recovery.breaker.call.duration');
      assert.equal(took['calls.db success']?.count ?? 0, own['successes']);
      assert.equal(took['calls.db failure']?.count ?? 0, own['failures']);
      const recoveries = histogramsOf(metrics, 'recovery.breaker.recovery.duration')['calls.db'];
      assert.equal(recoveries?.count ?? 0, own['recoveries']);
      const told = again.report();
      assert.equal(sumOf(numbersOf(metrics, 'recovery.retry.operations')), told['calls']);
      assert.equal(sumOf(numbersOf(metrics, 'recovery.retry.attempts')), told['attempts']);
      const count = (name: string) => histogramsOf(metrics, name)['calls.retry']?.count ?? 0;
      assert.equal(count('recovery.retry.operation.duration'), told['calls']);
      assert.equal(count('recovery.retry.attempt.duration'), told['attempts']);
      assert.equal(count('recovery.retry.delay'), told['retries']);
    }),
    { numRuns: 20 },
  );
});

test('names, units and kinds are as documented, also in docs/opentelemetry.md', async () => {
  const { clock, registry, collect: now } = setUp();
  const budget = retryBudget({ ratio: 1 });
  const windowed = new CircuitBreaker({ name: 'db', window: 'count', minimumCalls: 1, resetTimeoutMs: 10 });
  registry.add('budgets', [budget]);
  const calls = registry.pipeline('calls', [retry({ maxAttempts: 2, baseMs: 10, budget }), windowed]);
  const call = calls.execute(fails).catch(() => undefined);
  await clock.advance(100);
  await call;
  await clock.advance(100);
  await calls.execute(() => 'closes it, with an empty window');
  await calls.execute(() => 'fine');

  const described = [...(await now()).values()].map(({ descriptor, dataPointType }) => [
    descriptor.name,
    descriptor.unit,
    DataPointType[dataPointType],
  ]);

  const inOrder = described.toSorted(([one = ''], [other = '']) => one.localeCompare(other));
  const page = readFileSync(new URL('../../docs/opentelemetry.md', import.meta.url), 'utf8');
  const onPage = [...page.matchAll(/^\| `(recovery\.[\w.]+)` +\| [\w -]+\| `(.*?)` +\|/gm)];
  assert.deepEqual(
    onPage.map(([, name, unit]) => `${name} ${unit}`).toSorted(),
    inOrder.map(([name, unit]) => `${name} ${unit}`).toSorted(),
  );
  assert.deepEqual(inOrder, [
    ['recovery.breaker.call.duration', 's', 'HISTOGRAM'],
    ['recovery.breaker.calls', '{call}', 'SUM'],
    ['recovery.breaker.override', '{breaker}', 'SUM'],
    ['recovery.breaker.probes', '{call}', 'SUM'],
    ['recovery.breaker.recovery.duration', 's', 'HISTOGRAM'],
    ['recovery.breaker.state', '{breaker}', 'SUM'],
    ['recovery.breaker.transitions', '{transition}', 'SUM'],
    ['recovery.breaker.window.call.count', '{call}', 'SUM'],
    ['recovery.breaker.window.failure.utilization', '1', 'GAUGE'],
    ['recovery.errors', '{error}', 'SUM'],
    ['recovery.retry.attempt.duration', 's', 'HISTOGRAM'],
    ['recovery.retry.attempts', '{attempt}', 'SUM'],
    ['recovery.retry.budget.utilization', '1', 'GAUGE'],
    ['recovery.retry.delay', 's', 'HISTOGRAM'],
    ['recovery.retry.operation.duration', 's', 'HISTOGRAM'],
    ['recovery.retry.operations', '{operation}', 'SUM'],
  ]);
});

test('a histogram has the bounds that Prometheus and the console have, in seconds', async () => {
  const { clock, registry, collect: now } = setUp();
  const db = registry.pipeline('db', [new CircuitBreaker({ name: 'db' })]);

  const call = db.execute(() => new Promise<void>((resolve) => clock.after(6, resolve)));
  await clock.advance(6);
  await call;

  const took = histogramsOf(await now(), 'recovery.breaker.call.duration')['db success'];
  assert.deepEqual(
    took?.buckets.boundaries,
    callBoundsMs.map((bound) => bound / 1_000),
  );
  assert.deepEqual(took?.buckets.counts.slice(0, 3), [0, 1, 0]);
  assert.equal(took?.sum, 0.006);
});

/** Names under which both exporters tell the same. */
const sameNumbers = {
  recovery_breaker_state: 'recovery.breaker.state',
  recovery_breaker_override: 'recovery.breaker.override',
  recovery_breaker_transitions_total: 'recovery.breaker.transitions',
  recovery_breaker_calls_total: 'recovery.breaker.calls',
  recovery_breaker_probes_total: 'recovery.breaker.probes',
  recovery_breaker_window_calls: 'recovery.breaker.window.call.count',
  recovery_retry_operations_total: 'recovery.retry.operations',
  recovery_retry_attempts_total: 'recovery.retry.attempts',
  recovery_errors_total: 'recovery.errors',
};
const sameHistograms = {
  recovery_breaker_call_duration_seconds: 'recovery.breaker.call.duration',
  recovery_breaker_recovery_duration_seconds: 'recovery.breaker.recovery.duration',
  recovery_retry_attempt_duration_seconds: 'recovery.retry.attempt.duration',
  recovery_retry_operation_duration_seconds: 'recovery.retry.operation.duration',
  recovery_retry_delay_seconds: 'recovery.retry.delay',
};

/** What Prometheus would read of a metric: values by labels as JSON. */
async function promNumbersOf(register: Register, name: string, suffix = ''): Promise<Record<string, number>> {
  const { values = [] } = (await register.getSingleMetric(name)?.get()) ?? {};
  const lines: readonly { readonly metricName?: string; readonly labels: object; readonly value: number }[] = values;
  const chosen = lines.filter(({ metricName = name }) => metricName === name + suffix);
  return Object.fromEntries(chosen.map(({ labels, value }) => [textOf(labels), value]));
}

test('under random traffic and orders both exporters of a registry tell the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = seededRandom(seed);
      const { clock, registry, collect: now } = setUp();
      const register = new Register();
      exportMetrics(registry, { register });
      const breakers = [
        new CircuitBreaker({ name: 'db', failureThreshold: 3, resetTimeoutMs: 200, slowCallMs: 40 }),
        new CircuitBreaker({ name: 'mail', window: 'count', minimumCalls: 3, resetTimeoutMs: 100 }),
      ];
      const pipelines = breakers.map((breaker) =>
        registry.pipeline(`to-${breaker.name}`, [retry({ maxAttempts: 8, baseMs: 10 }), breaker]),
      );
      for (let step = 0; step < 30; step += 1) {
        const place = Math.floor(random() * 2);
        const work = async (): Promise<void> => {
          await new Promise<void>((resolve) => clock.after(Math.floor(random() * 90), resolve));
          if (random() < 0.5) throw refused();
        };
        void pipelines[place]?.execute(work).catch(() => undefined);
        if (random() < 0.1) breakers[place]?.isolate('drill', 50);
        if (random() < 0.05) breakers[place]?.holdClosed('drill', 50);
        await clock.advance(Math.floor(random() * 30));
      }
      await clock.advance(10_000);

      const metrics = await now();
      for (const [prometheus, openTelemetry] of Object.entries(sameNumbers)) {
        assert.deepEqual(numbersOf(metrics, openTelemetry), await promNumbersOf(register, prometheus), prometheus);
      }
      for (const [prometheus, openTelemetry] of Object.entries(sameHistograms)) {
        const heard = Object.entries(histogramsOf(metrics, openTelemetry));
        const [counts, sums, buckets] = await Promise.all(
          ['_count', '_sum', '_bucket'].map((suffix) => promNumbersOf(register, prometheus, suffix)),
        );
        assert.equal(heard.length, Object.values(counts ?? {}).filter((count) => count > 0).length, prometheus);
        for (const [series, { count, sum = 0, buckets: own }] of heard) {
          assert.equal(count, counts?.[series], series);
          // Seconds are added here, milliseconds there.
          assert.ok(Math.abs(sum - (sums?.[series] ?? 0)) < 1e-9, series);
          const upTo = own.boundaries.map((_, place) => own.counts.slice(0, place + 1).reduce((all, one) => all + one));
          const expected = own.boundaries.map((bound) => buckets?.[`${series} ${bound}`]);
          assert.deepEqual(upTo, expected, series);
        }
      }
    }),
    { numRuns: 20 },
  );
});

test('durations of breakers beyond those that are measured on their own are recorded under one name', async () => {
  const registry = new Registry({ clock: new ManualClock() });
  const measurement = new Measurement(registry, { maxSeries: 1 });
  const reader = new ReaderOnDemand();
  exportToOpenTelemetry(registry, {
    meter: new MeterProvider({ readers: [reader] }).getMeter('test'),
    measurement,
  });
  for (const name of ['a', 'b', 'c']) {
    await registry.pipeline(name, [new CircuitBreaker({ name })]).execute(() => 'fine');
  }

  const took = histogramsOf(await collect(reader), 'recovery.breaker.call.duration');

  assert.deepEqual(
    Object.entries(took).map(([name, { count }]) => [name, count]),
    [
      ['a success', 1],
      [`${OVERFLOW} success`, 2],
    ],
  );
});

test('a breaker that is removed is in no state any more, and its calls are not recorded', async () => {
  const { registry, collect: now } = setUp();
  registry.pipeline('stays', [new CircuitBreaker()]);
  const goes = registry.pipeline('goes', [new CircuitBreaker()]);
  await goes.execute(fails).catch(() => undefined);
  const before = await now();
  assert.equal(numbersOf(before, 'recovery.breaker.state')['goes.circuit-breaker closed'], 1);

  registry.remove('goes');
  await goes.execute(fails).catch(() => undefined);
  const after = await now();

  assert.deepEqual(numbersOf(after, 'recovery.breaker.state'), {
    'stays.circuit-breaker closed': 1,
    'stays.circuit-breaker open': 0,
    'stays.circuit-breaker half_open': 0,
    'goes.circuit-breaker closed': 0,
    'goes.circuit-breaker open': 0,
    'goes.circuit-breaker half_open': 0,
  });
  const took = histogramsOf(after, 'recovery.breaker.call.duration')['goes.circuit-breaker failure'];
  assert.equal(took?.count, 1);
});

test('what is not told any more is 0, and a sum stays what it was', async () => {
  const { registry, collect: now } = setUp();
  const budget = retryBudget({ ratio: 1 });
  registry.add('budgets', [budget]);
  const windowed = new CircuitBreaker({ name: 'db', window: 'count', failureThreshold: 9 });
  const goes = registry.pipeline('goes', [retry({ maxAttempts: 2, baseMs: 0, budget }), windowed]);
  await goes.execute(fails).catch(() => undefined);
  const told = async () => {
    const metrics = await now();
    return [
      numbersOf(metrics, 'recovery.breaker.window.failure.utilization')['goes.db'],
      numbersOf(metrics, 'recovery.breaker.window.call.count')['goes.db'],
      numbersOf(metrics, 'recovery.retry.budget.utilization')['budgets.retry-budget'],
      numbersOf(metrics, 'recovery.breaker.calls')['goes.db failure'],
    ];
  };

  assert.deepEqual(await told(), [1, 2, 1, 2]);
  registry.remove('goes');
  registry.remove('budgets');
  assert.deepEqual(await told(), [0, 0, 0, 2]);
});

test('after its end nothing is observed, recorded or logged', async () => {
  const { registry, records, end, collect: now } = setUp();
  const db = registry.pipeline('db', [new CircuitBreaker({ name: 'db', failureThreshold: 1 })]);

  end();
  await db.execute(fails).catch(() => undefined);

  assert.deepEqual([...(await now()).keys()], []);
  assert.deepEqual(records, []);
});

test('an opening, a test and a closing are log records with their circumstances', async () => {
  const { clock, registry, records } = setUp(new ManualClock(700));
  const breaker = new CircuitBreaker({ name: 'db', failureThreshold: 1, resetTimeoutMs: 1_000 });
  const db = registry.pipeline('read', [breaker]);
  const context = { key: 'students.find', attributes: { correlationId: 'r-1', other: 'not told' } };

  await db.execute(fails, context).catch(() => undefined);
  await clock.advance(1_000);
  await db.execute(() => 'fine');

  const [opened, ...others] = records;
  assert.deepEqual(opened, {
    eventName: 'recovery.breaker.opened',
    timestamp: EPOCH_MS + 700,
    severityNumber: 13,
    severityText: 'WARN',
    attributes: {
      'recovery.pipeline': 'read',
      'recovery.policy': 'db',
      'recovery.key': 'students.find',
      'recovery.correlation_id': 'r-1',
      'recovery.breaker.transition.from': 'closed',
      'recovery.breaker.transition.to': 'open',
      'recovery.breaker.transition.trigger': 'automatic',
      'recovery.breaker.generation': 1,
      'recovery.breaker.consecutive_failures': 1,
      'recovery.breaker.retry_after_ms': 1_000,
      'recovery.reason': '1 failure: node.ECONNREFUSED (transient)',
    },
  });
  assert.deepEqual(
    others.map(({ eventName, severityText, timestamp }) => [eventName, severityText, timestamp - EPOCH_MS]),
    [
      ['recovery.breaker.half_opened', 'INFO', 1_700],
      ['recovery.breaker.closed', 'INFO', 1_700],
    ],
  );
});

test('each retry and its giving up are log records', async () => {
  const { registry, records } = setUp();
  const calls = registry.pipeline('calls', [retry({ maxAttempts: 2, baseMs: 0 })]);

  await calls.execute(fails).catch(() => undefined);

  const common = { 'recovery.pipeline': 'calls', 'recovery.policy': 'retry', 'recovery.key': 'calls' };
  const error = {
    'recovery.error.class': 'transient',
    'recovery.error.kind': 'connect',
    'error.type': 'node.ECONNREFUSED',
  };
  assert.deepEqual(
    records.map(({ eventName, severityText, attributes }) => [eventName, severityText, attributes]),
    [
      [
        'recovery.retry.scheduled',
        'DEBUG',
        { ...common, 'recovery.retry.attempt.number': 1, 'recovery.retry.delay_ms': 0, ...error },
      ],
      [
        'recovery.retry.exhausted',
        'WARN',
        { ...common, 'recovery.retry.attempts': 2, 'recovery.retry.stopped_by': 'exhausted', ...error },
      ],
    ],
  );
});

test('an order is set, released by a person or expired by itself; other orders are given', async () => {
  const { clock, registry, records } = setUp();
  const breaker = new CircuitBreaker({ name: 'db' });
  const db = registry.pipeline('db', [breaker]);

  registry.control('db', 'db', 'isolate', { forMs: 50, reason: 'maintenance', actor: 'ana' });
  registry.control('db', 'db', 'release', { actor: 'ana' });
  registry.control('db', 'db', 'hold-closed', { forMs: 50 });
  await clock.advance(50);
  await db.execute(() => 'fine');
  registry.control('db', 'db', 'reset', { actor: 'ana' });

  const told = records.map(({ eventName, severityText, attributes }) => [
    eventName,
    severityText,
    attributes['recovery.breaker.override.mode'] ?? attributes['recovery.order'],
    attributes['recovery.actor'],
  ]);
  assert.deepEqual(told, [
    ['recovery.override.set', 'WARN', 'isolated', 'ana'],
    ['recovery.override.released', 'INFO', 'isolated', 'ana'],
    ['recovery.override.set', 'WARN', 'held_closed', undefined],
    ['recovery.override.expired', 'INFO', 'held_closed', undefined],
    ['recovery.breaker.closed', 'INFO', undefined, undefined],
    ['recovery.order.given', 'INFO', 'reset', 'ana'],
  ]);
});

test('a change of settings tells what was changed, and only that', () => {
  const { registry, records } = setUp();
  registry.pipeline('db', [new CircuitBreaker({ name: 'db' })]);

  registry.change('db', 'db', { failureThreshold: 9 });

  assert.deepEqual(
    records.map(({ eventName, attributes }) => [
      eventName,
      attributes['recovery.config.from'],
      attributes['recovery.config.to'],
    ]),
    [['recovery.config.changed', { failureThreshold: 5 }, { failureThreshold: 9 }]],
  );
});

test('what an error says is in no metric and no log record', async () => {
  const { registry, records, collect: now } = setUp();
  const secret = 'hunter2';
  const calls = registry.pipeline('calls', [
    retry({ maxAttempts: 3, baseMs: 0 }),
    new CircuitBreaker({ name: 'db', failureThreshold: 2 }),
  ]);
  const context = { attributes: { password: secret, correlationId: { not: secret } } };
  for (const extra of [{ code: 'ECONNREFUSED' }, { name: secret, code: secret, status: secret }, { status: 503 }]) {
    const error = Object.assign(new Error(secret, { cause: new Error(secret) }), extra);
    await calls.execute(() => Promise.reject(error), context).catch(() => undefined);
  }

  const metrics = [...(await now()).values()];
  assert.ok(records.length >= 3 && metrics.length > 5);
  assert.ok(!JSON.stringify([metrics, records]).includes(secret));
});

test('texts from outside are cut to 256 characters', async () => {
  const { registry, records } = setUp();
  const db = registry.pipeline('db', [new CircuitBreaker({ name: 'db', failureThreshold: 1 })]);

  await db.execute(fails, { key: 'k'.repeat(9_999) }).catch(() => undefined);

  assert.equal(records[0]?.attributes['recovery.key'], 'k'.repeat(256));
});

test('a logger that throws changes no outcome', async () => {
  const registry = new Registry({ clock: new ManualClock() });
  const meter = new MeterProvider().getMeter('test');
  const emit = (): never => {
    throw new Error('the log is full');
  };
  exportToOpenTelemetry(registry, { meter, logger: { emit } });
  const db = registry.pipeline('db', [new CircuitBreaker({ failureThreshold: 1 })]);

  await assert.rejects(db.execute(fails), { message: 'connect ECONNREFUSED' });
  assert.equal(registry.listenerErrors, 1);
});

test('a measurement of another registry is refused', () => {
  const measurement = new Measurement(new Registry());
  const meter = new MeterProvider().getMeter('test');

  assert.throws(() => exportToOpenTelemetry(new Registry(), { meter, measurement }), {
    name: 'TypeError',
    message: 'The measurement belongs to another registry. Pass Measurement.of(registry), or leave it out.',
  });
});
