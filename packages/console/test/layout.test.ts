/** Every page at every width and with doubled text: nothing scrolls sideways, overlaps, breaks apart or is out of sight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { addresses } from './pages/addresses.ts';
import { layoutProblems } from './pages/layout.ts';
import { at, options, useBrowser } from './pages/stage.ts';

useBrowser();

const widths = [320, 390, 720, 768, 900, 1_024, 1_120, 1_280, 1_440] as const;
/** With text doubled, 320 px would be 160: that is less than any device has. */
const doubledWidths = [640, 768, 1_024, 1_280, 1_440] as const;

async function show(page: Page, address: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), `#/${address}`);
  await page.waitForFunction(
    () => document.querySelector('main h1') !== null && document.querySelector('main [aria-busy="true"]') === null,
  );
}

/** Returns the layout problems of all pages at these widths. */
async function problemsAt(page: Page, sizes: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const address of addresses) {
    await show(page, address);
    for (const width of sizes) {
      await page.setViewportSize({ width, height: 900 });
      // Charts are redrawn in the next frame.
      await page.evaluate(
        () => new Promise((resolve) => void requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      for (const problem of await layoutProblems(page)) found.push(`${address || 'now'} at ${width} px: ${problem}`);
    }
  }
  return found;
}

test('a long word in a reason doesn’t widen any page', options, () =>
  at('outage', {}, async ({ page, scene }) => {
    const reason = 'Donaudampfschiff'.repeat(31);
    await scene.kit.order('PUT', 'breakers/bookings.calendar/override', { mode: 'isolated', reason });
    await scene.kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason });
    await scene.kit.order('PATCH', 'config', { settings: {}, reason }, { 'if-match': '"c-1"' });
    const { records } = await scene.kit.get<{ records: { reason: string | null }[] }>('audit');
    assert.ok(records.some((record) => record.reason === reason));
    await page.reload();
    await page.waitForSelector('.console-content');
    assert.deepEqual(await problemsAt(page, [320, 720, 1_024, 1_440]), []);
  }),
);

for (const name of ['healthy', 'outage'] as const) {
  test(`every page fits every width: ${name}`, options, () =>
    at(name, {}, async ({ page }) => assert.deepEqual(await problemsAt(page, widths), [])),
  );

  test(`every page fits with text at 200 %: ${name}`, options, () =>
    at(name, {}, async ({ page }) => {
      await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
      assert.deepEqual(await problemsAt(page, doubledWidths), []);
    }),
  );
}
