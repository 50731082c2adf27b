import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FunnelView } from '../../../src/contract.ts';
import { funnelSentence, rowSentence } from './funnel-words.ts';

const none = {
  running: 0,
  abandoned: 0,
  continued: 0,
  waiting: 0,
  left_waiting: 0,
  exhausted: 0,
  denied_budget: 0,
  denied_deadline: 0,
  denied_breaker: 0,
  running_before: 0,
  waiting_before: 0,
};
const second = {
  ...none,
  attempt: '2',
  started: 788,
  succeeded: 512,
  not_retryable: 11,
  retryable: 265,
  denied_budget: 9,
  denied_breaker: 8,
};
const funnel: FunnelView = {
  policy: 'payments',
  since: '2026-11-23T17:00:00.000Z',
  to: '2026-11-23T17:15:00.000Z',
  partial: false,
  operations: 4_812,
  in_flight: 6,
  in_flight_before: 0,
  endings: {
    first_try: 3_905,
    after_retry: 613,
    exhausted: 155,
    not_retryable: 109,
    denied_budget: 9,
    denied_deadline: 7,
    denied_breaker: 8,
    aborted: 0,
  },
  rows: [second],
  attempts: 5_858,
  amplification: 1.22,
  wasted_ms: 41_000,
};

test('a row lists the outcomes of an attempt, and why some were not retried', () => {
  assert.equal(
    rowSentence(second),
    '788 started: 512 succeeded, 11 final errors, 265 retryable; not retried: 9 denied by budget, 8 denied by breaker',
  );
  assert.equal(
    rowSentence({ ...none, attempt: '1', started: 0, succeeded: 0, not_retryable: 0, retryable: 0 }),
    '0 started: no outcome yet',
  );
  assert.equal(
    rowSentence({ ...none, attempt: '1', started: 3, succeeded: 0, not_retryable: 0, retryable: 3, waiting: 2 }),
    '3 started: 3 retryable; 2 waiting for a retry',
  );
});

test('the funnel is summed up in a sentence', () => {
  assert.equal(
    funnelSentence(funnel),
    '4,812 operations in 1 attempt: 81 % succeeded on the first attempt, 13 % after a retry.',
  );
});
