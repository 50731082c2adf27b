import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import {
  AutoRecovery,
  breakerService,
  bulkhead,
  CircuitBreaker,
  createClassifier,
  fallback,
  hedge,
  keyedBreakers,
  measure,
  pipeline,
  rateLimit,
  Registry,
  retry,
  setAmbientContext,
  staleCache,
  timeout,
  type Clock,
  type HostOptions,
  type Layer,
  type Outcome,
  type Policy,
  type Steerable,
} from '../index.ts';
import { recovery as recoveryPlugin } from '../fastify/index.ts';
import { guardedFetch } from '../fetch/index.ts';
import { faultInjection } from '../faults/index.ts';
import { Measurement } from '../measurement/index.ts';
import { stateFile } from '../node/index.ts';
import { exportToOpenTelemetry } from '../opentelemetry/index.ts';
import { exportMetrics } from '../prometheus/index.ts';
import { sharedBreakers, sharedRetryBudget } from '../redis/index.ts';
import { FaultSchedule, ManualClock } from '../testing/index.ts';

/** Whatever the types say, programs hand in functions that do this. */
const behaviours = {
  throws: () => {
    throw new Error('of a function of the user');
  },
  rejects: () => Promise.reject(new Error('of a function of the user')),
  'answers a promise of true': () => Promise.resolve(true),
  'answers nothing': () => undefined,
} as const;

type Behaviour = keyof typeof behaviours;

/** One that behaves badly, of whatever type is wanted. */
type Bad = () => never;

/** A place where users hand in a function: does something that makes it be called, and checks what came of it. */
type Door = (bad: Bad, behaviour: Behaviour) => void | Promise<void>;

const aDown = (): Error => Object.assign(new Error('down'), { code: 'ECONNREFUSED', syscall: 'connect' });

