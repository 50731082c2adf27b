import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs test files one after the other in this process, each as a test named after its path, with its own hooks.
 * Starting a process and loading the application takes longer than most test files run.
 *
 * @param patterns globs, from the root of the repository
 */
export function runTogether(patterns: readonly string[]): void {
  for (const file of globSync(patterns, { cwd: root }).toSorted()) {
    // Not a suite: suites load all their files before the first test, and a file may change the process when it loads.
    test(file, async () => void (await import(pathToFileURL(join(root, file)).href)));
  }
}
