import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

const binaries = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url));

/** The file of a development dependency, such as `fileOf('typescript', 'bin/tsc')`. */
export function fileOf(name: string, file: string): string {
  // Where it lies, and not what it exports: many do not export their package.json.
  const folders = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name));
  const found = folders.find((folder) => existsSync(join(folder, 'package.json')));
  if (found === undefined) throw new Error(`${name} is not installed.`);
  return join(found, file);
}

/**
 * Runs a program to its end in a bare environment: options of the test run must not reach it.
 *
 * @param limitMs after which it is ended
 * @param environment added to the bare one
 * @returns what it wrote to stdout
 * @throws Error with all that it wrote when it fails
 */
export function run(
  command: string,
  parameters: readonly string[],
  folder: string,
  limitMs = 600_000,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const path = [binaries, process.env['PATH'] ?? ''].join(delimiter);
  const options = {
    cwd: folder,
    env: { PATH: path, HOME: folder, NO_COLOR: '1', ...environment },
    maxBuffer: 2 ** 26,
    timeout: limitMs,
  };
  execFile(command, parameters, options, (error, stdout, stderr) => {
    if (error === null) resolve(stdout);
    else reject(new Error(`${[command, ...parameters].join(' ')}\n${stdout}${stderr}`, { cause: error }));
  });
  return promise;
}

/**
 * Runs the repository's own TypeScript compiler, with the least processor time: several threads check the same types
 * again, and collecting garbage takes a third of a short run.
 */
export function compile(parameters: readonly string[], folder: string): Promise<string> {
  const compiler = [fileOf('typescript', 'bin/tsc'), '--singleThreaded'];
  return run(process.execPath, [...compiler, ...parameters], folder, 600_000, { GOGC: 'off' });
}
