import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commentsOf, compileExamples, documented, examplesIn, type Documented } from './docstrings.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

const project = temporaryFolder();
const folder = join(project.path, 'node_modules/dualbrake');
let items: readonly Documented[] = [];
before(async () => {
  await stagePackage(folder);
  items = documented(folder);
});
after(() => project.remove());

test('every exported name has an example in its doc comment', () => {
  const without = items.filter(({ examples }) => examples.length === 0);

  assert.ok(items.length > 200, `only ${items.length} names were found`);
  assert.deepEqual(
    without.map(({ specifier, name }) => `${specifier}: ${name}`),
    [],
  );
});

test('every example compiles in a project that has installed the package', async () => {
  await compileExamples(project.path, items);
});

test('the examples of a comment are found, and nothing else of it', () => {
  const fence = '`'.repeat(3);
  const text = [
    '/** Another one. */',
    'export declare const other: 1;',
    '/**',
    ' * Waits.',
    ' *',
    ' * @example',
    ` * ${fence}ts`,
    ' * class Line {',
    ' *   @retry()',
    ' *   async wait() {}',
    ' * }',
    ` * ${fence}`,
    ' *',
    ' * @param ms how long',
    ' * @example',
    ` * ${fence}ts`,
    ' * await wait(6);',
    ` * ${fence}`,
    ' */',
    'export declare function wait(ms: number): Promise<void>;',
  ].join('\n');

  assert.deepEqual(commentsOf(text, 'wait').flatMap(examplesIn), [
    'class Line {\n  @retry()\n  async wait() {}\n}',
    'await wait(6);',
  ]);
  assert.deepEqual(commentsOf(text, 'other').flatMap(examplesIn), []);
});

test('an invalid example is reported with the name it documents', async () => {
  const wrong = temporaryFolder();
  after(() => wrong.remove());
  await stagePackage(join(wrong.path, 'node_modules/dualbrake'));
  const mistaken = [
    { specifier: 'dualbrake', name: 'CircuitBreaker', examples: [`new CircuitBreaker({ failureThreshold: 'many' });`] },
  ];

  await assert.rejects(compileExamples(wrong.path, mistaken), /examples\/0\.0\.dualbrake\.CircuitBreaker\.ts.*string/s);
});
