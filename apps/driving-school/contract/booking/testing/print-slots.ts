/** Prints the results of random searches, always the same ones; `slots.test.ts` compares them between zones. */
import fc from 'fast-check';
import { findSlots } from '../slots.ts';
import { searchCase } from './random-world.ts';

for (const { world, request } of fc.sample(searchCase, { numRuns: 50, seed: 20_260_309 })) {
  process.stdout.write(`${JSON.stringify(findSlots(world, request))}\n`);
}
