/** What users can name. `npx node packages/dualbrake/quality/api.ts --write` remakes `api.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { format } from 'prettier';
import { parseDeclarations, type DeclarationFile } from './declarations.ts';
import { entries } from './library.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

export const remakeListing = 'npx node packages/dualbrake/quality/api.ts --write';

const file = new URL('api.md', import.meta.url);

/** A name and where it is declared. */
export interface Symbol {
  readonly name: string;
  readonly file: string;
  readonly there: string;
}

/** What each entry exports, by name. @param folder of the package, with its `dist` */
export function exportsByEntry(
  folder: string,
  surface = new Surface(),
): { readonly specifier: string; readonly exported: readonly Symbol[] }[] {
  return entries.map(({ specifier, types }) => ({ specifier, exported: surface.exportsOf(join(folder, types)) }));
}

/** Lists the public surface, entry by entry. @param folder of the package, with its `dist` */
export async function listSurface(folder: string): Promise<string> {
  const surface = new Surface();
  const sections = exportsByEntry(folder, surface);
  const parts = [`# What can be imported\n\n${introduction}\n`];
  for (const { specifier, exported } of sections) {
    parts.push(`## ${specifier}\n`, await fenced(exported.map((symbol) => surface.textOf(symbol))));
    const augmentations = surface.augmentationsOf(exported);
    if (augmentations.length > 0) parts.push(`Added to other packages:\n`, await fenced(augmentations));
  }
  const named = surface.namedBy(sections.flatMap(({ exported }) => exported));
  const labelled = named.map((symbol) => `// ${relative(folder, symbol.file)}\n${surface.textOf(symbol)}`);
  parts.push(
    `## Not exported\n\nNamed by the above: users see these and cannot import them.\n`,
    await fenced(labelled),
  );
  return parts.join('\n');
}

const introduction = `Every exported name with its members, made from the declaration files by
\`${remakeListing}\`.
A change here is a change that users may notice: it belongs in the change log.`;

/** The listing that is published. */
export function writtenListing(): string {
  return readFileSync(file, 'utf8');
}

/** Declaration files, followed from one to the next. */
class Surface {
  readonly #files = new Map<string, DeclarationFile>();

  /** What an entry exports, by name. */
  exportsOf(path: string): Symbol[] {
    const { declarations, references } = this.#read(path);
    const own = declarations.flatMap(({ name, isExported }) =>
      isExported && name !== undefined ? [this.#locate(path, name, name)] : [],
    );
    const passedOn = references
      .filter(({ isExport }) => isExport)
      .flatMap(({ from, names }) => names.map(([here, there]) => this.#locate(besides(path, from), there, here)));
    // Overloads are one name.
    const byName = new Map([...own, ...passedOn].map((symbol) => [symbol.name, symbol]));
    return [...byName.values()].sort(byNameOf);
  }

  /** What these lead to without exporting it: a caller can see it, and cannot name it. */
  namedBy(symbols: readonly Symbol[]): Symbol[] {
    const found = new Map(symbols.map((symbol) => [identityOf(symbol), symbol]));
    // A map hands out what is added while it is read.
    for (const symbol of found.values()) {
      for (const word of new Set(this.textOf(symbol).match(/[\w$]+/g))) {
        const target = this.#resolve(symbol.file, word);
        if (target !== undefined && !found.has(identityOf(target))) found.set(identityOf(target), target);
      }
    }
    for (const symbol of symbols) found.delete(identityOf(symbol));
    return [...found.values()].sort(byNameOf);
  }

  augmentationsOf(symbols: readonly Symbol[]): string[] {
    return [...new Set(symbols.map((symbol) => symbol.file))].flatMap((path) =>
      this.#read(path).declarations.flatMap(({ name, text }) => (name === undefined ? [text] : [])),
    );
  }

  /** The declaration, or all of them where there are overloads. */
  textOf({ file: path, there }: Symbol): string {
    const { declarations } = this.#read(path);
    return declarations.flatMap(({ name, text }) => (name === there ? [text] : [])).join('\n');
  }

  /** What a word means in a file, if it is declared there or imported from another file of the library. */
  #resolve(path: string, word: string): Symbol | undefined {
    const { declarations, references } = this.#read(path);
    if (declarations.some(({ name }) => name === word)) return { name: word, file: path, there: word };
    for (const { from, isExport, names } of references) {
      const there = names.find(([here]) => here === word)?.[1];
      if (!isExport && from.startsWith('.') && there !== undefined)
        return this.#locate(besides(path, from), there, there);
    }
    return undefined;
  }

  /** Follows a name through files that only pass it on. @throws Error when it is nowhere */
  #locate(path: string, there: string, name: string): Symbol {
    const { declarations, references } = this.#read(path);
    if (declarations.some((declaration) => declaration.name === there)) return { name, file: path, there };
    for (const { from, names } of references) {
      const further = names.find(([here]) => here === there)?.[1];
      if (further !== undefined) return this.#locate(besides(path, from), further, name);
    }
    throw new Error(`${path} does not declare ${there}.`);
  }

  #read(path: string): DeclarationFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const parsed = parseDeclarations(readFileSync(path, 'utf8'));
    this.#files.set(path, parsed);
    return parsed;
  }
}

function besides(path: string, specifier: string): string {
  return join(path, '..', specifier.replace(/\.(ts|js)$/, '.d.ts'));
}

function identityOf(symbol: Symbol): string {
  return `${symbol.file}#${symbol.there}`;
}

function byNameOf(one: Symbol, other: Symbol): number {
  const [first, second] = [one, other].map(({ name, file: path }) => `${name} ${path}`);
  return String(first) < String(second) ? -1 : 1;
}

/**
 * Laid out by Prettier: the compiler writes a union or a list of parameters in one line, which no diff shows well, and
 * the limits of one setting in six.
 */
async function fenced(declarations: readonly string[]): Promise<string> {
  const plain = declarations.map((text) => text.replaceAll(/^export /gm, '').replaceAll(/([:=|] \{)\n\s*/g, '$1 '));
  const text = await format(plain.join('\n\n'), { parser: 'typescript', printWidth: 120, singleQuote: true });
  return `\`\`\`ts\n${text}\`\`\`\n`;
}

if (import.meta.main && process.argv.includes('--write')) {
  const folder = temporaryFolder();
  try {
    await stagePackage(folder.path);
    writeFileSync(file, await listSurface(folder.path));
  } finally {
    folder.remove();
  }
}
