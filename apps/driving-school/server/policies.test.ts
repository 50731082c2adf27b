import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BulkheadFullError, Registry } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { createDatabaseBreaker, createPolicies } from './policies.ts';

function policies(connections: number) {
  const clock = new ManualClock();
  const breaker = createDatabaseBreaker();
  return { clock, breaker, ...createPolicies(new Registry({ clock }), { breaker, connections }) };
}

test('M1.2: changes that wait for locks leave connections for reads, and the next ones are refused, not failed', async () => {
  const { clock, breaker, databaseRead, databaseWrite } = policies(10);
  const lock = Promise.withResolvers<void>();
  let running = 0;
  const stuck = Array.from({ length: 9 }, () =>
    databaseWrite
      .execute(() => {
        running += 1;
        return lock.promise;
      })
      .catch((error: unknown) => error),
  );
  await clock.advance(0);
  assert.equal(running, 7);

  assert.equal(await databaseRead.execute(async () => 'live'), 'live');
  await clock.advance(1_000);
  const [refused, other] = await Promise.all(stuck.slice(7));
  assert.ok(refused instanceof BulkheadFullError && other instanceof BulkheadFullError);
  assert.equal(breaker.state, 'closed');
  lock.resolve();
  await Promise.all(stuck);
});

test('M1.2: never more calls than connections, of all kinds together', async () => {
  const { clock, databaseRead, databaseWrite, databaseImport, sessionCheck } = policies(4);
  const release = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const use = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await release.promise;
    running -= 1;
  };
  const calls = [databaseRead, databaseWrite, databaseImport, sessionCheck].flatMap((pipeline) =>
    Array.from({ length: 5 }, () => pipeline.execute(use).catch(() => undefined)),
  );
  await clock.advance(0);
  release.resolve();
  await Promise.all(calls);

  assert.equal(most, 4);
});
