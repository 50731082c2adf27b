import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { publint } from 'publint';
import { expectedOfCore } from './consumer/exercise-core.ts';
import { expectedOfDecorators } from './consumer/exercise-decorators.ts';
import { answerOf, compileConsumer, layOutConsumer } from './consumer-project.ts';
import { entries } from './library.ts';
import { fileOf, run } from './run.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

const folder = temporaryFolder();
const project = join(folder.path, 'project');
const installed = join(project, 'node_modules/dualbrake');
let tarball = '';

before(async () => {
  const staged = join(folder.path, 'staged');
  await stagePackage(staged);
  await run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', folder.path], staged);
  const [packed = ''] = readdirSync(folder.path).filter((file) => file.endsWith('.tgz'));
  tarball = join(folder.path, packed);
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed], folder.path);
  layOutConsumer(project);
});
after(() => folder.remove());

test('the command line is at the path in package.json, is executable, and prints its version', async () => {
  const { bin, version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
    version: string;
  };
  const program = join(installed, bin['dualbrake'] ?? '');

  assert.match(readFileSync(program, 'utf8'), /^#!\/usr\/bin\/env node\n/);
  assert.equal((await run(process.execPath, [program, '--version'], folder.path)).trim(), version);
});

/** Kinds of projects that a user may have. */
const projects = {
  'module nodenext': { module: 'nodenext', types: ['node'], lib: ['es2024'] },
  'module esnext with a bundler': { module: 'esnext', moduleResolution: 'bundler', types: [], lib: ['es2024', 'DOM'] },
  experimentalDecorators: { module: 'nodenext', types: ['node'], lib: ['es2024'], experimentalDecorators: true },
} as const;

/** A project without the types of Node has no use for what needs them. */
const programsOfTheWeb = ['readme-1', 'readme-2', 'exercise-core', 'exercise-decorators', 'everything-of-the-web'].map(
  (name) => `program/${name}.ts`,
);

const nameOf = (kind: string): string => kind.replaceAll(' ', '-');

for (const [kind, options] of Object.entries(projects)) {
  test(`a strict project compiles and runs the README's examples and the decorators: ${kind}`, async () => {
    const output = nameOf(kind);

    const files = options.types.length > 0 ? ['program'] : programsOfTheWeb;
    await compileConsumer(project, output, options, files);

    await run(process.execPath, [`${output}/readme-1.js`], project);
    await run(process.execPath, [`${output}/readme-2.js`], project);
    const node = process.execPath;
    assert.deepEqual(await answerOf(node, project, `${output}/exercise-core.js`, 'exerciseCore'), expectedOfCore);
    assert.deepEqual(
      await answerOf(node, project, `${output}/exercise-decorators.js`, 'exerciseDecorators'),
      expectedOfDecorators,
    );
  });
}

test('B52: a project whose types are wrong does not compile', async () => {
  writeFileSync(
    join(project, 'program/wrong.ts'),
    `import { retry } from 'dualbrake';\nretry({ maxAttempts: 'three' });`,
  );

  await assert.rejects(compileConsumer(project, 'wrong', projects['module nodenext'], ['program/wrong.ts']), {
    message: /wrong\.ts\(2,9\): error TS2322/,
  });
});

/** All files of the installed package, by their paths in it. */
function packedFiles(): string[] {
  return readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(installed.length + 1));
}

test('the package holds what is built, its licence, documents and examples, and nothing else', () => {
  const files = packedFiles();
  const expected = /^(dist\/.*\.(js|d\.ts|js\.map)|docs\/[^/]*\.md|examples\/.*\.ts)$/;
  const unexpected = files.filter((file) => !expected.test(file) || /\.(test|types)\./.test(file));

  assert.deepEqual(unexpected.sort(), ['LICENSE', 'README.md', 'bench/results.md', 'package.json']);
  for (const { types } of entries) assert.ok(files.includes(types.slice('./'.length)), `${types} is missing`);
});

test('each link in the documents leads to a file of the package, and to a heading that is there', () => {
  const files = packedFiles();
  const documents = files.filter((file) => file.endsWith('.md'));
  const broken = documents.flatMap((document) => {
    const text = readFileSync(join(installed, document), 'utf8');
    return [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
      .filter(([, path = '', heading]) => {
        const target = path === '' ? document : join(dirname(document), path);
        return !files.includes(target) || (heading !== undefined && !headingsOf(target).includes(heading));
      })
      .map(([link]) => `${document}: ${link}`);
  });

  assert.deepEqual(broken, []);
});

/** As they are written in links. */
function headingsOf(document: string): string[] {
  const text = readFileSync(join(installed, document), 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('publint reports no problems', async () => {
  // Unpacked from the tarball, so that all that is there is what is published.
  const { messages } = await publint({ pkgDir: installed, pack: false, level: 'warning' });

  assert.deepEqual(messages, []);
});

test('the types are found in every way in which the package can be imported, the resolution of Node 10 included', async () => {
  const attw = fileOf('@arethetypeswrong/cli', 'dist/index.js');
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'json'];

  const report = JSON.parse(await run(process.execPath, [attw, tarball, ...options], folder.path)) as Report;

  // The report also has what the profile leaves out: `require`, which Node can do with ES modules and the report does not know.
  const problems = Object.values(report.problems).flat();
  assert.deepEqual(
    problems.filter(({ resolutionKind }) => resolutionKind !== 'node16-cjs'),
    [],
  );
  assert.deepEqual(
    Object.keys(report.analysis.entrypoints).filter((entry) => entry !== './package.json'),
    entries.map(({ specifier }) => specifier.replace('dualbrake', '.')),
  );
});

/** What attw writes, as far as it is read here. */
interface Report {
  readonly analysis: { readonly entrypoints: Readonly<Record<string, unknown>> };
  readonly problems: Readonly<Record<string, readonly { readonly resolutionKind?: string }[]>>;
}
