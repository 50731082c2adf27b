import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, classify, InvalidSettingsError, Registry, retry, timeout } from '../index.ts';
import { ManualClock, policyContract, seededRandom } from '../testing/index.ts';
import { faultInjection, InjectedFaultError, type Fault } from './index.ts';

for (const check of policyContract(() => faultInjection()))
  test(`a place for drills: ${check.name}`, () => check.run());

function drill(options: { share?: number } = {}) {
  const clock = new ManualClock();
  const registry = new Registry({ clock, random: options.share === undefined ? () => 0 : seededRandom(3) });
  const faults = faultInjection();
  const breaker = new CircuitBreaker({ name: 'db', failureThreshold: 3 });
  return {
    clock,
    registry,
    faults,
    breaker,
    calls: registry.pipeline('calls', [breaker, timeout({ limitMs: 200 }), faults]),
  };
}

test('an error of a class is what the classifier takes it for, and the operation is not called', async () => {
  for (const errorClass of ['transient', 'persistent', 'system'] as const) {
    const { faults, calls } = drill();
    faults.start({ kind: 'error', class: errorClass, forMs: 1_000 });
    let called = 0;
    const { error } = await calls.executeOutcome(() => (called += 1));

    assert.ok(error instanceof InjectedFaultError);
    assert.equal(classify(error).class, errorClass);
    assert.equal(classify(error).rule, `dualbrake.${error.code}`);
    assert.equal(called, 0);
  }
});

test('a fault opens the breaker like a real one, and ends by itself', async () => {
  const { clock, faults, breaker, calls } = drill();
  faults.start({ kind: 'error', forMs: 10_000 });
  for (let call = 0; call < 3; call += 1) await calls.executeOutcome(() => 1);
  assert.equal(breaker.state, 'open');
  assert.equal(faults.active?.injected, 3);
  await clock.advance(60_000);

  assert.equal(faults.active, undefined);
  assert.equal(await calls.execute(() => 1), 1);
  assert.equal(breaker.state, 'closed');
});

test('a delay delays, and a timeout around it sees it', async () => {
  const { clock, faults, calls } = drill();
  faults.start({ kind: 'delay', delayMs: 150, forMs: 10_000 });
  const slow = calls.execute(() => clock.now());
  await clock.advance(150);
  assert.equal(await slow, 150);
  faults.start({ kind: 'delay', delayMs: 500, forMs: 10_000 });
  const late = calls.executeOutcome(() => 1);
  await clock.advance(200);

  assert.equal((await late).classification?.kind, 'timeout');
});

test('a hang lasts until the caller gives up, or the drill ends, and leaves nothing behind', async () => {
  const { clock, registry, faults, calls } = drill();
  const bare = registry.pipeline('bare', [faults]);
  faults.start({ kind: 'hang', forMs: 10_000 });
  const limited = calls.executeOutcome(() => 1);
  const unlimited = bare.executeOutcome(() => 1);
  const stopped = bare.executeOutcome(() => 1);
  await clock.advance(200);
  assert.equal((await limited).classification?.kind, 'timeout');
  faults.stop();
  await clock.advance(0);

  assert.ok((await unlimited).error instanceof InjectedFaultError);
  assert.ok((await stopped).error instanceof InjectedFaultError);
  await clock.advance(10_000);
  assert.equal(await bare.execute(() => 1), 1);
});

test('a share of calls is hit, by seeded chance', async () => {
  const { faults, registry } = drill({ share: 0.3 });
  const calls = registry.pipeline('shared', [faults]);
  faults.start({ kind: 'error', ratio: 0.3, forMs: 10_000 });
  let failed = 0;
  for (let call = 0; call < 2_000; call += 1) if (!(await calls.executeOutcome(() => 1)).ok) failed += 1;

  assert.ok(failed > 500 && failed < 700, String(failed));
});

test('a fault without an end, or with wrong numbers, is refused with every problem at once', () => {
  const { faults } = drill();
  const wrong = { kind: 'explode', class: 'odd', ratio: 2, extra: 1 } as unknown as Fault;

  assert.throws(
    () => faults.start(wrong),
    (error) => error instanceof InvalidSettingsError && error.issues.length === 5,
  );
  assert.throws(() => faults.start({ kind: 'hang', forMs: 16 * 60_000 }), InvalidSettingsError);
  assert.equal(faults.active, undefined);
});

test('retries see an injected error like any other, and the operator’s stop ends it', async () => {
  const { clock, registry, faults } = drill();
  const calls = registry.pipeline('retried', [retry({ strategy: 'immediate' }), faults]);
  faults.start({ kind: 'error', class: 'transient', forMs: 10_000 });
  assert.equal((await calls.executeOutcome(() => 1)).stoppedBy, 'exhausted');
  const change = registry.control('retried', 'faults', 'stop');

  assert.deepEqual(change, { what: 'fault', from: 'error', to: 'none' });
  assert.equal(await calls.execute(() => clock.now()), 0);
});
