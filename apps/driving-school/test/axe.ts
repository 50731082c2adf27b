import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** The rules of axe whose result depends on colours. */
const colourRules = ['color-contrast', 'link-in-text-block'];

/**
 * Runs axe from outside: the pages' content security policy blocks foreign scripts.
 *
 * @param rules `colours`: only those whose result can differ between the colour schemes of one page. Default: all
 */
export async function accessibilityProblems(page: Page, rules: 'all' | 'colours' = 'all'): Promise<string[]> {
  if (!(await page.evaluate('typeof axe !== "undefined"'))) await page.evaluate(`${axe.source}; undefined`);
  const runOnly =
    rules === 'all'
      ? { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }
      : { type: 'rule', values: colourRules };
  // First waits for transitions: axe would measure an intermediate colour. Only the violations leave the page.
  return page.evaluate(`(async () => {
    await Promise.allSettled(
      document.getAnimations()
        .filter(({ effect }) => effect.getComputedTiming().iterations < Infinity)
        .map(({ finished }) => finished));
    const { violations } = await axe.run(document, {
      runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'], iframes: false,
    });
    return violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 100)).join(' | '));
  })()`);
}
