import { useEffect, useRef } from 'preact/hooks';

/**
 * Focuses the heading after a change of page, so that screen readers read it. A heading that appears later is focused as
 * well, until the user presses a key or the pointer.
 */
export function useHeadingFocus(pageKey: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const focusHeading = (): void => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    focusHeading();
    const observer = new MutationObserver(() => {
      if (document.activeElement === document.body) focusHeading();
    });
    const stop = (): void => {
      observer.disconnect();
      removeEventListener('keydown', stop, true);
      removeEventListener('pointerdown', stop, true);
    };
    const main = document.getElementById('main');
    if (main !== null) observer.observe(main, { childList: true, subtree: true });
    addEventListener('keydown', stop, true);
    addEventListener('pointerdown', stop, true);
    return stop;
  }, [pageKey]);
}
