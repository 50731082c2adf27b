/**
 * Tries dualbrake and its peers on known pitfalls and on the classifier's corpus, prints what came out and writes two
 * pages; with `suites`, puts the peers' own tests to dualbrake and writes the second part of the first page.
 */
import { writeFileSync } from 'node:fs';
import { classifiersFile, classifiersPage } from './classifiers/page.ts';
import { pageFile, pageWith } from './page.ts';
import { pitfallsPart } from './pitfalls/matrix.ts';
import { suites } from './suites/index.ts';
import { suitesPart } from './suites/page.ts';
import { runSuite, type SuiteResult } from './suites/run.ts';
import { runShippedCockatiel } from './suites/shipped/cockatiel.ts';

const today = new Date().toISOString().slice(0, 10);
const wanted = process.argv[2];

if (wanted === 'suites') {
  const results: SuiteResult[] = [];
  for (const suite of suites) {
    // One at a time: timers of the process may be faked meanwhile.
    results.push(await runSuite(suite));
  }
  show(pageFile, suitesPart(results, [runShippedCockatiel()], today), (text) => pageWith('suites', text));
} else if (wanted === undefined) {
  show(pageFile, await pitfallsPart(today), (text) => pageWith('pitfalls', text));
  show(classifiersFile, await classifiersPage(today));
} else {
  throw new Error(`npm run compare takes nothing, or \`suites\`; it was given \`${wanted}\`.`);
}
// Calls that never end are part of the comparison; nothing may keep the process waiting for them.
process.exit();

function show(file: URL, text: string, pageOf: (text: string) => string = (page) => page): void {
  writeFileSync(file, pageOf(text));
  process.stdout.write(`${text}\n`);
}