/** Calls something whose dependency is down: that very error must come out. */
async function mustThrowOwn(call: (operation: () => Promise<never>) => Promise<unknown>): Promise<void> {
  const error = aDown();
  const found = await call(() => Promise.reject(error)).then(
    (value) => assert.fail(`it answered ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.equal(found, error, 'the error of the dependency, the same object');
}

const quick = { strategy: 'immediate', maxAttempts: 2 } as const;
const hosted = (bad: Bad): HostOptions => ({ onEvent: bad });

const doors: Readonly<Record<string, Door>> = {
  'onEvent of a pipeline': (bad) =>
    mustThrowOwn((operation) => pipeline('p', [retry(quick)], hosted(bad)).execute(operation)),
  'onEvent of a retry': (bad) => mustThrowOwn((operation) => retry({ ...quick, ...hosted(bad) }).execute(operation)),
  'onEvent of a breaker': (bad) =>
    mustThrowOwn((operation) => new CircuitBreaker({ failureThreshold: 1, ...hosted(bad) }).execute(operation)),
  'onEvent of keyed breakers': (bad) =>
    mustThrowOwn((operation) => keyedBreakers({ failureThreshold: 1, ...hosted(bad) }).execute(operation)),
  'onEvent of a fallback': async (bad) => {
    assert.equal(await fallback({ to: 'spare', ...hosted(bad) }).execute(() => Promise.reject(aDown())), 'spare');
  },
  'onEvent of a hedge': async (bad) => {
    const hedged = hedge({ delayMs: 0, idempotent: true, ...hosted(bad) });
    assert.equal(await hedged.execute(() => 'fine'), 'fine');
  },
  'onEvent of a bulkhead': async (bad) => {
    const places = bulkhead({ limit: 1, queue: 0, ...hosted(bad) });
    const first = places.execute(() => Promise.resolve('fine'));
    await assert.rejects(
      places.execute(() => 'second'),
      { code: 'BULKHEAD_FULL' },
    );
    assert.equal(await first, 'fine');
  },
  'onEvent of a rate limit': async (bad) => {
    const limited = rateLimit({ limit: 1, perMs: 60_000, ...hosted(bad) });
    assert.equal(await limited.execute(() => 'fine'), 'fine');
    await assert.rejects(
      limited.execute(() => 'second'),
      { code: 'RATE_LIMITED' },
    );
  },
  'onEvent of a timeout': async (bad) => {
    const clock = new ManualClock();
    const call = timeout({ limitMs: 10, clock, ...hosted(bad) }).execute(() => new Promise(() => {}));
    const refused = assert.rejects(call, { code: 'CALL_TIMEOUT' });
    await clock.advance(10);
    await refused;
  },
  'a listener of a registry': async (bad, behaviour) => {
    const heard: unknown[] = [];
    const registry = new Registry({ onListenerError: (error) => heard.push(error) });
    const others: string[] = [];
    registry.subscribe(bad);
    registry.subscribe(({ type }) => others.push(type));
    await mustThrowOwn((operation) => registry.pipeline('p', [retry(quick)]).execute(operation));
    await settled();
    const failures = behaviour === 'throws' || behaviour === 'rejects' ? 2 : 0;
    assert.deepEqual([registry.listenerErrors, heard.length], [failures, failures]);
    assert.deepEqual(others, ['retry', 'gave-up']);
  },
  'onListenerError of a registry': async (bad) => {
    const registry = new Registry({ onListenerError: bad });
    registry.subscribe(behaviours.throws);
    registry.subscribe(behaviours.rejects);
    await mustThrowOwn((operation) => registry.pipeline('p', [retry(quick)]).execute(operation));
    await settled();
    assert.equal(registry.listenerErrors, 4);
  },
  'report of a member of a registry': (bad) => {
    const registry = new Registry();
    registry.add('pools', [{ name: 'pool', report: bad }]);
    const report = registry.report()[0]?.members[0]?.report;
    assert.equal(typeof report, 'object');
    assert.equal(report instanceof Promise, false);
  },
  'a control of a member of a registry': async (bad, behaviour) => {
    const registry = new Registry();
    const events: unknown[] = [];
    registry.subscribe((event) => events.push(event));
    registry.add('pools', [{ name: 'pool', controls: { stop: bad } }]);
    const order = (): unknown => registry.control('pools', 'pool', 'stop');
    if (behaviour === 'throws') assert.throws(order, { message: 'of a function of the user' });
    else assert.equal(order(), undefined);
    assert.deepEqual(events, []);
  },
  'a recorder of a registry': async (bad) => {
    const registry = new Registry();
    const read = registry.pipeline('p', [retry(quick), new CircuitBreaker()]);
    registry.record({ breaker: bad, retry: bad });
    await mustThrowOwn((operation) => read.execute(operation));
  },
  'classify of a breaker': async (bad) => {
    const breaker = new CircuitBreaker({ failureThreshold: 1, classify: bad });
    await mustThrowOwn((operation) => breaker.execute(operation));
    assert.equal(breaker.state, 'open', 'judged by the usual classifier');
  },
  'classify of a retry': (bad) =>
    mustThrowOwn(async (operation) => {
      const outcome = await retry({ ...quick, classify: bad }).executeOutcome(operation);
      assert.equal(outcome.attempts, 2, 'judged by the usual classifier');
      throw outcome.error;
    }),
  'classify of a fallback': async (bad) => {
    const spare = fallback({ to: 'spare', classify: bad });
    assert.equal(await spare.execute(() => Promise.reject(aDown())), 'spare');
  },
  'classify of a hedge': (bad) =>
    mustThrowOwn((operation) => hedge({ delayMs: 0, idempotent: true, classify: bad }).execute(operation)),
  'classify of a stale cache': async (bad) => {
    const cache = staleCache({ key: () => 'k', classify: bad });
    await cache.execute(() => 'fine');
    const stale = await cache.execute((): Promise<string> => Promise.reject(aDown()));
    assert.equal((stale as { readonly stale?: boolean }).stale, true);
  },
  'classify of a measure': async (bad) => {
    const measured = measure({ classify: bad });
    await mustThrowOwn((operation) => measured.execute(operation));
    assert.deepEqual(measured.errors, { transient: 1 });
  },
  'when of a rule of a classifier': (bad) => {
    const verdict = { class: 'persistent' } as const;
    const found = createClassifier({ rules: [{ when: bad, verdict }] })(aDown());
    assert.equal(found.class, 'transient');
  },
  'when of a rule of a breaker': async (bad) => {
    const breaker = new CircuitBreaker({ failureThreshold: 5, rules: [{ when: bad, failureThreshold: 1 }] });
    await mustThrowOwn((operation) => breaker.execute(operation));
    assert.equal(breaker.state, 'closed', 'the rule is for none');
  },
  'when of a rule of a retry': (bad) =>
    mustThrowOwn((operation) => retry({ ...quick, rules: [{ when: bad, delayMs: 0 }] }).execute(operation)),
  'when of a fallback': async (bad, behaviour) => {
    const spare = fallback({ to: 'spare', when: bad });
    if (behaviour === 'answers a promise of true') {
      assert.equal(await spare.execute(() => Promise.reject(aDown())), 'spare');
    } else await mustThrowOwn((operation) => spare.execute(operation));
  },
  'when of a stale cache': async (bad, behaviour) => {
    const cache = staleCache({ key: () => 'k', when: bad });
    await cache.execute(() => 'fine');
    if (behaviour === 'answers a promise of true') {
      const stale = await cache.execute((): Promise<string> => Promise.reject(aDown()));
      assert.equal((stale as { readonly stale?: boolean }).stale, true);
    } else await mustThrowOwn((operation) => cache.execute(operation));
  },
  'judge of a breaker': async (bad) => {
    const breaker = new CircuitBreaker({ failureThreshold: 1, judge: bad });
    assert.equal(await breaker.execute(() => 'fine'), 'fine');
    assert.equal(breaker.state, 'closed');
  },
  'judge of a retry': async (bad) => {
    const outcome = await retry({ ...quick, judge: bad }).executeOutcome(() => 'fine');
    assert.deepEqual([outcome.value, outcome.attempts], ['fine', 1]);
  },
  'to of a fallback': async (bad, behaviour) => {
    const error = aDown();
    const outcome: Outcome<unknown> = await fallback({ to: bad }).executeOutcome(() => Promise.reject(error));
    if (behaviour === 'throws' || behaviour === 'rejects') {
      assert.equal((outcome.error as { readonly code?: string }).code, 'FALLBACK_FAILED');
      assert.equal((outcome.error as Error).cause, error, 'the primary error comes first');
    } else assert.equal(outcome.ok, true);
  },
  'a promise as the answer of a fallback': async (bad, behaviour) => {
    if (behaviour === 'throws') return;
    const error = aDown();
    const outcome: Outcome<unknown> = await fallback({ to: bad() }).executeOutcome(() => Promise.reject(error));
    if (behaviour === 'rejects') assert.equal((outcome.error as Error).cause, error, 'the primary error comes first');
    else assert.equal(outcome.ok, true);
  },
  'key of keyed breakers': async (bad) => {
    const breakers = keyedBreakers({ key: bad });
    assert.equal(await breakers.execute(() => 'fine', { key: 'own' }), 'fine');
    await mustThrowOwn((operation) => breakers.execute(operation, { key: 'own' }));
    assert.deepEqual(
      [...breakers.entries()].map(([key]) => key),
      ['own'],
    );
  },
  'key of a stale cache': async (bad) => {
    const cache = staleCache({ key: bad });
    assert.equal(await cache.execute(() => 'of ana'), 'of ana');
    assert.equal(await cache.execute(() => 'of bo'), 'of bo');
    await mustThrowOwn((operation) => cache.execute(operation));
  },
  'toStale of a stale cache': async (bad, behaviour) => {
    const cache = staleCache({ key: () => 'k', toStale: bad });
    await cache.execute(() => 'fine');
    if (behaviour === 'answers a promise of true') {
      assert.equal(await cache.execute((): Promise<unknown> => Promise.reject(aDown())), true);
    } else await mustThrowOwn((operation) => cache.execute(operation));
  },
  'isFailure of a guarded fetch': async (bad, behaviour) => {
    const answer = new Response('fine');
    const guarded = guardedFetch(retry(quick), { fetch: async () => answer, isFailure: bad, judgedFailure: 'throw' });
    const call = guarded('http://localhost/');
    if (behaviour === 'answers a promise of true') await assert.rejects(call, { name: 'HttpResponseError' });
    else assert.equal(await call, answer, 'its status says that it is none');
  },
  'key of a guarded fetch': async (bad) => {
    const keys: string[] = [];
    const guard = pipeline('p', [retry(quick)], { onEvent: ({ key }) => keys.push(key) });
    await mustThrowOwn((fails) => guardedFetch(guard, { fetch: fails, key: bad })('http://localhost/'));
    assert.deepEqual(keys, ['p', 'p']);
  },
  'fetch of a guarded fetch': async (bad, behaviour) => {
    const call = guardedFetch(retry(quick), { fetch: bad })('http://localhost/');
    if (behaviour === 'throws' || behaviour === 'rejects') await assert.rejects(call, /of a function of the user/);
    else await assert.rejects(call, { name: 'TypeError', message: /fetch must return a Response/ });
  },
  'attributes of the plugin for Fastify': async (bad) => {
    const app = fastify();
    await app.register(recoveryPlugin, { attributes: bad });
    app.get('/', async ({ recovery: { attributes } }) => attributes);
    assert.deepEqual((await app.inject('/')).json(), { requestId: 'req-1' });
    await app.close();
  },
  'record of a budget': async (bad) => {
    const budget = { record: bad, tryTake: () => true };
    await mustThrowOwn((operation) => retry({ ...quick, budget }).execute(operation));
    await mustThrowOwn((operation) => hedge({ delayMs: 0, idempotent: true, budget }).execute(operation));
  },
  'tryTake of a budget': async (bad) => {
    const budget = { record: () => undefined, tryTake: bad };
    const error = aDown();
    const outcome = await retry({ ...quick, budget }).executeOutcome(() => Promise.reject(error));
    assert.deepEqual([outcome.error, outcome.attempts, outcome.stoppedBy], [error, 1, 'budget']);
    const hedged = await hedge({ delayMs: 0, idempotent: true, budget }).executeOutcome(() => Promise.reject(error));
    assert.deepEqual([hedged.error, hedged.attempts], [error, 1]);
  },
  'random of a pipeline': async (bad) => {
    const clock = new ManualClock();
    const delays: number[] = [];
    const read = pipeline('p', [retry({ maxAttempts: 4, baseMs: 100 })], {
      clock,
      random: bad,
      onEvent: (event) => event.type === 'retry' && delays.push(event.delayMs),
    });
    const thrown = mustThrowOwn((operation) => read.execute(operation));
    await clock.advance(1_000);
    await thrown;
    assert.equal(delays.length, 3);
    for (const [attempt, delayMs] of delays.entries()) assert.ok(delayMs >= 0 && delayMs <= 100 * 2 ** attempt);
  },
  'random of a breaker': async (bad) => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({
      failureThreshold: 1,
      resetTimeoutMs: 100,
      resetJitter: 0.5,
      random: bad,
      clock,
    });
    await mustThrowOwn((operation) => breaker.execute(operation));
    await clock.advance(99);
    assert.equal(breaker.state, 'open');
    await clock.advance(52);
    assert.equal(breaker.state, 'half-open');
  },
  'random of fault injection': async (bad) => {
    const faults = faultInjection({ random: bad });
    faults.start({ kind: 'error', ratio: 1, forMs: 1_000 });
    await assert.rejects(
      faults.execute(() => 'fine'),
      { code: 'INJECTED_SYSTEM' },
    );
  },
  'random of a fault schedule': async (bad) => {
    const always = new FaultSchedule([{ fromMs: 0, toMs: 1_000, fault: 'error', ratio: 1 }]);
    const clock = new ManualClock();
    const operation = always.operation(clock, 'fine', { random: bad });
    const refused = assert.rejects(operation({ signal: new AbortController().signal }), { status: 503 });
    await clock.advance(0);
    await refused;
  },
  'isHealthy of auto recovery': async (bad, behaviour) => {
    const { resets, checks } = await recover({ isHealthy: bad, reset: () => undefined });
    const healthy = behaviour === 'answers a promise of true';
    assert.deepEqual([resets, checks], [healthy ? 1 : 0, [healthy]]);
  },
  'reset of auto recovery': async (bad, behaviour) => {
    const { checks } = await recover({ isHealthy: () => true, reset: bad });
    assert.deepEqual(checks, [behaviour !== 'throws' && behaviour !== 'rejects']);
  },
  'needsRecovery of auto recovery': async (bad, behaviour) => {
    const { resets } = await recover({ isHealthy: () => true, reset: () => undefined, needsRecovery: bad });
    assert.equal(resets, behaviour === 'answers a promise of true' ? 1 : 0);
  },
  'onEvent of auto recovery': async (bad) => {
    const clock = new ManualClock();
    let resets = 0;
    const service = { isHealthy: () => true, reset: () => void (resets += 1) };
    const recovery = new AutoRecovery({ service, checkIntervalMs: 100, clock, onEvent: bad });
    recovery.start();
    await clock.advance(100);
    await settled();
    await clock.advance(100);
    await settled();
    recovery.stop();
    assert.equal(resets, 2);
  },
  'breakers of a breaker service': async (bad) => {
    const { resets } = await recover(breakerService({ breakers: bad, isHealthy: () => true }));
    assert.equal(resets, 0);
  },
  'onError of a state file': async (bad) => {
    const clock = new ManualClock();
    const nowhere = join(import.meta.filename, 'not-a-folder', 'breakers.json');
    const file = stateFile({ path: nowhere, breakers: [], clock, intervalMs: 100, onError: bad });
    file.start();
    await clock.advance(100);
    await assert.rejects(file.stop(), { code: 'ENOTDIR' });
    await settled();
  },
  'now of a state file': async (bad) => {
    const path = join(await folder(), `${Math.random()}.json`);
    const breaker = new CircuitBreaker({ name: 'db' });
    const file = stateFile({ path, breakers: [breaker], now: bad });
    await file.save();
    assert.deepEqual(await file.load(), { restored: ['db'] });
  },
  'breakers of a state file': async (bad) => {
    const path = join(await folder(), `${Math.random()}.json`);
    const errors: unknown[] = [];
    const clock = new ManualClock();
    const file = stateFile({ path, breakers: bad, clock, intervalMs: 100, onError: (error) => errors.push(error) });
    file.start();
    await clock.advance(100);
    await assert.rejects(file.stop(), {
      message: /^(of a function of the user$|breakers\(\) must return an array of breakers)/,
    });
    assert.equal(errors.length, 1);
  },
  'onError of shared breakers and budgets': async (bad) => {
    const clock = new ManualClock();
    const client = { eval: () => Promise.reject(new Error('store down')) };
    const breakers = sharedBreakers({ client, breakers: [new CircuitBreaker({ clock })], clock, onError: bad });
    const budget = sharedRetryBudget({ client, clock, onError: bad });
    breakers.start();
    budget.start();
    await clock.advance(3_000);
    await settled();
    assert.deepEqual([breakers.status, budget.status], ['alone', 'alone']);
    budget.stop();
    await assert.rejects(breakers.stop(), /store down/);
  },
  'breakers of shared breakers': async (bad) => {
    const clock = new ManualClock();
    const errors: unknown[] = [];
    const client = { eval: () => Promise.resolve([]) };
    const shared = sharedBreakers({ client, breakers: bad, clock, onError: (error) => errors.push(error) });
    shared.start();
    await clock.advance(1_000);
    await settled();
    assert.equal(errors.length, 1);
    await assert.rejects(shared.stop(), {
      message: /^(of a function of the user$|breakers\(\) must return an array of breakers)/,
    });
  },
  'eval of a client of Redis': async (bad) => {
    const clock = new ManualClock();
    const breaker = new CircuitBreaker({ clock });
    const shared = sharedBreakers({ client: { eval: bad }, breakers: [breaker], clock });
    const budget = sharedRetryBudget({ client: { eval: bad }, clock });
    await shared.sync().catch(() => undefined);
    await budget.sync().catch(() => undefined);
    assert.equal(breaker.state, 'closed');
    budget.record(clock.now());
    assert.equal(budget.tryTake(clock.now()), true);
  },
  'a listener of a measurement': async (bad) => {
    const registry = new Registry();
    const read = registry.pipeline('p', [retry(quick)]);
    Measurement.of(registry).onDuration(bad);
    await mustThrowOwn((operation) => read.execute(operation));
  },
  'wallClock of exporters': async (bad) => {
    const registry = new Registry();
    const read = registry.pipeline('p', [new CircuitBreaker({ failureThreshold: 1 })]);
    const { Registry: Register } = await import('prom-client');
    const register = new Register();
    exportMetrics(registry, { register, wallClock: bad });
    const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
    const timestamps: number[] = [];
    exportToOpenTelemetry(registry, {
      meter: new MeterProvider().getMeter('dualbrake'),
      logger: { emit: ({ timestamp }) => timestamps.push(timestamp) },
      wallClock: bad,
    });
    await mustThrowOwn((operation) => read.execute(operation));
    assert.match(await register.metrics(), /recovery_breaker_last_transition_timestamp_seconds\{[^}]*\} \d/);
    assert.ok(timestamps.length > 0 && timestamps.every(Number.isFinite));
  },
  'emit of a logger': async (bad, behaviour) => {
    const registry = new Registry();
    const read = registry.pipeline('p', [retry(quick)]);
    const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
    exportToOpenTelemetry(registry, { meter: new MeterProvider().getMeter('dualbrake'), logger: { emit: bad } });
    await mustThrowOwn((operation) => read.execute(operation));
    await settled();
    assert.equal(registry.listenerErrors, behaviour === 'throws' || behaviour === 'rejects' ? 2 : 0);
  },
  'current of a carrier of the ambient context': async (bad) => {
    setAmbientContext({ current: bad, run: (context, work) => work(context) });
    try {
      assert.equal(await retry(quick).execute(() => 'fine'), 'fine');
      await mustThrowOwn((operation) => retry(quick).execute(operation));
    } finally {
      setAmbientContext(undefined);
    }
  },
};

/** Checks once with a service that behaves badly somewhere. */
async function recover(
  service: Pick<ConstructorParameters<typeof AutoRecovery>[0]['service'], 'isHealthy' | 'reset' | 'needsRecovery'>,
): Promise<{ readonly resets: number; readonly checks: readonly boolean[] }> {
  const clock = new ManualClock();
  const checks: boolean[] = [];
  let resets = 0;
  const recovery = new AutoRecovery({
    service: {
      ...service,
      reset() {
        resets += 1;
        return service.reset();
      },
    },
    checkIntervalMs: 100,
    clock,
    onEvent: ({ healthy }) => checks.push(healthy),
  });
  recovery.start();
  await clock.advance(100);
  await settled();
  recovery.stop();
  assert.equal(clock.pending, 0);
  return { resets, checks };
}

let made: string | undefined;
async function folder(): Promise<string> {
  return (made ??= await mkdtemp(join(tmpdir(), 'dualbrake-functions-')));
}
after(async () => {
  if (made !== undefined) await rm(made, { recursive: true, force: true });
});

/** Long enough for a rejection that nobody handles to become known. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}

/** Runs something, and fails if anything was left unhandled by it. */
async function quietly(work: () => void | Promise<void>): Promise<void> {
  const unhandled: unknown[] = [];
  const hear = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', hear);
  process.on('uncaughtException', hear);
  try {
    await work();
    await settled();
  } finally {
    process.off('unhandledRejection', hear);
    process.off('uncaughtException', hear);
  }
  assert.deepEqual(unhandled, [], 'unhandled');
}

describe('F10: whatever a function of the user does, nothing is unhandled and no error of the dependency is replaced', () => {
  for (const [name, door] of Object.entries(doors)) {
    for (const [behaviour, bad] of Object.entries(behaviours) as [Behaviour, () => unknown][]) {
      test(`${name} ${behaviour}`, () => quietly(() => door(bad as Bad, behaviour)));
    }
  }
});

describe('F10: a custom policy may answer what it likes', () => {
  const oddities: Readonly<Record<string, { readonly run: () => unknown; readonly value?: unknown }>> = {
    'no promise': { run: () => 'at once', value: 'at once' },
    nothing: { run: () => undefined, value: undefined },
    // oxlint-disable-next-line unicorn/no-thenable -- what a custom policy may answer
    'a thenable': { run: () => ({ then: (resolve: (value: unknown) => void) => resolve('later') }), value: 'later' },
  };
  const around: Readonly<Record<string, () => readonly Layer[]>> = {
    retry: () => [retry(quick)],
    breaker: () => [new CircuitBreaker()],
    'keyed breakers': () => [keyedBreakers()],
    timeout: () => [timeout({ limitMs: 10_000 })],
    bulkhead: () => [bulkhead({ limit: 1 })],
    'rate limit': () => [rateLimit({ limit: 10, perMs: 1_000 })],
    fallback: () => [fallback({ to: 'spare', when: () => false })],
    hedge: () => [hedge({ delayMs: 10_000, idempotent: true })],
    'stale cache': () => [staleCache({ key: () => 'k' })],
    measure: () => [measure()],
    'fault injection': () => [faultInjection()],
    nothing: () => [],
  };
  for (const [outer, layers] of Object.entries(around)) {
    for (const [oddity, { run, value }] of Object.entries(oddities)) {
      test(`${oddity}, under ${outer}`, () =>
        quietly(async () => {
          const odd = { name: 'odd', run } as unknown as Policy;
          assert.equal(await pipeline('p', [...layers(), odd]).execute(() => 'never'), value);
        }));
    }
    test(`an error thrown at once, under ${outer}`, () =>
      quietly(async () => {
        const error = aDown();
        const odd: Policy = {
          name: 'odd',
          run() {
            throw error;
          },
        };
        const outcome = await pipeline('p', [...layers(), odd]).executeOutcome(() => 'never');
        assert.equal(outcome.error, error);
      }));
  }
});

test('the timer of a wait is set before a listener hears of it, so that the listener may move the clock', async () => {
  let now = 0;
  let due: (() => void)[] = [];
  /** As fake timers do: what is due is called within the call that moves them. */
  const tick = (ms: number): void => {
    now += ms;
    for (const fire of due.splice(0)) fire();
  };
  const clock: Clock = {
    now: () => now,
    after: (_ms, fire) => {
      due.push(fire);
      return () => void (due = due.filter((one) => one !== fire));
    },
  };
  const policy = retry({
    baseMs: 1_000,
    jitter: 'none',
    clock,
    onEvent: (event) => event.type === 'retry' && tick(event.delayMs),
  });

  const { attempts } = await policy.executeOutcome(() => Promise.reject(aDown()));

  assert.deepEqual([attempts, now], [3, 3_000]);
});

describe('F10: rubbish is no answer', () => {
  test('clocks: one that answers later is refused', () => {
    const later = async (): Promise<number> => 1;
    assert.throws(() => retry({ clock: { now: later as never, after: () => () => undefined } }), {
      issues: ['clock.now must be synchronous, got an async function'],
    });
  });

  test('registry: a member that cannot tell of itself hides no other one', () => {
    const fails = behaviours.throws;
    const odd = { name: 'odd', report: () => 5 } as unknown as Steerable;
    const broken = Object.defineProperties({ name: 'broken' }, { controls: { get: fails }, settings: { get: fails } });
    const registry = new Registry();
    registry.add('pools', [odd, broken, { name: 'well', report: () => ({ state: 'up' }) }]);
    const members = registry.report()[0]?.members ?? [];
    assert.deepEqual(
      members.map(({ name, report, settings, controls }) => [name, report, settings, controls]),
      [
        ['odd', {}, {}, []],
        ['broken', {}, {}, []],
        ['well', { state: 'up' }, {}, []],
      ],
    );
    assert.equal(registry.listenerErrors, 2);
  });

  test('AutoRecovery: only true is healthy', async () => {
    for (const answer of ['yes', 1, {}, [], null, undefined, NaN, Promise.resolve('true')]) {
      const { resets, checks } = await recover({ isHealthy: () => answer as boolean, reset: () => undefined });
      assert.deepEqual([resets, checks], [0, [false]], String(answer));
    }
    assert.equal((await recover({ isHealthy: () => true, reset: () => undefined })).resets, 1);
  });

  test('conditions: only true is a yes', () =>
    quietly(async () => {
      for (const answer of ['yes', 1, {}, [], NaN]) {
        const when = (): boolean => answer as boolean;
        await mustThrowOwn((operation) => fallback({ to: 'spare', when }).execute(operation));
        const rules = [{ when, failureThreshold: 1 }];
        const breaker = new CircuitBreaker({ rules });
        await mustThrowOwn((operation) => breaker.execute(operation));
        assert.equal(breaker.state, 'closed');
      }
    }));

  test('classifiers: what is missing or wrong is as our own rules say, the rest as the classifier says', async () => {
    const answers: readonly (readonly [unknown, boolean])[] = [
      [null, true],
      ['persistent', true],
      [[], true],
      [{}, true],
      [{ class: 'odd' }, true],
      [{ countsAgainstBreaker: 'no' }, true],
      [{ countsAgainstBreaker: false }, false],
      [{ class: 'cancelled' }, false],
      [new Proxy({}, { get: behaviours.throws }), true],
    ];
    for (const [answer, counts] of answers) {
      const breaker = new CircuitBreaker({ failureThreshold: 1, classify: (() => answer) as never });
      await mustThrowOwn((operation) => breaker.execute(operation));
      assert.equal(breaker.state, counts ? 'open' : 'closed');
    }
  });

  test('judges: what is no classification says nothing, a part of one is completed', async () => {
    const answers: readonly (readonly [unknown, 'open' | 'closed'])[] = [
      [true, 'closed'],
      ['bad', 'closed'],
      [{}, 'closed'],
      [{ class: 'odd' }, 'closed'],
      [{ class: 'transient', countsAgainstBreaker: true }, 'open'],
    ];
    for (const [answer, state] of answers) {
      const breaker = new CircuitBreaker({ failureThreshold: 1, judge: (() => answer) as never });
      assert.equal(await breaker.execute(() => 'fine'), 'fine');
      assert.equal(breaker.state, state, JSON.stringify(answer));
    }
  });

  test('chance outside of [0, 1) moves nothing outside of its bounds', async () => {
    for (const drawn of [NaN, 1, -1, 7, Infinity, '0.5', null]) {
      for (const jitter of ['full', 'equal', 'decorrelated'] as const) {
        const clock = new ManualClock();
        const delays: number[] = [];
        const policy = retry({
          maxAttempts: 3,
          baseMs: 100,
          maxMs: 400,
          jitter,
          clock,
          random: () => drawn as number,
          onEvent: (event) => event.type === 'retry' && delays.push(event.delayMs),
        });
        const thrown = mustThrowOwn((operation) => policy.execute(operation));
        await clock.advance(1_000);
        await thrown;
        const least = { full: 0, equal: 50, decorrelated: 100 }[jitter];
        assert.equal(delays.length, 2);
        for (const delayMs of delays) assert.ok(delayMs >= least && delayMs <= 400, `${jitter} ${drawn}: ${delayMs}`);
      }
    }
  });

  test('rules of a retry are asked in their order, and waited for', async () => {
    const asked: string[] = [];
    const policy = retry({
      maxAttempts: 9,
      strategy: 'immediate',
      rules: [
        { when: async () => asked.push('first') === 0, maxAttempts: 5 },
        { when: async () => Boolean(asked.push('second')), maxAttempts: 2 },
        { when: () => Boolean(asked.push('third')), maxAttempts: 7 },
      ],
    });
    const { attempts } = await policy.executeOutcome(() => Promise.reject(aDown()));
    assert.equal(attempts, 2);
    assert.deepEqual(asked, ['first', 'second', 'first', 'second']);
  });

  test('a promise as a fallback that rejects long before it is needed is not unhandled', () =>
    quietly(async () => {
      const spare = fallback({ to: Promise.reject(new Error('of the spare')) });
      await settled();
      assert.equal(await spare.execute(() => 'fine'), 'fine');
    }));
});
