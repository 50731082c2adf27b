import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingName, settingValue } from './setting-words.ts';

test('a threshold is named after what it counts', () => {
  assert.equal(settingName('failureThreshold'), 'Consecutive failures to open');
  assert.equal(settingName('failureThreshold', { consecutiveFailures: 20 }), 'Failures in the window to open');
  assert.equal(settingName('consecutiveFailures', { consecutiveFailures: 20 }), 'Consecutive failures to open');
  assert.equal(settingName('someNewLimitMs'), 'Some new limit');
});

test('a setting that is switched off shows off, not 0', () => {
  assert.deepEqual(
    [
      settingValue('slowCallMs', 0),
      settingValue('slowCallMs', 300),
      settingValue('queue', 0),
      settingValue('failureRatio', 0.5),
      settingValue('resetTimeoutMs', 30_000),
      settingValue('resetTimeoutFactor', 1.5),
    ],
    ['off', '300 ms', '0', '0.5', '30 s', '1.5'],
  );
});
