import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectedOfCore } from './consumer/exercise-core.ts';
import { expectedOfDecorators } from './consumer/exercise-decorators.ts';
import { expectedOfFetch } from './consumer/exercise-fetch.ts';
import { expectedOfNode } from './consumer/exercise-node.ts';
import { expectedOfTesting } from './consumer/exercise-testing.ts';
import { answerOf, compileConsumer, layOutConsumer } from './consumer-project.ts';
import { run } from './run.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

/** Versions of Node that the library is for, and where npm puts the packages that bring their binaries. */
const versions = [
  { major: 22, folder: 'node-versions/node-22/node_modules/node' },
  { major: 24, folder: 'node-versions/node-24/node_modules/node' },
  { major: 26, folder: 'node_modules/node' },
] as const;

const exercises = [
  { file: 'exercise-core.js', name: 'exerciseCore', expected: expectedOfCore },
  { file: 'exercise-decorators.js', name: 'exerciseDecorators', expected: expectedOfDecorators },
  { file: 'exercise-node.js', name: 'exerciseNode', expected: expectedOfNode },
  { file: 'exercise-fetch.js', name: 'exerciseFetch', expected: expectedOfFetch },
  { file: 'exercise-testing.js', name: 'exerciseTesting', expected: expectedOfTesting },
] as const;

const folder = temporaryFolder();
const project = folder.path;
before(async () => {
  await stagePackage(join(project, 'node_modules/dualbrake'));
  layOutConsumer(project);
  await compileConsumer(project, 'compiled', { module: 'nodenext', types: ['node'] });
});
after(() => folder.remove());

for (const { major, folder: home } of versions) {
  const node = fileURLToPath(new URL(`../../../${home}/bin/node`, import.meta.url));
  const missing = existsSync(node) ? undefined : `${home}, which brings Node ${major}, is not installed: run npm ci.`;
  // In CI nothing may be left out without a word.
  const options = missing === undefined || process.env['CI'] !== undefined ? {} : { skip: missing };

  test(`what is published works in Node ${major}`, options, async () => {
    assert.equal(missing, undefined);
    assert.match(await run(node, ['--version'], project), new RegExp(`^v${major}\\.`));

    for (const { file, name, expected } of exercises) {
      assert.deepEqual(await answerOf(node, project, `compiled/${file}`, name), expected, name);
    }
    // Every entry point can be loaded.
    await run(node, ['compiled/everything.js'], project);
  });
}
