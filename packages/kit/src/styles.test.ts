/// <reference types="node" />
/** The styles have no dead rules, and each rule is in the file of its component. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const kitFolder = fileURLToPath(new URL('.', import.meta.url));
const apps = {
  console: fileURLToPath(new URL('../../console/ui/', import.meta.url)),
  school: fileURLToPath(new URL('../../../apps/driving-school/web/', import.meta.url)),
} as const;

/** CSS files without a component of the same name, and their classes, which any page may use. */
const utilities: Readonly<Record<string, readonly string[]>> = {
  'reset.css': [],
  'tokens.css': [],
  'base.css': ['visually-hidden', 'numbers', 'muted'],
  'layout.css': ['page', 'stack', 'button-row'],
  'tone.css': ['tone-danger', 'tone-warning', 'tone-success', 'tone-info', 'tone-neutral'],
};
const utilityClasses = new Set(Object.values(utilities).flat());

function read(folder: string, pattern: string): Map<string, string> {
  const files = globSync(pattern, { cwd: folder }).filter((file) => !file.includes('.test.'));
  return new Map(files.map((file) => [file, readFileSync(`${folder}${file}`, 'utf8')]));
}

/** Class names of each selector, `[['field'], ['field-problem', 'icon']]` for `.field, .field-problem .icon {}`. */
function selectorsOf(css: string): string[][] {
  const preludes = css.replace(/\/\*.*?\*\//gs, '').match(/[^{};]+(?=\{)/g) ?? [];
  return preludes
    .filter((prelude) => !prelude.trim().startsWith('@'))
    .flatMap((prelude) => prelude.split(/,(?![^(]*\))/))
    .map((selector) => [...selector.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name))
    .filter((names) => names.length > 0);
}

/** Words in the string literals of a program. The part of a template before an expression is a prefix: `button-${`. */
function wordsOf(source: string): Set<string> {
  const words = new Set<string>();
  const literals = source.replace(/\/\*.*?\*\//gs, '').replace(/(?:^|\s)\/\/ .*$/gm, '');
  for (const [, single, double, template] of literals.matchAll(/'([^'\n]*)'|"([^"\n]*)"|`([^`]*)`/g)) {
    // `button-${` stays as a prefix; `dialog${` is a whole word, to which the expression adds another.
    const text = (single ?? double ?? template ?? '').replace(/(?<=-)\$\{/g, '${ ').replace(/(?<!-|\s)\$\{/g, ' ');
    for (const word of text.split(/[\s}]+/)) words.add(word);
    for (const [, inner = ''] of template?.matchAll(/'([^'\n]*)'/g) ?? [])
      for (const word of inner.split(/\s+/)) words.add(word);
  }
  return words;
}

function isUsed(name: string, words: ReadonlySet<string>): boolean {
  if (words.has(name)) return true;
  return [...name.matchAll(/-/g)].some(
    ({ index }) => words.has(`${name.slice(0, index + 1)}\${`) && words.has(name.slice(index + 1)),
  );
}

/** The problems of a CSS file, in sentences. `own` and `known` are words of programs. */
function problemsOf(file: string, css: string, own: ReadonlySet<string>, known: ReadonlySet<string>): string[] {
  return selectorsOf(css).flatMap((names) => {
    const selector = `${file}: .${names.join(' .')}`;
    // uPlot creates the elements of the classes `u-*`.
    const unused = names.filter((name) => !name.startsWith('u-') && !isUsed(name, known) && !utilityClasses.has(name));
    if (unused.length > 0) return [`${selector} is dead: nothing uses ${unused.join(', ')}`];
    return names.some((name) => isUsed(name, own)) ? [] : [`${selector} belongs beside another component`];
  });
}

const kitSources = read(kitFolder, '*.{ts,tsx}');
const kitStyles = read(kitFolder, '*.css');
kitStyles.delete('kit.css');
const kitWords = wordsOf([...kitSources.values()].join('\n'));
const appWords = Object.values(apps).map((folder) =>
  wordsOf([...read(folder, '**/*.{ts,tsx,html}').values()].join('\n')),
);

test('each rule of a component names a class of the component in the file beside it, and nothing unused', () => {
  const tones = wordsOf(kitSources.get('tone.ts') ?? '');
  const problems = [...kitStyles].flatMap(([file, css]) => {
    if (file in utilities) return [];
    const component = kitSources.get(`${basename(file, '.css')}.tsx`);
    if (component === undefined) return [`${file} has no component`];
    return problemsOf(file, css, new Set([...wordsOf(component), ...tones]), kitWords);
  });

  assert.deepEqual(problems, []);
});

test('the utility files have the utility classes and no other', () => {
  const found = Object.keys(utilities).map((file) => [
    file,
    [...new Set(selectorsOf(kitStyles.get(file) ?? '').flat())].toSorted(),
  ]);

  assert.deepEqual(
    found,
    Object.entries(utilities).map(([file, names]) => [file, names.toSorted()]),
  );
});

test('each utility class is used by a component of the kit or by both apps', () => {
  const unused = [...utilityClasses].filter(
    (name) => !isUsed(name, kitWords) && !appWords.every((words) => isUsed(name, words)),
  );

  assert.deepEqual(unused, []);
});

test('kit.css imports each file once, in its layer', () => {
  const kit = readFileSync(`${kitFolder}kit.css`, 'utf8');
  const imports = [...kit.matchAll(/^@import '\.\/([a-z-]+\.css)' layer\(([a-z]+)\);$/gm)];

  assert.deepEqual(new Set(imports.map(([, file]) => file)), new Set(kitStyles.keys()));
  assert.equal(imports.length, kitStyles.size);
  for (const [, file = '', layer] of imports)
    assert.equal(layer, ['reset', 'tokens', 'base'].find((name) => file === `${name}.css`) ?? 'kit', file);
});

test('nothing is fetched from elsewhere', () => {
  for (const [file, css] of kitStyles) assert.doesNotMatch(css, /url\(|@import|image-set\(/, file);
});

test('each token is used, and each custom property that is used exists', () => {
  const styles = [kitFolder, ...Object.values(apps)].flatMap((folder) => [...read(folder, '**/*.css').values()]);
  const programs = [kitFolder, ...Object.values(apps)].flatMap((folder) => [...read(folder, '**/*.{ts,tsx}').values()]);
  const text = [...styles, ...programs].join('\n');
  const used = new Set([...text.matchAll(/var\((--[\w-]+)|['"](--[\w-]+)['"]\)/g)].map(([, css, js]) => css ?? js));
  const declared = new Set([...text.matchAll(/(--[\w-]+)['"]?:/g)].map(([, name]) => name));
  const tokens = [...(kitStyles.get('tokens.css') ?? '').matchAll(/(--[\w-]+):/g)].map(([, name]) => name);

  assert.deepEqual(
    tokens.filter((name) => !used.has(name)),
    [],
  );
  assert.deepEqual(
    [...used].filter((name) => !declared.has(name)),
    [],
  );
});

for (const [app, folder] of Object.entries(apps)) {
  test(`the styles of the ${app} have no unused class`, () => {
    const words = wordsOf([...read(folder, '**/*.{ts,tsx,html}').values()].join('\n'));
    const known = new Set([...words, ...kitWords]);
    const styles = read(folder, '**/*.css');

    assert.ok(styles.size > 5);
    assert.deepEqual(
      [...styles].flatMap(([file, css]) => problemsOf(file, css, known, known)),
      [],
    );
  });
}

/** Classes with rules of their own, by file. Another file may only refine a class inside of one of its own. */
function ownClasses(css: string): Set<string> {
  const preludes = css.replace(/\/\*.*?\*\//gs, '').match(/[^{};]+(?=\{)/g) ?? [];
  const selectors = preludes.flatMap((prelude) => prelude.split(/,(?![^(]*\))/)).map((selector) => selector.trim());
  return new Set(selectors.flatMap((selector) => /^\.([a-z][\w-]*)(?:::?[a-z-]+)*$/.exec(selector)?.[1] ?? []));
}

/** Classes that several files style: pages that have been opened stay styled, so such rules meet on one page. */
function sharedClasses(styles: ReadonlyMap<string, string>): string[] {
  const files = [...styles].flatMap(([file, css]) => [...ownClasses(css)].map((name) => ({ file, name })));
  return [...Map.groupBy(files, ({ name }) => name)]
    .filter(([, owners]) => owners.length > 1)
    .map(([name, owners]) => `.${name} has rules in ${owners.map(({ file }) => file).join(' and ')}`);
}

for (const [app, folder] of Object.entries(apps)) {
  test(`each class of the ${app} is styled by one file, because the styles of all opened pages stay loaded`, () => {
    assert.deepEqual(sharedClasses(read(folder, '**/*.css')), []);
  });
}

test('a class that two files style is reported, one refined inside of another is not', () => {
  const styles = new Map([
    ['a.css', '.more, .less { top: 0 } .list .item { top: 0 }'],
    ['b.css', '@media print { .more:hover { top: 0 } } .item { top: 0 }'],
  ]);

  assert.deepEqual(sharedClasses(styles), ['.more has rules in a.css and b.css']);
});

test('dead, misplaced and computed class names are distinguished', () => {
  const own = wordsOf("const a = `mark mark-${tone}${small ? ' mark-small' : ''}`; type Tone = 'info'; // 'mark-gone'");
  const known = new Set([...own, 'icon']);
  const css =
    '.mark, .mark-info .icon { top: 0.5rem } @media print { .mark-small, .mark-gone { top: 0 } .icon { top: 0 } }';

  assert.deepEqual(problemsOf('mark.css', css, own, known), [
    'mark.css: .mark-gone is dead: nothing uses mark-gone',
    'mark.css: .icon belongs beside another component',
  ]);
});
