import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';
import { subjectNames, type DroppedBreakers, type DroppedClasses, type LongRun } from './leaks.ts';

/** `LEAK_CALLS=1000000` looks longer. */
const calls = Number(process.env['LEAK_CALLS'] ?? 8_000);

/**
 * Bytes by which the heap may be larger after the last quarter than after the second: measured are 20,000 to 40,000,
 * of counters and caches of the engine, after 10,000 calls as after 500,000. A leak of seven bytes per call is more.
 */
const heapNoise = 64 * 1024;

/** A million calls of the slowest take three minutes. */
const limitMs = 1_200_000;

const child = fileURLToPath(new URL('leaks-child.ts', import.meta.url));

/** Runs in a process of its own, where nothing else makes garbage. */
async function inChild(...order: string[]): Promise<unknown> {
  const options = ['--expose-gc', '--conditions=source', '--disable-warning=ExperimentalWarning'];
  return JSON.parse(
    await run(process.execPath, [...options, child, ...order], fileURLToPath(new URL('.', import.meta.url)), limitMs),
  );
}

for (const subject of subjectNames) {
  test(`B50: ${calls} calls leave no listener, no timer and no memory behind: ${subject}`, async () => {
    const { listeners, timers, abandoned, heap, outcomes } = (await inChild(
      'long-run',
      subject,
      String(calls),
    )) as LongRun;

    assert.deepEqual({ listeners, timers, abandoned }, { listeners: 0, timers: [], abandoned: 0 });
    const { 'ended well': well = 0, 'ended badly': badly = 0 } = outcomes;
    assert.ok(well > 0 && (badly > 0 || subject === 'fallback'), JSON.stringify(outcomes));
    const [, second = 0, , last = Infinity] = heap;
    assert.ok(last - second < heapNoise, `the heap has grown by ${last - second} bytes: ${heap.join(', ')}`);
  });
}

test('P60: unreferenced breakers and pipelines are garbage-collected', async () => {
  const { made, left } = (await inChild('dropped-breakers')) as DroppedBreakers;

  assert.deepEqual({ made, left }, { made: 200, left: 0 });
});

test('F19: an unreferenced decorated class is removed from the registry', async () => {
  const { before, after, kept } = (await inChild('dropped-classes')) as DroppedClasses;

  assert.deepEqual(before, ['Service.call', 'Service.call (2)', 'Service.call (3)']);
  assert.deepEqual([after, kept], [['Service.call (3)'], 1]);
});
