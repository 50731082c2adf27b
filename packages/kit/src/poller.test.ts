import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import { backoffMs, BACKOFF_MAX_MS, BACKOFF_MS, Poller, PROBE_GAP_MS, type PollerHost } from './poller.ts';

/** Repeatable random numbers (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A poller in a fake browser with a manual clock. */
function fakePoller({ random = seeded(7), answers = (): boolean => false } = {}) {
  const clock = new ManualClock();
  const page = { isVisible: true };
  const probedAt: number[] = [];
  const host: PollerHost = {
    now: () => clock.now(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
    random,
    isVisible: () => page.isVisible,
  };
  const poller = new Poller({
    quietMs: 15_000,
    host,
    probe: async () => {
      probedAt.push(clock.now());
      return answers();
    },
  });
  return { clock, page, poller, probedAt };
}

test('an outage of 60 s causes at most 20 probes, whatever the random numbers', async () => {
  for (const random of [() => 0, () => 0.999_999, ...Array.from({ length: 50 }, (_, seed) => seeded(seed))]) {
    const { clock, poller, probedAt } = fakePoller({ random });
    poller.start();
    await clock.advance(60_000);
    assert.ok(probedAt.length >= 4 && probedAt.length <= 20, `${probedAt.length} probes at ${probedAt.join(', ')}`);
  }
});

test('a hint during a failing probe does not trigger the next probe', async () => {
  const { clock, poller, probedAt } = fakePoller({
    answers: () => {
      poller.hint();
      return false;
    },
  });
  poller.start();
  await clock.advance(60_000);
  assert.ok(probedAt.length <= 20, `${probedAt.length} probes`);
});

test('constant hints cause at most 20 probes in 60 s', async () => {
  const { clock, poller, probedAt } = fakePoller();
  poller.start();
  for (let at = 0; at < 60_000; at += 50) {
    poller.hint();
    await clock.advance(50);
  }
  assert.ok(probedAt.length <= 20, `${probedAt.length} probes`);
});

test('waits grow from 1 s to 30 s, each between half of the ceiling and the ceiling', () => {
  for (let failures = 1; failures < 60; failures += 1) {
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** (failures - 1));
    assert.equal(
      backoffMs(failures, () => 0),
      Math.max(BACKOFF_MS, ceiling / 2),
    );
    assert.equal(
      backoffMs(failures, () => 1),
      ceiling,
    );
  }
});

test('pages that lose the server at the same moment retry at different times', async () => {
  const times = await Promise.all(
    Array.from({ length: 20 }, async (_, seed) => {
      const { clock, poller, probedAt } = fakePoller({ random: seeded(seed) });
      poller.start();
      await clock.advance(20_000);
      return probedAt[3];
    }),
  );
  assert.ok(new Set(times).size >= 18, `fourth probes at ${times.join(', ')}`);
});

test('successful probes are 15 s apart, before and after an outage', async () => {
  let well = true;
  const { clock, poller, probedAt } = fakePoller({ answers: () => well });
  poller.start();
  await clock.advance(45_000);
  assert.deepEqual(probedAt, [0, 15_000, 30_000, 45_000]);
  well = false;
  await clock.advance(60_000);
  well = true;
  await clock.advance(30_000);
  probedAt.length = 0;
  await clock.advance(60_000);
  assert.equal(probedAt.length, 4);
});

test('a hidden page does not probe, and probes as soon as it is visible again', async () => {
  const { clock, page, poller, probedAt } = fakePoller();
  poller.start();
  await clock.advance(0);
  page.isVisible = false;
  await clock.advance(3_600_000);
  assert.deepEqual(probedAt, [0]);
  page.isVisible = true;
  poller.hint();
  await clock.advance(0);
  assert.deepEqual(probedAt, [0, 3_600_000]);
});

test('a hint brings the next probe forward and never delays it', async () => {
  const { clock, poller, probedAt } = fakePoller({ answers: () => true });
  poller.start();
  await clock.advance(5_000);
  poller.hint();
  await clock.advance(0);
  assert.deepEqual(probedAt, [0, 5_000]);
  await clock.advance(13_000);
  assert.equal(probedAt.length, 2);
  poller.hint();
  poller.hint();
  await clock.advance(0);
  assert.deepEqual(probedAt, [0, 5_000, 18_000]);
  await clock.advance(1_000);
  poller.hint();
  await clock.advance(PROBE_GAP_MS - 1_001);
  assert.equal(probedAt.length, 3);
  await clock.advance(1);
  assert.deepEqual(probedAt.at(-1), 18_000 + PROBE_GAP_MS);
});

test('a stopped poller does not probe', async () => {
  const { clock, poller, probedAt } = fakePoller();
  poller.start();
  await clock.advance(0);
  poller.stop();
  poller.hint();
  await clock.advance(60_000);
  assert.deepEqual(probedAt, [0]);
  assert.equal(clock.pending, 0);
});
