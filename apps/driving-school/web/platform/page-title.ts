import { useEffect } from 'preact/hooks';

/** Sets a more specific title than the page's declaration. */
export function usePageTitle(title: string): void {
  useEffect(() => setPageTitle(title), [title]);
}

/** Sets the title in the browser's tab and history. */
export function setPageTitle(title: string): void {
  document.title = `${title} · Driving School`;
}
