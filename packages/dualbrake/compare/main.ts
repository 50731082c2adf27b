/** Tries dualbrake and its peers on known pitfalls and on the classifier's corpus, prints what came out and writes two pages. */
import { writeFileSync } from 'node:fs';
import type { Library } from './adapter.ts';
import { careless } from './adapters/careless.ts';
import { cockatiel } from './adapters/cockatiel.ts';
import { dualbrake } from './adapters/dualbrake.ts';
import { opossum } from './adapters/opossum.ts';
import { classifiersFile, classifiersPage } from './classifiers/page.ts';
import { judge, type Verdict } from './judge.ts';
import { pageFile, pageOf, type Column } from './page.ts';
import type { Pitfall } from './pitfall.ts';
import { themes } from './pitfalls/index.ts';

const libraries: readonly Library[] = [dualbrake, cockatiel, opossum];
const columns: Column[] = [];

for (const library of libraries) {
  const verdicts = new Map<Pitfall, Verdict>();
  for (const pitfall of themes.flatMap(({ pitfalls }) => pitfalls)) {
    // One at a time: timers of the process may be faked meanwhile.
    verdicts.set(pitfall, await judge(library, pitfall));
  }
  columns.push({ library: library.name, verdicts });
}

const unproven: string[] = [];
for (const pitfall of themes.flatMap(({ pitfalls }) => pitfalls)) {
  if (columns.some(({ verdicts }) => verdicts.get(pitfall)?.is === 'wrong')) continue;
  if ((await judge(careless, pitfall)).is !== 'wrong') unproven.push(pitfall.number);
}
if (unproven.length > 0) throw new Error(`Nobody falls into ${unproven.join(', ')}: such a row says nothing.`);

const today = new Date().toISOString().slice(0, 10);
const page = pageOf(themes, columns, today);
writeFileSync(pageFile, page);
const classifiers = await classifiersPage(today);
writeFileSync(classifiersFile, classifiers);
process.stdout.write(`${page}\n${classifiers}`);
// Calls that never end are part of the comparison; nothing may keep the process waiting for them.
process.exit();
