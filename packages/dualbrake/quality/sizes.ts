/** What the library weighs in a bundle. `npx node packages/dualbrake/quality/sizes.ts --write` remakes `sizes.json`. */
import type { Plugin } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { bundle, gzipBytes } from './bundle.ts';
import { entries } from './library.ts';
import { stagePackage, temporaryFolder } from './staged-package.ts';

/** Gzipped bytes by what is imported: `dualbrake { retry }`. */
export type Sizes = Readonly<Record<string, number>>;

export const remakeSizes = 'npx node packages/dualbrake/quality/sizes.ts --write';

const file = new URL('sizes.json', import.meta.url);

/** What programs import, alone or together. */
const imports: readonly (readonly string[])[] = [
  ['retry'],
  ['CircuitBreaker'],
  ['timeout'],
  ['bulkhead'],
  ['rateLimit'],
  ['hedge'],
  ['fallback'],
  ['staleCache'],
  ['keyedBreakers'],
  ['AutoRecovery'],
  ['Registry'],
  ['classify'],
  ['pipeline'],
  ['CircuitBreaker', 'fallback', 'pipeline', 'retry', 'timeout'],
];

/** Measures everything. @param project folder that has `node_modules/dualbrake` */
export async function measureSizes(project: string): Promise<Sizes> {
  const sizes: Record<string, number> = {};
  for (const { specifier } of entries) {
    sizes[specifier] = gzipBytes((await bundle(project, `export * from '${specifier}';`)).code);
  }
  const everything = await bundle(project, `export * from 'dualbrake';`, { plugins: [withoutClassifier] });
  sizes['dualbrake without the tables of the classifier'] = gzipBytes(everything.code);
  for (const names of imports) {
    const list = names.join(', ');
    const { code } = await bundle(project, `export { ${list} } from 'dualbrake';`);
    sizes[`dualbrake { ${list} }`] = gzipBytes(code);
  }
  return sizes;
}

/** The figures that are published. */
export function writtenSizes(): Sizes {
  return JSON.parse(readFileSync(file, 'utf8')) as Sizes;
}

/** What stands in the place of the classifier's files when its tables are not to be weighed. */
const standIns: Readonly<Record<string, string>> = {
  classify: 'export const classify = () => ({}); export const generalRows = [];',
  table: 'export const classificationTable = [];',
};

/** Puts nothing in the place of what knows the errors of databases, HTTP, Node and others: so much do those tables weigh. */
const withoutClassifier: Plugin = {
  name: 'without-classifier',
  setup: (builder) => {
    builder.onLoad({ filter: /[\\/]classify[\\/](?:classify|table)\.js$/ }, ({ path }) => ({
      contents: standIns[basename(path, '.js')] ?? '',
      loader: 'js',
    }));
  },
};

if (import.meta.main && process.argv.includes('--write')) {
  const project = temporaryFolder();
  try {
    await stagePackage(join(project.path, 'node_modules/dualbrake'));
    writeFileSync(file, `${JSON.stringify(await measureSizes(project.path), undefined, 2)}\n`);
  } finally {
    project.remove();
  }
}
