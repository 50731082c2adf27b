/** F19: a second registration under a name replaces the first: modules that are loaded again, tests that import again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry as Register } from 'prom-client';
import {
  CircuitBreaker,
  keyedBreakers,
  Registry,
  retry,
  timeout,
  type GroupReport,
  type Layer,
  type RecoveryEvent,
  type Steerable,
} from '../index.ts';
import { retry as retryMethod } from '../decorators/index.ts';
import { Measurement, OVERFLOW } from '../measurement/index.ts';
import { exportMetrics } from '../prometheus/index.ts';
import { refusedConnection } from '../testing/flaky.ts';
import { ManualClock } from '../testing/index.ts';

const fails = (): Promise<never> => Promise.reject(refusedConnection());
const only = (registry: Registry): GroupReport => {
  const [group, ...others] = registry.report();
  assert.deepEqual(others, []);
  return group ?? assert.fail('nothing is listed');
};
const ids = (registry: Registry): string[] => only(registry).members.map(({ id }) => id);

test('F19: the second pipeline of a name takes the place of the first, with its ids', () => {
  const registry = new Registry();
  registry.pipeline('writes', [retry()]);
  registry.pipeline('api', [new CircuitBreaker({ name: 'api' }), retry({ name: 'old' })]);
  registry.pipeline('reads', [retry()]);
  registry.pipeline('api', [new CircuitBreaker({ name: 'api', failureThreshold: 7 }), timeout({ limitMs: 5 })]);

  const reports = registry.report();
  assert.deepEqual(
    reports.map(({ name }) => name),
    ['writes', 'api', 'reads'],
  );
  assert.deepEqual(
    reports[1]?.members.map(({ id, name, kind }) => [id, name, kind]),
    [
      ['api', 'api', 'circuit-breaker'],
      ['api.timeout', 'timeout', 'timeout'],
    ],
  );
  assert.equal(reports[1]?.members[0]?.settings['failureThreshold'], 7);
  assert.throws(() => registry.control('api', 'old', 'trip'), RangeError);
});

test('F19: two things that were given one name do not vanish silently: the group says so', () => {
  const registry = new Registry();
  registry.pipeline('api', [retry()]);
  assert.deepEqual(only(registry).warnings, []);
  registry.pipeline('api', [retry()]);
  assert.deepEqual(only(registry).warnings, [
    '"api" was registered 2 times; the last registration replaced the others.',
  ]);
  registry.add('api', [{ name: 'pool' }]);
  assert.match(only(registry).warnings.join(), /"api" was registered 3 times/);
  registry.remove('api');
  registry.pipeline('api', [retry()]);
  assert.deepEqual(only(registry).warnings, []);
});

test('F19: to list the very same things again is no mistake', () => {
  const registry = new Registry();
  const pool: Steerable = { name: 'pool' };
  const breaker = new CircuitBreaker();
  registry.add('pools', [pool]);
  registry.add('pools', [pool]);
  assert.deepEqual(only(registry).warnings, []);
  assert.deepEqual(ids(registry), ['pools.pool']);
  registry.remove('pools');
  registry.pipeline('api', [breaker]);
  registry.pipeline('api', [breaker]);
  assert.deepEqual(only(registry).warnings, []);
  assert.deepEqual(ids(registry), ['api.circuit-breaker']);
  assert.equal(registry.idOf(breaker), 'api.circuit-breaker');
});

test('F19: what is no pipeline replaces nothing', () => {
  const registry = new Registry();
  registry.pipeline('api', [retry({ name: 'first' })]);

  assert.throws(() => registry.pipeline('api', [retry(), retry()]), { code: 'INVALID_SETTINGS' });

  assert.deepEqual(ids(registry), ['api.first']);
  assert.deepEqual(only(registry).warnings, []);
});

test('F19: the first pipeline works for who holds it, and nobody hears of it', async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const measured = Measurement.of(registry);
  const events: RecoveryEvent[] = [];
  registry.subscribe((event) => events.push(event));
  const layers = (): readonly Layer[] => [
    retry({ maxAttempts: 2, strategy: 'immediate' }),
    new CircuitBreaker({ failureThreshold: 3, resetTimeoutMs: 1_000 }),
  ];
  const first = registry.pipeline('api', layers());
  const second = registry.pipeline('api', layers());

  await assert.rejects(first.execute(fails), { code: 'ECONNREFUSED' });
  await assert.rejects(first.execute(fails), { code: 'CIRCUIT_OPEN' });
  await assert.rejects(first.execute(fails), { code: 'CIRCUIT_OPEN' });
  assert.deepEqual(events, []);
  assert.deepEqual([...measured.breakers()].length, 1);
  assert.equal(measured.retries().get('api.retry')?.funnel.operations, 0);
  await clock.advance(1_000);
  assert.equal(await first.execute(() => 'fine'), 'fine');

  await assert.rejects(second.execute(fails), { code: 'ECONNREFUSED' });
  assert.ok(events.some(({ type, pipeline }) => type === 'retry' && pipeline === 'api'));
  assert.equal(measured.retries().get('api.retry')?.funnel.operations, 1);
});

test('F19: no series of the first is left', async () => {
  const registry = new Registry();
  const register = new Register();
  exportMetrics(registry, { register });
  const first = registry.pipeline('api', [new CircuitBreaker({ name: 'old' }), retry({ name: 'gone' })]);
  await first.execute(() => 1);
  assert.match(await register.metrics(), /api\.old/);

  registry.pipeline('api', [new CircuitBreaker({ name: 'new' })]);
  await first.execute(() => 1);

  const text = await register.metrics();
  assert.match(text, /api\.new/);
  assert.doesNotMatch(text, /api\.old|api\.gone/);
});

test('F19: a hundred registrations of one name take one place in a bounded measurement', async () => {
  const registry = new Registry();
  const measured = Measurement.of(registry, { maxSeries: 3 });
  for (let again = 0; again < 100; again += 1) {
    await registry.pipeline('api', [new CircuitBreaker(), retry()]).execute(() => 1);
  }

  assert.deepEqual([...measured.breakers().keys()], ['api.circuit-breaker']);
  assert.equal(measured.breakers().has(OVERFLOW), false);
  assert.equal(registry.members().length, 2);
});

test('F19: a policy that both list stays, and is heard through the second', async () => {
  const registry = new Registry();
  const events: RecoveryEvent[] = [];
  registry.subscribe((event) => events.push(event));
  const breaker = new CircuitBreaker({ failureThreshold: 1 });
  registry.pipeline('api', [breaker, retry({ name: 'old' })]);
  const second = registry.pipeline('api', [breaker]);

  await assert.rejects(second.execute(fails), { code: 'ECONNREFUSED' });

  assert.ok(events.some(({ type }) => type === 'transition'));
  assert.deepEqual(ids(registry), ['api.circuit-breaker']);
});

test('F19: what two groups list is heard and named by the one that is left when the other is replaced or removed', () => {
  for (const leave of ['replace', 'remove'] as const) {
    const registry = new Registry();
    const events: RecoveryEvent[] = [];
    registry.subscribe((event) => events.push(event));
    const shared = new CircuitBreaker({ name: 'database' });
    registry.pipeline('reads', [shared]);
    registry.pipeline('writes', [shared, retry()]);
    assert.equal(registry.idOf(shared), 'reads.database');

    if (leave === 'remove') registry.remove('reads');
    else registry.pipeline('reads', [new CircuitBreaker({ name: 'database' })]);
    shared.isolate();
    shared.trip();

    assert.deepEqual(
      events.map(({ type }) => type),
      ['control', 'transition'],
      leave,
    );
    assert.equal(registry.idOf(shared), 'writes.database', leave);
    const listed = registry.report().flatMap(({ members }) => members.map(({ id }) => id));
    assert.equal(new Set(listed).size, listed.length, 'ids are unique');
  }
});

test('F19: nobody hears of a decorated class whose place another one has taken', async () => {
  const registry = new Registry();
  const events: RecoveryEvent[] = [];
  registry.subscribe((event) => events.push(event));
  const load = (): new () => { call(): Promise<void> } =>
    class Service {
      @retryMethod({ registry, strategy: 'immediate' })
      async call(): Promise<void> {
        return fails();
      }
    };
  const [Old, New] = [load(), load()];
  const old = new Old();
  await assert.rejects(old.call(), { code: 'ECONNREFUSED' });
  await assert.rejects(new New().call(), { code: 'ECONNREFUSED' });
  const heard = events.length;

  await assert.rejects(old.call(), { code: 'ECONNREFUSED' });

  assert.ok(heard > 0);
  assert.equal(events.length, heard);
  assert.deepEqual(only(registry).warnings, []);
});

test('F19: breakers of keys that were there before are heard through the second pipeline', async () => {
  const registry = new Registry();
  const events: RecoveryEvent[] = [];
  registry.subscribe((event) => events.push(event));
  const breakers = keyedBreakers({ name: 'hosts', maxKeys: 1 });
  const first = registry.pipeline('api', [breakers]);
  await first.execute(() => 1, { key: 'a' });
  breakers.get('a')?.trip();
  await first.execute(() => 1, { key: 'b' });
  registry.pipeline('api', [breakers]);

  breakers.get('a')?.reset();

  assert.deepEqual(
    events.map(({ type }) => type),
    ['transition', 'transition'],
  );
});
