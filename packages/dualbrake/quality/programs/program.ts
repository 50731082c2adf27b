/**
 * Programs of other people's runtimes and frameworks that use the packed library: `npm run quality`. Each has a package
 * and a lock file of its own, so that `npm ci` of the repository stays small.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stagePackage, temporaryFolder } from '../staged-package.ts';

const sources = fileURLToPath(new URL('.', import.meta.url));
/** Not below a `node_modules`, where jest finds no tests. */
const home = fileURLToPath(new URL('installed/', import.meta.url));

/** A program that is laid out and can be run. */
export interface Program {
  readonly folder: string;
  /**
   * Runs a command in the program's folder to its end.
   *
   * @returns what it wrote to stdout
   * @throws Error with all that it wrote when it fails
   */
  run(command: string, parameters: readonly string[]): Promise<string>;
  /** The path of a file that one of its packages brings. */
  file(path: string): string;
}

/** A program, or why its tests are skipped. */
export type LaidOut =
  { readonly program: Program; readonly skip?: never } | { readonly program?: never; readonly skip: string };

/**
 * Lays out a program in a folder of its own: what its lock file pins, its files, and the library as npm would install it.
 *
 * @returns a reason to skip when its packages cannot be installed
 * @throws Error in that case in continuous integration, where nothing may be left out
 */
export async function layOut(name: string): Promise<LaidOut> {
  const folder = join(home, name);
  const program: Program = {
    folder,
    run: (command, parameters) => run(command, parameters, folder),
    file: (path) => join(folder, 'node_modules', path),
  };
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    if (file !== 'node_modules' && file !== installed) rmSync(join(folder, file), { recursive: true });
  }
  cpSync(join(sources, name), folder, { recursive: true });
  try {
    await installPackages(program);
  } catch (error) {
    const reason = `The packages of ${name} cannot be installed: ${error instanceof Error ? error.message : String(error)}`;
    if (process.env['CI'] !== undefined) throw new Error(reason, { cause: error });
    return { skip: reason };
  }
  await installLibrary(program);
  return { program };
}

const installed = 'installed.txt';

/** Unless they are there from an earlier run. */
async function installPackages(program: Program): Promise<void> {
  const { folder } = program;
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  const mark = join(folder, installed);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  rmSync(mark, { force: true });
  await program.run('npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(mark, lock);
}

/** From a tarball, so that only what is published is there. */
async function installLibrary(program: Program): Promise<void> {
  const staged = temporaryFolder();
  try {
    await stagePackage(join(staged.path, 'package'));
    await run(
      'npm',
      ['pack', '--ignore-scripts', '--offline', '--pack-destination', staged.path],
      join(staged.path, 'package'),
    );
    const [tarball = ''] = readdirSync(staged.path).filter((file) => file.endsWith('.tgz'));
    const target = program.file('dualbrake');
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    await run('tar', ['-xzf', join(staged.path, tarball), '--strip-components=1', '-C', target], staged.path);
  } finally {
    staged.remove();
  }
}

function run(command: string, parameters: readonly string[], folder: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Options of this test run, and what tells a runner that it is run by another, must not reach the program.
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, NODE_ENV: _env, ...env } = process.env;
  const options = { cwd: folder, env: { ...env, NO_COLOR: '1' }, maxBuffer: 2 ** 26, timeout: 600_000 };
  execFile(command, parameters, options, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Error(`${[command, ...parameters].join(' ')}\n${stdout}${stderr}`, { cause: error }));
  });
  return promise;
}
