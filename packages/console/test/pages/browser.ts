import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** Debian's Chromium; `npx playwright install` is not needed. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why there is no browser to test with; in CI that is a failure. */
export const missing = existsSync(executablePath)
  ? undefined
  : 'Chromium is missing: apt-get install chromium, or set CHROMIUM to its path.';
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
      '--enable-precise-memory-info',
      '--js-flags=--expose-gc',
    ],
  });
}

/** Limit of each wait in the page, in milliseconds: for hangs only, so that no test depends on the machine's speed. */
const hangLimitMs = 180_000;

/** A tab that records errors, policy violations, dialogs and requests to other hosts. */
export interface Tab {
  readonly page: Page;
  readonly troubles: string[];
}

export async function openTab(context: BrowserContext, origin: string): Promise<Tab> {
  const page = await context.newPage();
  page.setDefaultTimeout(hangLimitMs);
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // The browser also reports refused actions and servers that are down on purpose.
    const expected = /status of (4\d\d|503)|ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK|INVALID_CHUNKED)/;
    if (message.type() === 'error' && !expected.test(message.text())) troubles.push(message.text());
  });
  page.on('dialog', (dialog) => {
    troubles.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) troubles.push(`a request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      // oxlint-disable-next-line no-console -- the test reads the console
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  return { page, troubles };
}

/** The rules of axe whose result depends on colours. */
const colourRules = ['color-contrast', 'link-in-text-block'];
const wcagTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * Runs axe from outside: the page's content security policy blocks foreign scripts.
 *
 * @param rules `colours`: only those whose result can differ between the colour schemes of one page. Default: all
 */
export async function accessibilityProblems(page: Page, rules: 'all' | 'colours' = 'all'): Promise<string[]> {
  const isThere = await page.evaluate('typeof axe !== "undefined"');
  if (!isThere) await page.evaluate(`${axe.source}; undefined`);
  const runOnly = rules === 'all' ? { type: 'tag', values: wcagTags } : { type: 'rule', values: colourRules };
  // First waits for transitions: axe would measure an intermediate colour. Only the violations leave the page.
  return page.evaluate(`(async () => {
    await Promise.allSettled(
      document.getAnimations()
        .filter(({ effect }) => effect.getComputedTiming().iterations < Infinity)
        .map(({ finished }) => finished));
    const { violations } = await axe.run(document, {
      runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'], iframes: false,
    });
    return violations.map(({ id, nodes }) => id + ': ' + nodes
      .map(({ html, failureSummary }) => html.slice(0, 140) + ' ' + (failureSummary?.split('\\n')[1] ?? ''))
      .slice(0, 4)
      .join(' | '));
  })()`);
}
