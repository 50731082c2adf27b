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

/** A browser whose pages wait as long as a busy machine needs. */
export async function launch(): Promise<Browser> {
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
