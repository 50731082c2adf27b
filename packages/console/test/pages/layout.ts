import type { Page } from 'playwright-core';

/**
 * Returns the layout problems of the page at its current width: it scrolls sideways, texts overlap, a word is broken
 * letter by letter, or a control is out of sight.
 */
export async function layoutProblems(page: Page): Promise<string[]> {
  // The compiler of the tests adds calls of a helper that the page doesn't have.
  await page.evaluate('globalThis.__name ??= (value) => value');
  return page.evaluate(() => {
    interface Box {
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    }
    /** These scroll sideways on purpose, in a frame of their own. */
    const frames = '.map-frame, pre';
    const drawings = 'svg, canvas, .u-wrap, .visually-hidden, .skip-link';
    const problems: string[] = [];
    // oxlint-disable-next-line unicorn/consistent-function-scoping -- it runs in the page, which has nothing from outside
    const nameOf = (element: Element): string =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> “${element.textContent?.trim().slice(0, 40) ?? ''}”`;

    interface Clip {
      readonly edge: Box;
      readonly scrollsDown: boolean;
    }
    const clips = new Map<Element, readonly Clip[]>();
    /** The clipping elements around an element, and itself. Remembered: styles and boxes are costly to read. */
    const clipsOf = (element: Element | null): readonly Clip[] => {
      if (element === null || element === document.documentElement || element === document.body) return [];
      const known = clips.get(element);
      if (known !== undefined) return known;
      const { overflowX, overflowY } = getComputedStyle(element);
      const outer = clipsOf(element.parentElement);
      const found =
        overflowX === 'visible' && overflowY === 'visible'
          ? outer
          : [
              {
                edge: element.getBoundingClientRect(),
                scrollsDown: overflowY === 'auto' || overflowY === 'scroll',
              },
              ...outer,
            ];
      clips.set(element, found);
      return found;
    };

    /** The part of a box that is visible inside the clipping elements around it. */
    const visiblePart = (element: Element, { left, top, right, bottom }: Box, cutsDown: boolean): Box | undefined => {
      let box: Box = { left, top, right, bottom };
      for (const { edge, scrollsDown } of clipsOf(element)) {
        box = {
          left: Math.max(box.left, edge.left),
          top: Math.max(box.top, scrollsDown && !cutsDown ? -Infinity : edge.top),
          right: Math.min(box.right, edge.right),
          bottom: Math.min(box.bottom, scrollsDown && !cutsDown ? Infinity : edge.bottom),
        };
      }
      return box.right - box.left > 1 && box.bottom - box.top > 1 ? box : undefined;
    };

    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) {
      const widest = [...document.querySelectorAll('body *')]
        .filter((element) => element.closest(`${frames}, ${drawings}`) === null)
        .map((element) => ({ element, right: element.getBoundingClientRect().right }))
        .toSorted((one, other) => other.right - one.right)[0];
      problems.push(
        `scrolls sideways: ${scrollWidth} px, because of ${widest === undefined ? '?' : nameOf(widest.element)}`,
      );
    }

    const texts: { readonly node: Text; readonly element: Element; readonly box: Box }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (element === null || text === '' || element.closest(`${drawings}, script, style, option`) !== null) continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const lines = [...range.getClientRects()].filter(({ width }) => width > 0);
      for (const line of lines) {
        const box = visiblePart(element, line, true);
        if (box !== undefined) texts.push({ node: node as Text, element, box });
      }
      const rows = new Set(lines.map(({ top }) => Math.round(top))).size;
      const longest = Math.max(...text.split(/\s+/).map((word) => word.length));
      const perRow = text.length / Math.max(1, rows);
      if (rows >= 3 && perRow < 4 && longest > 4) problems.push(`broken letter by letter: ${nameOf(element)}`);
    }

    // Sorted from top to bottom, so only neighbours have to be compared.
    texts.sort((one, other) => one.box.top - other.box.top);
    const over = new Set<string>();
    for (const [place, one] of texts.entries()) {
      for (const other of texts.slice(place + 1)) {
        if (other.box.top >= one.box.bottom - 3) break;
        if (other.node === one.node) continue;
        const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const height = Math.min(one.box.bottom, other.box.bottom) - other.box.top;
        if (width > 3 && height > 3) over.add(`${nameOf(one.element)} and ${nameOf(other.element)} overlap`);
      }
    }
    problems.push(...over);

    for (const element of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
      if (element.closest(`${frames}, ${drawings}`) !== null) continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      // For a transparent input, its label is the visible target.
      const seen = getComputedStyle(element).opacity === '0' ? (element.closest('label') ?? element) : element;
      const { left, right, top, bottom } = seen.getBoundingClientRect();
      const cut = visiblePart(seen, { left, right, top, bottom }, false);
      const isCutOff = cut !== undefined && cut.right - cut.left < right - left - 2;
      if (isCutOff || left < -1 || right > clientWidth + 1) problems.push(`not wholly in sight: ${nameOf(element)}`);
    }
    return problems.slice(0, 5);
  });
}
