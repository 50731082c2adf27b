/** Accessibility of every page in every state and colour scheme: axe, narrow screens, states without colour. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses } from './pages/addresses.ts';
import { accessibilityProblems, openTab, type Tab } from './pages/browser.ts';
import { startProxy } from './pages/unsteady-proxy.ts';
import { sceneNames } from './pages/scene.ts';
import { at, newContext, newScene, options, useBrowser } from './pages/stage.ts';

useBrowser();

/** Opens an address and waits until its content is loaded. */
async function show({ page }: Tab, address: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), `#/${address}`);
  await page.waitForFunction(
    () => document.querySelector('main h1') !== null && document.querySelector('main [aria-busy="true"]') === null,
  );
}

for (const name of sceneNames) {
  test(`axe finds nothing on any page, light, dark and with forced colours: ${name}`, options, () =>
    at(name, {}, async ({ tab }) => {
      const found: string[] = [];
      for (const address of addresses) {
        await show(tab, address);
        // The elements are the same in each scheme, so rules that don't depend on colours run once.
        for (const { rules, ...look } of [
          { colorScheme: 'light', forcedColors: 'none', rules: 'all' },
          { colorScheme: 'dark', forcedColors: 'none', rules: 'colours' },
          { colorScheme: 'light', forcedColors: 'active', rules: 'colours' },
        ] as const) {
          await tab.page.emulateMedia(look);
          for (const problem of await accessibilityProblems(tab.page, rules)) {
            found.push(`${address || 'now'}, ${look.colorScheme}, forced colours ${look.forcedColors}: ${problem}`);
          }
        }
      }
      assert.deepEqual(found, []);
    }),
  );
}

test('axe finds nothing on any page on a phone', options, () =>
  at('outage', { viewport: { width: 390, height: 844 } }, async ({ tab }) => {
    const found: string[] = [];
    for (const address of addresses) {
      await show(tab, address);
      found.push(...(await accessibilityProblems(tab.page)).map((problem) => `${address || 'now'}: ${problem}`));
    }
    assert.deepEqual(found, []);
  }),
);

test('axe finds nothing on the operator-token page or on the plain page', options, () =>
  at('outage', { viewport: { width: 390, height: 844 } }, async ({ page, scene }) => {
    const found: string[] = [];
    for (const path of ['sign-in', 'plain', 'plain/isolate?breaker=lookups.students']) {
      await page.goto(scene.url + path);
      for (const [colorScheme, rules] of [
        ['light', 'all'],
        ['dark', 'colours'],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        for (const problem of await accessibilityProblems(page, rules))
          found.push(`${path}, ${colorScheme}: ${problem}`);
        const [wide, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        if (wide > width) found.push(`${path} is ${wide} px wide`);
      }
    }
    assert.deepEqual(found, []);
  }),
);

test('axe finds nothing on any page while the server is silent', options, async () => {
  await using scene = await newScene('outage');
  await using proxy = await startProxy(scene.url);
  const context = await newContext();
  const tab = await openTab(context, new URL(proxy.url).origin);
  await tab.page.clock.install();
  await tab.page.goto(proxy.url);
  await tab.page.waitForSelector('.verdict-text');
  for (const address of addresses) {
    // Visit each page once, so that it has old data to show.
    await tab.page.evaluate((hash) => (location.hash = hash), `#/${address}`);
    await tab.page.clock.runFor(1_000);
    await tab.page.waitForFunction(() => document.querySelector('main [aria-busy="true"]') === null, undefined, {
      polling: 20,
    });
  }
  proxy.cut();
  await tab.page.clock.runFor(31_000);
  await tab.page.clock.resume();
  const found: string[] = [];
  for (const address of addresses) {
    await tab.page.evaluate((hash) => (location.hash = hash), `#/${address}`);
    await tab.page.waitForSelector('.console-content[data-stale]');
    for (const [colorScheme, rules] of [
      ['light', 'all'],
      ['dark', 'colours'],
    ] as const) {
      await tab.page.emulateMedia({ colorScheme });
      found.push(
        ...(await accessibilityProblems(tab.page, rules)).map(
          (problem) => `${address || 'now'}, ${colorScheme}: ${problem}`,
        ),
      );
    }
  }
  assert.equal(await tab.page.getByText('The server isn’t answering').count(), 1);
  assert.deepEqual(found, []);
  await context.close();
});

for (const { width, size } of [
  { width: 320, size: '100%' },
  { width: 640, size: '200%' },
]) {
  test(`no page scrolls sideways at ${width} px with text at ${size}`, options, () =>
    at('outage', { viewport: { width, height: 900 } }, async ({ tab }) => {
      const wide: string[] = [];
      await tab.page.evaluate((fontSize) => (document.documentElement.style.fontSize = fontSize), size);
      for (const address of addresses) {
        await show(tab, address);
        const found = await tab.page.evaluate(() => {
          const widest = [...document.querySelectorAll('main *')]
            .map((element) => ({ element, right: element.getBoundingClientRect().right }))
            .filter(({ element }) => element.closest('.map-frame, pre, .chart, thead') === null)
            .toSorted((one, other) => other.right - one.right)[0];
          return [
            document.documentElement.scrollWidth,
            `${widest?.element.outerHTML.slice(0, 90)} ${widest?.right}`,
          ] as const;
        });
        if (found[0] > width) wide.push(`${address || 'now'}: ${found[0]} px, ${found[1]}`);
      }
      assert.deepEqual(wide, []);
    }),
  );
}

test('every state has a shape and a word beside its colour', options, () =>
  at('outage', {}, async ({ tab }) => {
    let count = 0;
    for (const address of addresses) {
      await show(tab, address);
      const marks = await tab.page
        .locator('.status-mark')
        .evaluateAll((elements) =>
          elements.map((element) => [element.querySelector('svg > *') !== null, element.textContent?.trim() ?? '']),
        );
      for (const [shape, word] of marks) assert.ok(shape === true && word !== '', `${address}: ${String(word)}`);
      count += marks.length;
    }
    assert.ok(count > 40, `${count} marks`);
    // Without colour the shapes must still differ: one drawing for each word.
    await show(tab, 'help');
    const drawings = await tab.page
      .locator('.legend .status-mark svg')
      .evaluateAll((elements) => elements.map(({ innerHTML }) => innerHTML));
    assert.equal(new Set(drawings).size, drawings.length);
  }),
);

test('nothing moves when the user prefers reduced motion', options, () =>
  at('outage', { reducedMotion: 'reduce' }, async ({ tab }) => {
    const moving: string[] = [];
    for (const address of addresses) {
      await show(tab, address);
      const names = await tab.page.evaluate(() =>
        document.getAnimations().map((animation) => (animation as CSSAnimation).animationName ?? 'a transition'),
      );
      moving.push(...names.map((each) => `${address || 'now'}: ${each}`));
    }
    assert.deepEqual(moving, []);
  }),
);
