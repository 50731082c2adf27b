import { test } from 'node:test';

test('the process ends without a failure before the test has', () => process.exit(0));
