import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium; `npx playwright install` is not needed. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why there is no browser to test with; in CI that is a failure. */
export const missing = existsSync(executablePath)
  ? undefined
  : `Chromium is missing: apt-get install chromium, or set CHROMIUM to its path.`;
if (missing !== undefined && process.env['CI'] !== undefined) throw new Error(missing);

export function launch(): Promise<Browser> {
  return chromium.launch({
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
}
