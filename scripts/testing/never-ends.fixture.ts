/** A test that hangs. `test.test.ts` runs it with a short limit. */
import { test } from 'node:test';

test('never ends', () => new Promise(() => setInterval(() => {}, 1_000)));
