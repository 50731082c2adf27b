import { retry as attempt } from '@lifeomic/attempt';
import pLimit from 'p-limit';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';
import type { Candidate, Operation, Subject } from '../candidate.ts';

/** Libraries that do one of the things. */
export const singlePurpose: readonly Candidate[] = [
  {
    name: 'p-retry',
    package: 'p-retry',
    rows: {
      'retry first': (operation) => ({ call: () => pRetry(operation, { retries: 2 }) }),
      'retry second': (operation) => ({ call: () => pRetry(operation, { retries: 2, minTimeout: 0 }) }),
    },
  },
  {
    name: '@lifeomic/attempt',
    package: '@lifeomic/attempt',
    rows: { 'retry first': attempted, 'retry second': attempted },
  },
  {
    name: 'p-timeout',
    package: 'p-timeout',
    rows: { timeout: inTime, 'timeout concurrent': inTime },
  },
  {
    name: 'p-limit',
    package: 'p-limit',
    rows: { bulkhead: inLine, 'bulkhead queue': inLine },
  },
];

function attempted(operation: Operation): Subject {
  return { call: () => attempt(operation, { maxAttempts: 3, delay: 0 }) };
}

function inTime(operation: Operation): Subject {
  return { call: () => pTimeout(operation(), { milliseconds: 2_000 }) };
}

function inLine(operation: Operation): Subject {
  const limit = pLimit(10);
  return { call: () => limit(operation) };
}
