import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoRecovery, breakerService, CircuitBreaker } from '../index.ts';
import { ManualClock } from '../testing/index.ts';
import { diskProbe, eventLoopProbe, memoryProbe } from './index.ts';

test('memory: the share in use, unhealthy from the limit on', async () => {
  const { value, unit, healthy } = await memoryProbe({ maxRatio: 1 }).read();

  assert.ok(value > 0 && value < 1, String(value));
  assert.deepEqual([unit, healthy], ['ratio', true]);
  assert.equal(await memoryProbe({ maxRatio: 0 }).isHealthy(), false);
});

test('disk: the bytes that are free where a path is, and a path that is not there is a failure', async () => {
  const { value, unit, healthy } = await diskProbe({ path: '.', minFreeBytes: 1 }).read();

  assert.ok(Number.isInteger(value) && value > 0);
  assert.deepEqual([unit, healthy], ['bytes', true]);
  assert.equal(await diskProbe({ path: '.', minFreeBytes: Number.MAX_SAFE_INTEGER }).isHealthy(), false);
  await assert.rejects(diskProbe({ path: './not-there' }).isHealthy(), { code: 'ENOENT' });
});

test('event loop: how late it is, and only since the last reading', async () => {
  using probe = eventLoopProbe({ maxDelayMs: 50 });
  await turns(5);
  await probe.read();
  // The monitor compares two turns, so it needs one before.
  await turns(3);
  const blockedUntil = performance.now() + 150;
  while (performance.now() < blockedUntil);
  await turns(1);

  const blocked = await probe.read();
  assert.ok(!blocked.healthy && blocked.value >= 50, `${blocked.value} ms`);
  // A busy machine is late now and then; a probe that remembered the blocked turn would say so for ever.
  do await turns(1);
  while ((await probe.read()).value >= blocked.value);
});

test('B41 a probe closes a breaker when what ran out is there again', async () => {
  const clock = new ManualClock();
  const closed = Promise.withResolvers<void>();
  const breaker = new CircuitBreaker({
    name: 'exports',
    failureThreshold: 1,
    clock,
    onEvent: (event) => {
      if (event.type === 'transition' && event.to === 'closed') closed.resolve();
    },
  });
  const recovery = new AutoRecovery({
    service: breakerService({ breakers: [breaker], isHealthy: diskProbe({ path: '.', minFreeBytes: 1 }).isHealthy }),
    checkIntervalMs: 1_000,
    clock,
  });
  recovery.start();
  await breaker.execute(() => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))).catch(() => {});
  assert.equal(breaker.state, 'open');

  await clock.advance(1_000);
  await closed.promise;

  recovery.stop();
});

test('B51 options of probes are checked', () => {
  for (const wrong of [
    () => memoryProbe({ maxRatio: 90 }),
    () => diskProbe({} as never),
    () => diskProbe({ path: '.', minFreeBytes: 1.5 }),
    () => eventLoopProbe({ maxDelayMs: 0 }),
  ])
    assert.throws(wrong, { code: 'INVALID_SETTINGS' });
});

/** Lets the monitor's own timer fire. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setTimeout(resolve, 15));
}
