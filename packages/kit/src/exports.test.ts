/// <reference types="node" />
/** The kit has only what both apps use, and the apps import it only by its package name. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

type Sources = ReadonlyMap<string, string>;

const kitFolder = fileURLToPath(new URL('.', import.meta.url));
const appFolders = {
  console: fileURLToPath(new URL('../../console/', import.meta.url)),
  school: fileURLToPath(new URL('../../../apps/driving-school/', import.meta.url)),
} as const;

/** Files by entry point. */
const entryPoints = { '@dualbrake/kit/activity': 'activity.ts', '@dualbrake/kit/poller': 'poller.ts' } as const;

function read(folder: string, pattern: string): Sources {
  const files = globSync(pattern, { cwd: folder, exclude: ['**/dist/**', '**/node_modules/**'] });
  const programs = files.filter((file) => !file.includes('.test.'));
  return new Map(programs.map((file) => [file, readFileSync(`${folder}${file}`, 'utf8')]));
}

/** Names that a program imports or re-exports, by module: `['./icon.tsx', 'Icon']`. */
function importsOf(source: string): [module: string, name: string][] {
  return [...source.matchAll(/^(?:import|export)(?: type)? \{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, names = '', module = '']) =>
      [...names.matchAll(/(?:type )?(\w+)(?: as \w+)?/g)].map(([, name = '']): [string, string] => [module, name]),
  );
}

/** Top-level declarations of a program: name and text. */
function declarationsOf(source: string): [name: string, text: string][] {
  const starts = [
    ...source.matchAll(/^(?:export )?(?:async )?(?:const|let|function|class|interface|type) (?:\{ )?(\w+)/gm),
  ];
  return starts.map(({ 1: name = '', index }, position) => [name, source.slice(index, starts[position + 1]?.index)]);
}

/** Every `file#name` that an app uses: what it imports, and all declarations that these refer to. */
function usedBy(app: Sources, kit: Sources): Set<string> {
  const found = new Set<string>();
  const index = new Map(importsOf(kit.get('index.ts') ?? '').map(([module, name]) => [name, module.slice(2)]));
  const visit = (file: string, name: string): void => {
    const source = kit.get(file) ?? '';
    const text = declarationsOf(source).find(([declared]) => declared === name)?.[1];
    if (text === undefined || found.has(`${file}#${name}`)) return;
    found.add(`${file}#${name}`);
    const words = new Set(text.match(/\w+/g));
    for (const [declared] of declarationsOf(source)) if (words.has(declared)) visit(file, declared);
    for (const [module, imported] of importsOf(source)) if (words.has(imported)) visit(module.slice(2), imported);
  };
  for (const source of app.values()) {
    for (const [module, name] of importsOf(source)) {
      if (module === '@dualbrake/kit') visit(index.get(name) ?? '', name);
      else if (module in entryPoints) visit(entryPoints[module as keyof typeof entryPoints], name);
    }
  }
  return found;
}

/** Exports that only one app uses, or none, in sentences. */
function problemsOf(kit: Sources, apps: Readonly<Record<string, Sources>>): string[] {
  const imported = new Set(
    Object.values(apps).flatMap((app) => [...app.values()].flatMap(importsOf).map(([, name]) => name)),
  );
  const used = Object.entries(apps).map(([name, app]) => [name, usedBy(app, kit)] as const);
  return importsOf(kit.get('index.ts') ?? '').flatMap(([module, name]) => {
    if (!imported.has(name)) return [`${name} is exported, but no app imports it`];
    return used
      .filter(([, declarations]) => !declarations.has(`${module.slice(2)}#${name}`))
      .map(([app]) => `the ${app} does not use ${name}: move it to the other app`);
  });
}

const kit = read(kitFolder, '*.{ts,tsx}');
const apps = {
  console: read(appFolders.console, 'ui/**/*.{ts,tsx}'),
  school: read(appFolders.school, 'web/**/*.{ts,tsx}'),
} as const;

test('both apps use every export, directly or as part of a component', () => {
  assert.deepEqual(problemsOf(kit, apps), []);
});

test('both apps import from every entry point', () => {
  for (const [app, sources] of Object.entries(apps)) {
    const modules = new Set([...sources.values()].flatMap(importsOf).map(([module]) => module));
    for (const entryPoint of ['@dualbrake/kit', ...Object.keys(entryPoints)])
      assert.ok(modules.has(entryPoint), `the ${app} does not import from ${entryPoint}`);
  }
});

test('the apps import the kit by its package name only', () => {
  const byPath = Object.values(apps).flatMap((sources) =>
    [...sources].filter(([, source]) => /['"][./]+[^'"]*kit\/src/.test(source)).map(([file]) => file),
  );

  assert.deepEqual(byPath, []);
});

test('the README lists every export', () => {
  const readme = readFileSync(`${kitFolder}../README.md`, 'utf8');
  const names = importsOf(kit.get('index.ts') ?? '').map(([, name]) => name);

  assert.deepEqual(
    names.filter((name) => !readme.includes(`\`${name}\``)),
    [],
  );
});

test('each icon is used', () => {
  const names = [...(kit.get('icon.tsx') ?? '').matchAll(/^ {2}'?([a-z-]+)'?:/gm)].map(([, name = '']) => name);
  const programs = [kit, ...Object.values(apps)].flatMap((sources) =>
    [...sources].filter(([file]) => file !== 'icon.tsx').map(([, source]) => source),
  );
  const text = programs.join('\n');

  assert.ok(names.length > 0);
  assert.deepEqual(
    names.filter((name) => !new RegExp(`['"]${name}['"]`).test(text)),
    [],
  );
});

test('an export that one app uses, and one that none uses, are found', () => {
  const planted = new Map([
    ['index.ts', "export { Chart, Mark, Note, type Tone } from './a.tsx';"],
    [
      'a.tsx',
      "export type Tone = 'info';\nexport function Mark(tone: Tone) {}\nexport function Chart() {}\nexport function Note() {}\n",
    ],
  ]);
  const importing = (names: string): Sources => new Map([['x.tsx', `import { ${names} } from '@dualbrake/kit';`]]);

  assert.deepEqual(problemsOf(planted, { console: importing('Chart, Mark, type Tone'), school: importing('Mark') }), [
    'the school does not use Chart: move it to the other app',
    'Note is exported, but no app imports it',
  ]);
});
