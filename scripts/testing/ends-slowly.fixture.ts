/** A file whose hook takes longer than what a process may stay after its end. `test.test.ts` runs it. */
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

test('passes', () => undefined);
after(() => delay(1_500));
