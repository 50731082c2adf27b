/** The examples in the doc comments of what the package exports, and programs made of them for the compiler. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportsByEntry } from './api.ts';
import { peers } from './library.ts';
import { compile, fileOf } from './run.ts';

/** One exported name, and what its doc comment says. */
export interface Documented {
  /** As a program imports it: `dualbrake/fetch`. */
  readonly specifier: string;
  readonly name: string;
  /** The code of its `@example` tags, each in a fence of `ts`. */
  readonly examples: readonly string[];
}

/** What stands for the program around an example: a database, a request, a mail server. */
const surroundings = new URL('surroundings.ts', import.meta.url);

/** Every exported name of the package. @param folder of the package, with its `dist` */
export function documented(folder: string): readonly Documented[] {
  return exportsByEntry(folder).flatMap(({ specifier, exported }) =>
    exported.map(({ name, there, file }) => ({
      specifier,
      name,
      examples: commentsOf(readFileSync(file, 'utf8'), there).flatMap(examplesIn),
    })),
  );
}

/** The doc comments of a declaration: of each of its overloads. */
export function commentsOf(declarations: string, name: string): string[] {
  const head = String.raw`\s*export\s+(?:declare\s+)?(?:abstract\s+)?(?:class|interface|type|const|function)\s+`;
  const pattern = new RegExp(String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/${head}${name}(?![\w$])`, 'g');
  return [...declarations.matchAll(pattern)].map(([, comment = '']) => comment.replaceAll(/^[ \t]*\* ?/gm, ''));
}

/** The code of each fence: without one, a decorator at the beginning of a line would be read as a tag. */
export function examplesIn(comment: string): string[] {
  return [...comment.matchAll(/^@example\n```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code.trimEnd());
}

/**
 * Compiles all examples as programs of somebody who has installed the package. What an example does not import itself
 * is imported for it: names of its own entry, of the others, and of the surroundings.
 *
 * @param project a folder with the package in its `node_modules`
 * @throws Error with what the compiler says; each file is called after the name that the example is for
 */
export async function compileExamples(project: string, items: readonly Documented[]): Promise<void> {
  mkdirSync(join(project, 'examples'), { recursive: true });
  const around = readFileSync(surroundings, 'utf8');
  writeFileSync(join(project, 'examples/surroundings.ts'), around);
  const aroundNames = new Set([...around.matchAll(/^export (?:declare )?\w+ (\w+)/gm)].map(([, name = '']) => name));
  for (const [number, { specifier, name, examples }] of items.entries()) {
    const own = new Set(items.filter((item) => item.specifier === specifier).map((item) => item.name));
    for (const [place, example] of examples.entries()) {
      const imports = importsFor(example, specifier, own, items, aroundNames);
      // Numbered: `Flaky` and `flaky` are one name where case does not count.
      const file = `${number}.${place}.${specifier.replace('/', '.')}.${name}.ts`;
      writeFileSync(join(project, 'examples', file), `${imports}${example}\nexport {};\n`);
    }
  }
  for (const peer of ['@types/node', ...peers]) {
    const link = join(project, 'node_modules', peer);
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync(fileOf(peer, '.'), link);
  }
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: ['node'],
  };
  writeFileSync(join(project, 'package.json'), '{ "name": "reader", "private": true, "type": "module" }\n');
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['examples'] }));
  await compile(['-p', 'tsconfig.json'], project);
}

function importsFor(
  example: string,
  specifier: string,
  own: ReadonlySet<string>,
  items: readonly Documented[],
  aroundNames: ReadonlySet<string>,
): string {
  const from = new Map<string, string[]>();
  for (const word of new Set(example.match(/(?<![.\w$'"`@-])[A-Za-z_$][\w$]*/g))) {
    if (declares(example, word)) continue;
    const source = own.has(word)
      ? specifier
      : (items.find((item) => item.name === word)?.specifier ??
        (aroundNames.has(word) ? './surroundings.ts' : undefined));
    if (source !== undefined) from.set(source, [...(from.get(source) ?? []), word]);
  }
  // Decorators are written with an at sign before their names.
  for (const [, word = ''] of example.matchAll(/^\s*@([a-z]\w*)\(/gm)) {
    const source = own.has(word) ? specifier : 'dualbrake/decorators';
    if (!declares(example, word) && !(from.get(source) ?? []).includes(word)) {
      from.set(source, [...(from.get(source) ?? []), word]);
    }
  }
  return [...from].map(([source, names]) => `import { ${names.join(', ')} } from '${source}';\n`).join('');
}

/** Whether an example imports or declares a name itself. */
function declares(example: string, word: string): boolean {
  const name = word.replaceAll('$', '\\$');
  return (
    new RegExp(String.raw`^import[^;]*\b${name}\b[^;]*from`, 'm').test(example) ||
    new RegExp(String.raw`\b(?:class|const|let|function|interface|type)\s+${name}\b`).test(example) ||
    new RegExp(String.raw`\bconst\s*[{[][^}\]]*\b${name}\b`).test(example)
  );
}
