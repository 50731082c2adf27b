import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testFilesOf } from './plan.ts';

const root = new URL('../../', import.meta.url);

/**
 * Runs the test files of a group one after the other in this process, each as a test named after its path, with its own
 * hooks. Starting a process and loading the application takes longer than most test files run.
 *
 * @param group URL of the file in `groups/`
 */
export function runTogether(group: string): void {
  // Resources that take long to start, such as a browser, may be kept for the next file.
  process.env['TEST_FILES_SHARE_PROCESS'] = 'yes';
  for (const file of testFilesOf(fileURLToPath(group))) {
    // Not a suite: suites load all their files before the first test, and a file may change the process when it loads.
    test(file, async () => void (await import(new URL(file, root).href)));
  }
}
