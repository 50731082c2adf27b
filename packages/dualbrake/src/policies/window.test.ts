import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CountWindow } from './count-window.ts';
import { BUCKETS, TimeWindow } from './time-window.ts';
import { FAILED, SLOW, type Window } from './window.ts';

interface Counted {
  readonly at: number;
  judged: number;
}

type Step =
  | { readonly do: 'record'; readonly judged: number }
  | { readonly do: 'amend'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'clear' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant<'record'>('record'),
        judged: fc.constantFrom(0, FAILED, SLOW, FAILED | SLOW),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant<'amend'>('amend'), which: fc.nat(15) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant<'wait'>('wait'),
        ms: fc.constantFrom(0, 1, 9, 10, 11, 89, 90, 100, 99, 1_000_000),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'clear' }) },
  ),
  { minLength: 10, maxLength: 150, size: 'max' },
);

/** Takes the steps with the window and with a plain list of everything, and compares the totals after each. */
function follow(
  window: Window,
  schedule: readonly Step[],
  remains: (all: readonly Counted[], now: number) => readonly Counted[],
): void {
  let now = 500;
  let all: Counted[] = [];
  let counted: { readonly event: Counted; readonly place: number }[] = [];
  for (const step of schedule) {
    if (step.do === 'record') {
      const event = { at: now, judged: step.judged };
      all.push(event);
      counted.push({ event, place: window.record(step.judged, now) });
    } else if (step.do === 'amend') {
      const late = counted.at(-1 - step.which);
      // Only what was counted as slow while it ran is amended, and once.
      if (late !== undefined && (late.event.judged & FAILED) === 0) {
        window.amend(late.place, now);
        late.event.judged |= FAILED;
      }
    } else if (step.do === 'clear') {
      window.clear();
      all = [];
      counted = [];
    } else now += step.ms;
    window.moveTo(now);
    const left = remains(all, now);
    assert.deepEqual(
      { calls: window.calls, failures: window.failures, slow: window.slow },
      {
        calls: left.length,
        failures: left.filter(({ judged }) => (judged & FAILED) !== 0).length,
        slow: left.filter(({ judged }) => (judged & SLOW) !== 0).length,
      },
    );
  }
}

test('B11, P24, P25: a count window holds just the last calls, whatever happened before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), steps, (size, schedule) => {
      follow(new CountWindow(size), schedule, (all) => all.slice(-size));
    }),
    { numRuns: 2_000 },
  );
});

test('B11, P22: a time window holds the calls of its last ten buckets, on edges and after gaps', () => {
  fc.assert(
    fc.property(fc.constantFrom(100, 30, 1_000), steps, (windowMs, schedule) => {
      const bucketOf = (at: number): number => Math.floor((at - 500) / (windowMs / BUCKETS));
      follow(new TimeWindow(windowMs, 500), schedule, (all, now) =>
        all.filter(({ at }) => bucketOf(at) > bucketOf(now) - BUCKETS),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('P22: after an hour of silence nothing of before is left', () => {
  const window = new TimeWindow(10_000, 0);
  for (let call = 0; call < 5; call += 1) window.record(FAILED, call * 1_000);

  window.moveTo(3_600_000);

  assert.deepEqual([window.calls, window.failures], [0, 0]);
});

test('B12: a count window of another size keeps the newest calls that fit', () => {
  const window = new CountWindow(5);
  for (const judged of [FAILED, FAILED, 0, SLOW, 0, FAILED]) window.record(judged);

  const smaller = window.resized(3);
  const larger = smaller.resized(10);

  assert.deepEqual([smaller.calls, smaller.failures, smaller.slow], [3, 1, 1]);
  assert.deepEqual([larger.calls, larger.failures, larger.slow], [3, 1, 1]);
});

test('a restored window judges by what the saved one held', () => {
  const counted = new CountWindow(4);
  counted.restore({ calls: 9, failures: 2, slow: 1 });
  const timed = new TimeWindow(100, 0);
  timed.restore({ calls: 9, failures: 2, slow: 1 }, 50);

  assert.deepEqual([counted.calls, counted.failures, counted.slow], [4, 2, 1], 'failures are not forgotten first');
  assert.deepEqual([timed.calls, timed.failures, timed.slow], [9, 2, 1]);
  timed.moveTo(149);
  assert.equal(timed.calls, 9);
  timed.moveTo(150);
  assert.equal(timed.calls, 0);
});

test('an amended call is one failure more, once, and only while it is in the window', () => {
  const window = new CountWindow(2);
  const first = window.record(SLOW);
  window.amend(first);
  window.amend(first);
  assert.deepEqual([window.calls, window.failures, window.slow], [2 - 1, 1, 1]);

  window.record(0);
  window.record(0);
  window.amend(first);
  assert.deepEqual([window.calls, window.failures, window.slow], [2, 0, 0]);
});

test('what a window held is counted as it was', () => {
  const count = new CountWindow(10);
  count.restore({ calls: 9, failures: 2, slow: 4 });
  const time = new TimeWindow(1_000, 0);
  time.record(0, 0);
  time.restore({ calls: 9, failures: 2, slow: 4 }, 500);
  time.record(FAILED, 900);

  assert.deepEqual([count.calls, count.failures, count.slow], [9, 2, 4]);
  assert.deepEqual([time.calls, time.failures, time.slow], [11, 3, 4]);
  // Restored is as if it had just happened: it leaves ten buckets later, all of it.
  time.moveTo(1_499);
  assert.deepEqual([time.calls, time.failures, time.slow], [10, 3, 4]);
  time.moveTo(1_500);
  assert.deepEqual([time.calls, time.failures, time.slow], [1, 1, 0]);
});

test('a reading that is a little older than the last one moves nothing back', () => {
  const window = new TimeWindow(1_000, 0);
  window.record(FAILED, 950);
  window.record(FAILED, 120);
  window.moveTo(1_850);
  assert.deepEqual([window.calls, window.failures], [2, 2]);
  window.moveTo(1_899);
  assert.deepEqual([window.calls, window.failures], [2, 2]);
  window.moveTo(1_900);
  assert.deepEqual([window.calls, window.failures], [0, 0]);
});

test('a call that fails after a long time is no longer in the window', () => {
  const window = new TimeWindow(1_000, 0);
  const place = window.record(SLOW, 0);
  window.amend(place, 5_000);

  assert.deepEqual([window.calls, window.failures, window.slow], [0, 0, 0]);
});
