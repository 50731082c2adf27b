import { useEffect } from 'preact/hooks';

/** Sets the title in the browser's tab and history. For views whose title is better than the one of their declaration. */
export function usePageTitle(title: string): void {
  useEffect(() => setPageTitle(title), [title]);
}

/** Sets the title in the browser's tab and history. */
export function setPageTitle(title: string): void {
  document.title = `${title} · Driving School`;
}
