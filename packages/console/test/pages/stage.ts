import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launch, missing, openTab, type Tab } from './browser.ts';
import { buildPage, type BuiltPage } from './built-page.ts';
import { startScene, type Scene, type SceneName } from './scene.ts';

/** Options for `test` that skip it, with the reason, without a browser. */
export const options = missing === undefined ? {} : { skip: missing };

let built: BuiltPage | undefined;
let browser: Browser | undefined;

/** Builds the page and starts the browser, once for the process. */
export function useBrowser(): void {
  before(async () => {
    if (missing !== undefined) return;
    built ??= await buildPage();
    browser ??= await launch();
  });
  after(async () => {
    // The next file uses them; the end of the process ends them.
    if (process.env['TEST_FILES_SHARE_PROCESS'] !== undefined) return;
    await browser?.close();
    built?.remove();
  });
}

export function newContext(look: BrowserContextOptions = {}): Promise<BrowserContext> {
  assert.ok(browser !== undefined);
  return browser.newContext(look);
}

/** A scene with the page that was built. */
export function newScene(name: SceneName): Promise<Scene> {
  assert.ok(built !== undefined);
  return startScene(name, built.directory);
}

export interface Stage {
  readonly scene: Scene;
  readonly tab: Tab;
  readonly page: Page;
  readonly context: BrowserContext;
}

/** Opens a tab at an address of a running scene. Asserts afterwards that nothing went wrong in it, and closes everything. */
export async function at(
  name: SceneName,
  { address = '', ...look }: BrowserContextOptions & { readonly address?: string },
  use: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using scene = await newScene(name);
  scene.run();
  const context = await newContext({ viewport: { width: 1_280, height: 900 }, ...look });
  try {
    const tab = await openTab(context, new URL(scene.url).origin);
    await tab.page.goto(`${scene.url}#/${address}`);
    await tab.page.waitForSelector('.console-content');
    await use({ scene, tab, page: tab.page, context });
    assert.deepEqual(tab.troubles, []);
  } finally {
    await context.close();
  }
}
