import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expectedOfCore } from '../consumer/exercise-core.ts';
import { expectedOfDecorators } from '../consumer/exercise-decorators.ts';
import { expectedOfFetch } from '../consumer/exercise-fetch.ts';
import { expectedOfNode } from '../consumer/exercise-node.ts';
import { expectedOfTesting } from '../consumer/exercise-testing.ts';
import { compileConsumer, layOutConsumer } from '../consumer-project.ts';
import { stagePackage, temporaryFolder } from '../staged-package.ts';
import { layOut, type LaidOut } from './program.ts';

/** The same exercises as in the versions of Node, compiled once, in runtimes that npm installs. */
const runtimes = [
  { name: 'bun', parameters: ['run'] },
  // `node_modules` is here already; nothing is fetched. The exercise of `dualbrake/fetch` asks a server of its own.
  {
    name: 'deno',
    parameters: ['run', '--no-remote', '--node-modules-dir=manual', '--allow-env', '--allow-net=127.0.0.1'],
  },
] as const;

const exercises = [
  { file: 'exercise-core.js', name: 'exerciseCore', expected: expectedOfCore },
  { file: 'exercise-decorators.js', name: 'exerciseDecorators', expected: expectedOfDecorators },
  { file: 'exercise-node.js', name: 'exerciseNode', expected: expectedOfNode },
  { file: 'exercise-fetch.js', name: 'exerciseFetch', expected: expectedOfFetch },
  { file: 'exercise-testing.js', name: 'exerciseTesting', expected: expectedOfTesting },
] as const;

/** Compiles the exercises against the library, as a user of TypeScript does, and lays them out for each runtime. */
async function layOutAll(): Promise<readonly LaidOut[]> {
  const project = temporaryFolder();
  try {
    await stagePackage(join(project.path, 'node_modules/dualbrake'));
    layOutConsumer(project.path);
    await compileConsumer(project.path, 'compiled', { module: 'nodenext', types: ['node'] });
    const all: LaidOut[] = [];
    for (const { name } of runtimes) {
      const laidOut = await layOut(name);
      all.push(laidOut);
      const folder = laidOut.program?.folder;
      if (folder !== undefined) cpSync(join(project.path, 'compiled'), join(folder, 'compiled'), { recursive: true });
    }
    return all;
  } finally {
    project.remove();
  }
}

const laidOut = await layOutAll();

for (const [index, { name, parameters }] of runtimes.entries()) {
  const { program, skip } = laidOut[index] ?? assert.fail(name);
  for (const { file, name: exercise, expected } of exercises) {
    test(`the packed library runs in ${name}: ${file}`, { skip: skip ?? false }, async () => {
      assert.ok(program !== undefined);
      const runner = `run-${file}`;
      const text = `import { ${exercise} } from './compiled/${file}';\nconsole.log(JSON.stringify(await ${exercise}()));\n`;
      writeFileSync(join(program.folder, runner), text);

      const answer = await program.run(program.file(`.bin/${name}`), [...parameters, runner]);

      assert.deepEqual(JSON.parse(answer), expected);
    });
  }
}
