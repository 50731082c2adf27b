import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, fallback, isOfKind, Registry, retry, timeout, type RecoveryEvent } from './index.ts';
import { ManualClock } from './testing/index.ts';

const down = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

test('reports every group and member; a shared breaker has one id', () => {
  const registry = new Registry({ clock: new ManualClock() });
  const database = new CircuitBreaker({ name: 'database' });
  registry.pipeline('reads', [retry(), database, timeout({ limitMs: 500 })]);
  registry.pipeline('writes', [database]);
  registry.add('services', [{ name: 'mail', kind: 'service', report: () => ({ state: 'up' }) }]);

  const report = registry.report();

  assert.deepEqual(
    report.map(({ name, members }) => [name, members.map(({ id, kind }) => `${id}: ${kind}`)]),
    [
      ['reads', ['reads.retry: retry', 'reads.database: circuit-breaker', 'reads.timeout: timeout']],
      ['writes', ['reads.database: circuit-breaker']],
      ['services', ['services.mail: service']],
    ],
  );
  assert.deepEqual(report[0]?.members[1]?.controls, ['trip', 'isolate', 'hold-closed', 'probe', 'reset', 'release']);
  assert.equal(report[0]?.members[2]?.settings['limitMs'], 500);
});

test('isOfKind narrows to built-in policies whose report could be read', () => {
  const registry = new Registry({ clock: new ManualClock() });
  const failing = { name: 'failing', kind: 'circuit-breaker', report: () => assert.fail('no report') };
  registry.pipeline('reads', [retry(), new CircuitBreaker({ name: 'database' })]);
  registry.add('others', [failing, { name: 'jobs', kind: 'queue', report: () => ({ state: 'closed' }) }]);

  const breakers = registry
    .report()
    .flatMap(({ members }) => members.filter((each) => isOfKind(each, 'circuit-breaker')));

  assert.deepEqual(
    breakers.map(({ id, report }) => [id, report.state, report.transitions]),
    [['reads.database', 'closed', []]],
  );
});

test('members are listed once, however many groups have them', () => {
  const registry = new Registry();
  const database = new CircuitBreaker({ name: 'database' });
  registry.pipeline('reads', [database]);
  registry.pipeline('writes', [database]);

  assert.deepEqual(registry.members(), [database]);
});

test('an order reaches the breaker, is told to the listeners, and says what changed', () => {
  const registry = new Registry({ clock: new ManualClock() });
  const database = new CircuitBreaker({ name: 'database' });
  registry.pipeline('reads', [database]);
  const events: RecoveryEvent[] = [];
  registry.subscribe((event) => events.push(event));

  const change = registry.control('reads', 'database', 'trip', { reason: 'maintenance', actor: 'ana' });

  assert.deepEqual(change, { what: 'state', from: 'closed', to: 'open' });
  assert.equal(database.state, 'open');
  assert.deepEqual(
    events.map((event) =>
      event.type === 'control' ? [event.type, event.order, event.actor, event.reason] : [event.type],
    ),
    [['transition'], ['control', 'trip', 'ana', 'maintenance']],
  );
});

test('P64: a wrong name is a RangeError and makes nothing', () => {
  const registry = new Registry();
  registry.pipeline('reads', [new CircuitBreaker({ name: 'database' })]);

  assert.throws(() => registry.control('raeds', 'database', 'trip'), RangeError);
  assert.throws(() => registry.control('reads', 'databse', 'trip'), RangeError);
  assert.throws(() => registry.control('reads', 'database', 'constructor'), RangeError);
  assert.throws(() => registry.change('reads', 'databse', {}), RangeError);
  assert.equal(registry.report().length, 1);
});

test('F19: a second group of a name replaces the first', () => {
  const registry = new Registry();
  registry.pipeline('reads', [retry()]);
  registry.pipeline('reads', []);

  assert.deepEqual(registry.members(), []);
});

test('R-METRIC-3: listeners hear refusals, retries, timeouts, fallbacks and transitions with the caller’s attributes', async () => {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const read = registry.pipeline('reads', [
    fallback({ to: 'a copy' }),
    retry({ maxAttempts: 2, baseMs: 100, jitter: 'none' }),
    new CircuitBreaker({ name: 'database', failureThreshold: 2 }),
  ]);
  const heard: string[] = [];
  registry.subscribe((event) =>
    heard.push(`${event.type} ${event.policy} ${String(event.attributes['correlationId'])} @${event.at}`),
  );

  const first = read.execute(down, { attributes: { correlationId: 'c-1' } });
  await clock.advance(100);
  await first;
  await read.execute(down, { attributes: { correlationId: 'c-2' } });

  assert.deepEqual(heard, [
    'retry retry c-1 @0',
    'transition database c-1 @100',
    'gave-up retry c-1 @100',
    'fallback fallback c-1 @100',
    'refused database c-2 @100',
    'fallback fallback c-2 @100',
  ]);
});

test('P58, P59: a listener that throws or gives orders changes no outcome, and order is kept', async () => {
  const problems: unknown[] = [];
  const registry = new Registry({ onListenerError: (error) => problems.push(error) });
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 1 });
  const read = registry.pipeline('reads', [breaker]);
  const heard: string[] = [];
  registry.subscribe((event) => {
    if (event.type === 'transition' && event.to === 'open') registry.control('reads', 'database', 'reset');
    throw new Error('a bad listener');
  });
  registry.subscribe((event) => heard.push(event.type === 'transition' ? `${event.from} > ${event.to}` : event.type));

  await assert.rejects(read.execute(down), { code: 'ECONNREFUSED' });

  assert.deepEqual(heard, ['closed > open', 'open > closed', 'control']);
  assert.equal(problems.length, 3);
  assert.equal(registry.listenerErrors, 3);
});

test('a subscription can be ended', async () => {
  const registry = new Registry();
  const read = registry.pipeline('reads', [new CircuitBreaker({ failureThreshold: 1 })]);
  let heard = 0;
  const end = registry.subscribe(() => (heard += 1));
  end();

  await assert.rejects(read.execute(down), { code: 'ECONNREFUSED' });

  assert.equal(heard, 0);
});

test('a change of settings is told, and wrong settings change nothing', () => {
  const registry = new Registry();
  registry.pipeline('reads', [new CircuitBreaker({ name: 'database' })]);
  const events: RecoveryEvent[] = [];
  registry.subscribe((event) => events.push(event));

  registry.change('reads', 'database', { failureThreshold: 9 });
  assert.throws(
    () => registry.change('reads', 'database', { failureThreshold: 0, resetTimeoutMs: 'soon' }),
    /failureThreshold .*; resetTimeoutMs/,
  );

  assert.equal(registry.report()[0]?.members[0]?.settings['failureThreshold'], 9);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['changed'],
  );
});
