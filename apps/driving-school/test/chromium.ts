import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { hangLimitMs } from '../server/platform/database/testing/until.ts';

/** Debian's Chromium; `npx playwright install` is not needed. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why there is no browser to test with; in CI that is a failure. */
export const missing = existsSync(executablePath)
  ? undefined
  : `Chromium is missing: apt-get install chromium, or set CHROMIUM to its path.`;
if (missing !== undefined && process.env['CI'] !== undefined) throw new Error(missing);

let shared: Promise<Browser> | undefined;

/** A browser whose pages wait as long as a busy machine needs. Files that share a process share it. */
export function launch(): Promise<Browser> {
  if (process.env['TEST_FILES_SHARE_PROCESS'] === undefined) return launchChromium();
  return (shared ??= launchChromium());
}

/** Closes what a file has opened in the browser, and the browser unless the next file uses it. */
export async function release(browser: Browser | undefined): Promise<void> {
  if (browser === undefined) return;
  if (process.env['TEST_FILES_SHARE_PROCESS'] === undefined) return browser.close();
  await Promise.all(browser.contexts().map((context) => context.close()));
}

async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  browser.on('context', (context) => context.setDefaultTimeout(hangLimitMs));
  return browser;
}
