import type { Library } from '../adapter.ts';
import { careless } from '../adapters/careless.ts';
import { cockatiel } from '../adapters/cockatiel.ts';
import { dualbrake } from '../adapters/dualbrake.ts';
import { opossum } from '../adapters/opossum.ts';
import { judge, type Verdict } from '../judge.ts';
import { pageOf, type Column } from '../page.ts';
import type { Pitfall } from '../pitfall.ts';
import { themes } from './index.ts';

const libraries: readonly Library[] = [dualbrake, cockatiel, opossum];

/** Asks dualbrake and its peers about all pitfalls. @returns the matrix as Markdown */
export async function pitfallsPart(today: string): Promise<string> {
  const pitfalls = themes.flatMap((theme) => theme.pitfalls);
  const columns: Column[] = [];
  for (const library of libraries) {
    const verdicts = new Map<Pitfall, Verdict>();
    for (const pitfall of pitfalls) {
      // One at a time: timers of the process may be faked meanwhile.
      verdicts.set(pitfall, await judge(library, pitfall));
    }
    columns.push({ library: library.name, verdicts });
  }
  await mustBeProven(pitfalls, columns);
  return pageOf(themes, columns, today);
}

/** A row into which nobody falls says nothing. */
async function mustBeProven(pitfalls: readonly Pitfall[], columns: readonly Column[]): Promise<void> {
  const unproven: string[] = [];
  for (const pitfall of pitfalls) {
    if (columns.some(({ verdicts }) => verdicts.get(pitfall)?.is === 'wrong')) continue;
    // One at a time, as above.
    if ((await judge(careless, pitfall)).is !== 'wrong') unproven.push(pitfall.number);
  }
  if (unproven.length > 0) throw new Error(`Nobody falls into ${unproven.join(', ')}: such a row says nothing.`);
}
