import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { callBoundsMs } from '../histogram.ts';
import { OutcomeLog, type LoggedOutcome } from './outcome-log.ts';

const kinds = ['success', 'slow', 'failure', 'timeout', 'ignored', 'cancelled', 'rejected'] as const;
const call = fc.record({
  outcome: fc.constantFrom(...kinds),
  durationMs: fc.constantFrom(0, 5, 5.1, 80, 81_920, 1e6),
  laterMs: fc.constantFrom(0, 1, 40, 100, 12_345),
  times: fc.integer({ min: 1, max: 4 }),
});

function boundOf(outcome: LoggedOutcome['outcome'], durationMs: number): number {
  return outcome === 'rejected' ? 0 : (callBoundsMs.find((bound) => durationMs <= bound) ?? Infinity);
}

test('a log tells each of the last outcomes, in order, when and how long, like a list that keeps everything', () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 600, size: 'max' }), (calls) => {
      const log = new OutcomeLog(512, 1_000);
      const all: { at: number; outcome: LoggedOutcome['outcome']; upToMs: number }[] = [];
      let now = 1_000;
      for (const { outcome, durationMs, laterMs, times } of calls) {
        now += laterMs;
        for (let time = 0; time < times; time += 1) {
          log.add(outcome, durationMs, now);
          all.push({
            at: 1_000 + Math.floor((now - 1_000) / 100) * 100,
            outcome,
            upToMs: boundOf(outcome, durationMs),
          });
        }
      }
      const told = [...log.from(0)].flatMap(({ count, ...entry }) => Array.from({ length: count }, () => entry));

      assert.ok(log.size <= 512);
      assert.deepEqual(told, all.slice(-told.length));
      // Nothing is missing from where it says that it is complete.
      assert.ok(all.slice(0, all.length - told.length).every(({ at }) => at <= log.since));
      if (log.size < 512) assert.equal(told.length, all.length);
      assert.deepEqual([...log.backwards()], [...log.from(0)].toReversed());
    }),
    { numRuns: 300 },
  );
});

test('an hour of a healthy dependency fits, however many calls there are', () => {
  const log = new OutcomeLog(65_536, 0);
  for (let now = 0; now < 3_600_000; now += 5) log.add('success', 3, now);

  assert.equal(log.since, 0);
  assert.equal(
    [...log.from(0)].reduce((sum, { count }) => sum + count, 0),
    720_000,
  );
});
