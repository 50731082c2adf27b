import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AutoRecovery,
  CircuitBreaker,
  fallback,
  InvalidSettingsError,
  pipeline,
  Registry,
  retry,
  timeout,
} from './index.ts';

/** What a caller without a type checker may write. */
function unchecked<T>(value: unknown): T {
  return value as T;
}

test('B51: all problems are told in one error, by option, value and what would be right', () => {
  const wrong = {
    failureThreshold: 2.5,
    resetTimeoutMs: -1,
    halfOpenCalls: '3',
    failureTreshold: 5,
    window: 'sometimes',
  };

  assert.throws(
    () => new CircuitBreaker(unchecked(wrong)),
    (error) => {
      assert.ok(error instanceof InvalidSettingsError);
      assert.equal(error.code, 'INVALID_SETTINGS');
      assert.equal(error.issues.length, 5);
      assert.match(error.issues.join('\n'), /failureThreshold must be a whole number from 1 .*, got 2\.5/);
      assert.match(error.issues.join('\n'), /halfOpenCalls must be a whole number .*, got '3'/);
      assert.match(
        error.issues.join('\n'),
        /failureTreshold is not a known option; the options are .*failureThreshold/,
      );
      assert.doesNotMatch(error.issues.join('\n'), /(\w+), \1\b/, 'each name once');
      assert.match(error.issues.join('\n'), /window must be 'consecutive' or 'count' or 'time', got 'sometimes'/);
      return true;
    },
  );
});

const bad = [Number.NaN, -1, '3', null, {}, Infinity];

for (const [what, make] of [
  ['failureThreshold', (value: unknown) => new CircuitBreaker({ failureThreshold: unchecked<number>(value) })],
  ['resetTimeoutMs', (value: unknown) => new CircuitBreaker({ resetTimeoutMs: unchecked<number>(value) })],
  ['maxAttempts', (value: unknown) => retry({ maxAttempts: unchecked<number>(value) })],
  ['baseMs', (value: unknown) => retry({ baseMs: unchecked<number>(value) })],
  ['limitMs', (value: unknown) => timeout({ limitMs: unchecked<number>(value) })],
  [
    'checkIntervalMs',
    (value: unknown) =>
      new AutoRecovery({ service: { isHealthy: () => true, reset() {} }, checkIntervalMs: unchecked<number>(value) }),
  ],
] as const) {
  test(`B51: ${what} refuses NaN, negative numbers, strings, null, objects and infinity`, () => {
    for (const value of bad) assert.throws(() => make(value), InvalidSettingsError, `${what} = ${String(value)}`);
  });
}

test('B51: options that are no object, clocks that are no clock and services that are no service are refused', () => {
  assert.throws(() => new CircuitBreaker(unchecked(null)), InvalidSettingsError);
  assert.throws(() => retry(unchecked('3')), InvalidSettingsError);
  assert.throws(() => pipeline('p', [], { clock: unchecked(Date) }), InvalidSettingsError);
  assert.throws(() => pipeline('p', [], { clock: unchecked(null) }), InvalidSettingsError);
  assert.throws(() => new Registry({ clock: unchecked({}) }), InvalidSettingsError);
  assert.throws(() => new AutoRecovery({ service: unchecked({}) }), InvalidSettingsError);
  assert.throws(() => fallback({ to: 1, when: unchecked(5) }), InvalidSettingsError);
});

test('an option given as undefined is an option left out', () => {
  assert.equal(new CircuitBreaker(unchecked({ failureThreshold: undefined })).settings.values.failureThreshold, 5);
});

test('a change is all or nothing, and the breaker goes on with it', async () => {
  const breaker = new CircuitBreaker();

  assert.throws(() => breaker.settings.change({ failureThreshold: 1, resetTimeoutMs: -5 }), InvalidSettingsError);
  assert.equal(breaker.settings.values.failureThreshold, 5);
  breaker.settings.change({ failureThreshold: 1 });
  await assert.rejects(
    breaker.execute(() => Promise.reject(new Error('boom'))),
    { message: 'boom' },
  );

  assert.equal(breaker.state, 'open');
});
