import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

const durations = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300, size: 'max' });

test('a quantile is never below the true one, and at most a fifth above it', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0, 0.01, 0.5, 0.95, 0.99, 1), (values, share) => {
      const histogram = new Histogram();
      for (const value of values) histogram.record(value);
      const sorted = values.toSorted((one, other) => one - other);
      const truth = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0;
      const told = histogram.quantile(share) ?? -1;

      assert.ok(told >= truth * (1 - 1e-9), `${told} is below ${truth}`);
      assert.ok(told <= Math.max(truth * 1.19, 0.0099), `${told} is far above ${truth}`);
    }),
    { numRuns: 2_000 },
  );
});

test('two added histograms are one of all values', () => {
  fc.assert(
    fc.property(durations, durations, (one, other) => {
      const [first, second, all] = [new Histogram(), new Histogram(), new Histogram()];
      for (const value of one) first.record(value);
      for (const value of other) second.record(value);
      for (const value of [...one, ...other]) all.record(value);
      first.add(second);
      const { mean, ...rest } = first.snapshot();
      const { mean: meanOfAll, ...restOfAll } = all.snapshot();

      assert.deepEqual(rest, restOfAll);
      assert.ok(Math.abs((mean ?? 0) - (meanOfAll ?? 0)) < 1e-6);
    }),
  );
});

test('an empty one tells nothing, not zero', () => {
  assert.deepEqual(new Histogram().snapshot(), {
    count: 0,
    mean: undefined,
    max: undefined,
    p50: undefined,
    p95: undefined,
    p99: undefined,
  });
});
