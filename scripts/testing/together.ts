import { globSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Group } from './plan.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs test files one after the other in this process, each as a test named after its path, with its own hooks.
 * Starting a process and loading the application takes longer than most test files run.
 */
export function runTogether({ files, except = [] }: Group): void {
  // What costs much to make, such as a browser, may be kept for the next file.
  process.env['TEST_FILES_SHARE_PROCESS'] = 'yes';
  for (const file of globSync(files, { cwd: root, exclude: except }).toSorted()) {
    // Not a suite: suites load all their files before the first test, and a file may change the process when it loads.
    test(file, async () => void (await import(pathToFileURL(join(root, file)).href)));
  }
}
