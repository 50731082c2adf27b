import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entries, packageFolder, peers, type Entry } from './library.ts';
import { compile, fileOf, run } from './run.ts';

const programs = fileURLToPath(new URL('consumer/', import.meta.url));

/**
 * Lays out a program that uses the library: the exercises, the README's first two examples, and a file that imports all
 * that there is. The package itself is to be put into its `node_modules`.
 */
export function layOutConsumer(project: string): void {
  cpSync(programs, join(project, 'program'), { recursive: true });
  const [first, second] = examplesOfReadme();
  const standIns = `import { copies, database, id, request } from './stand-ins.ts';\n`;
  writeFileSync(join(project, 'program/readme-1.ts'), standIns + first);
  writeFileSync(join(project, 'program/readme-2.ts'), standIns + second);
  writeFileSync(join(project, 'program/everything.ts'), importAll(entries));
  const ofNode = ['node', ...peers];
  const ofTheWeb = entries.filter(({ specifier }) => !ofNode.some((name) => specifier.endsWith(`/${name}`)));
  writeFileSync(join(project, 'program/everything-of-the-web.ts'), importAll(ofTheWeb));
  writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
  for (const name of ['@types/node', ...peers]) {
    const link = join(project, 'node_modules', name);
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync(fileOf(name, '.'), link);
  }
}

/** Compiles the program, library checks included, into a folder of its own. */
export async function compileConsumer(
  project: string,
  output: string,
  compilerOptions: Readonly<Record<string, unknown>>,
  files: readonly string[] = ['program'],
): Promise<void> {
  const configuration = {
    compilerOptions: {
      target: 'es2024',
      strict: true,
      skipLibCheck: false,
      rewriteRelativeImportExtensions: true,
      rootDir: 'program',
      outDir: output,
      ...compilerOptions,
    },
    include: files,
  };
  const file = `tsconfig.${output}.json`;
  writeFileSync(join(project, file), JSON.stringify(configuration));
  await compile(['-p', file], project);
}

/** What an exported function of the compiled program answers, when a Node binary runs it. */
export async function answerOf(node: string, project: string, module: string, name: string): Promise<unknown> {
  const program = `import { ${name} } from './${module}';\nconsole.log(JSON.stringify(await ${name}()));`;
  return JSON.parse(await run(node, ['--input-type=module', '--eval', program], project)) as unknown;
}

function importAll(chosen: readonly Entry[]): string {
  return chosen.map(({ specifier }, index) => `export * as entry${index} from '${specifier}';\n`).join('');
}

function examplesOfReadme(): [string, string] {
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const [first, second] = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text);
  if (first === undefined || second === undefined) throw new Error('README.md has fewer than two examples.');
  return [first, second];
}
