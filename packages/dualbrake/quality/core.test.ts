import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { transform } from 'esbuild';
import { chromium } from 'playwright-core';
import { bundle } from './bundle.ts';
import { expectedOfCore } from './consumer/exercise-core.ts';
import { packageFolder } from './library.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

/** Globals of Node and of runtimes that imitate it. */
const nodeGlobals = [
  'process',
  'Buffer',
  'setImmediate',
  'clearImmediate',
  'global',
  'require',
  '__dirname',
  '__filename',
];

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const withoutChromium = existsSync(executablePath)
  ? undefined
  : 'Chromium is missing: apt-get install chromium, or set CHROMIUM to its path.';

const project = temporaryFolder();
before(() => stagePackage(join(project.path, 'node_modules/dualbrake')));
after(() => project.remove());

/** Every source file that an entry reaches, types included, with what it imports from elsewhere. */
function reachable(entry: string): { readonly files: readonly string[]; readonly foreign: readonly string[] } {
  const files = new Set([entry]);
  const foreign: string[] = [];
  for (const file of files) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('.')) files.add(join(dirname(file), specifier));
      else foreign.push(`${relative(packageFolder, file)} imports ${specifier}`);
    }
  }
  return { files: [...files], foreign };
}

function importsOf(text: string): string[] {
  const statements = /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]/gm;
  const calls = /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map(([, first, second]) => first ?? second ?? '');
}

/**
 * The Node globals that a source names: a compiler knows better than a pattern what is a global, and what is a property,
 * a comment or a variable of the same name.
 */
async function nodeGlobalsIn(source: string): Promise<string[]> {
  const define = Object.fromEntries(nodeGlobals.map((name) => [name, `nodeGlobal_${name}`]));
  const { code } = await transform(source, { loader: 'ts', define });
  return nodeGlobals.filter((name) => code.includes(`nodeGlobal_${name}`));
}

test('no file reachable from the core imports a package or a Node module', () => {
  const { files, foreign } = reachable(join(packageFolder, 'src/index.ts'));

  assert.ok(files.length > 30, `only ${files.length} files were found`);
  assert.deepEqual(foreign, []);
});

test('no file reachable from the core uses a Node global', async () => {
  const { files } = reachable(join(packageFolder, 'src/index.ts'));

  const found = await Promise.all(
    files.map(async (file) => {
      const names = await nodeGlobalsIn(readFileSync(file, 'utf8'));
      return names.map((name) => `${relative(packageFolder, file)} names ${name}`);
    }),
  );

  assert.deepEqual(found.flat(), []);
});

test('planted imports and globals of Node are found', async () => {
  const planted = `import type { Socket } from 'node:net';\nconst clock = await import('moment');\nexport * from 'pino';`;
  const globals = 'const { env } = process; { const global = 1; } typeof Buffer; a.require; // setImmediate';

  assert.deepEqual(importsOf(planted), ['node:net', 'pino', 'moment']);
  assert.deepEqual(await nodeGlobalsIn(globals), ['process', 'Buffer']);
});

test('the Node entry point does reach Node modules', () => {
  assert.notDeepEqual(reachable(join(packageFolder, 'src/node/index.ts')).foreign, []);
});

const exercise = `export * from ${JSON.stringify(fileURLToPath(new URL('consumer/exercise-core.ts', import.meta.url)))};`;

/** The program and the core in one file without imports. */
async function bundled(format: 'esm' | 'iife'): Promise<string> {
  const library = join(project.path, 'node_modules/dualbrake/dist/index.js');
  const { code } = await bundle(project.path, exercise, {
    format,
    globalName: 'program',
    alias: { dualbrake: library },
  });
  return code;
}

test('the core works with only the globals of browsers and edge workers', async () => {
  const { AbortController, AbortSignal, DOMException, Event, EventTarget, performance } = globalThis;
  const { console, clearTimeout, queueMicrotask, setTimeout } = globalThis;
  const web = { AbortController, AbortSignal, DOMException, Event, EventTarget, performance };
  const context = createContext({ ...web, console, clearTimeout, queueMicrotask, setTimeout });

  runInContext(await bundled('iife'), context);
  const answer = runInContext('program.exerciseCore().then(JSON.stringify)', context) as Promise<string>;

  assert.deepEqual(
    runInContext(`${JSON.stringify(nodeGlobals)}.filter((name) => name in globalThis).length`, context),
    0,
  );
  assert.deepEqual(JSON.parse(await answer), expectedOfCore);
});

test(
  'the core works as an ES module in Chromium',
  // In CI a missing browser is a failure: the launch then names the missing file.
  withoutChromium === undefined || process.env['CI'] !== undefined ? {} : { skip: withoutChromium },
  async () => {
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
    });
    try {
      const page = await browser.newPage();
      const module = `data:text/javascript;base64,${Buffer.from(await bundled('esm')).toString('base64')}`;

      const answer = await page.evaluate(`import('${module}').then((program) => program.exerciseCore())`);

      assert.deepEqual(answer, expectedOfCore);
    } finally {
      await browser.close();
    }
  },
);
