import { lazyPage } from '@dualbrake/kit';
import type { ComponentType, JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { Role } from '../contract-types.ts';
import { pages } from '../pages.ts';
import { isAllowed, type Page } from './define-page.ts';
import { setPageTitle } from './page-title.ts';

type Parameters = Readonly<Record<string, string>>;

const views = new Map(
  pages.map((page) => [
    page,
    // `definePage` has checked that the view takes the parameters of its path.
    lazyPage(async () => (await page.view()) as unknown as ComponentType<Parameters>),
  ]),
);

/** Shows a page, loading it if necessary. Remounts it when the parameters change. */
export function PageView({
  page,
  parameters,
}: {
  readonly page: Page;
  readonly parameters: Parameters;
}): JSX.Element | null {
  // Before the effects of the view, which may set a better title.
  useLayoutEffect(() => setPageTitle(page.title), [page]);
  const View = views.get(page)?.Page;
  return View === undefined ? null : <View key={Object.values(parameters).join('/')} {...parameters} />;
}

/** Loads the pages at an address before the role is known. */
export function preloadAddress(path: string): void {
  for (const page of pages) if (page.match(path) !== undefined) views.get(page)?.preload();
}

/** Loads all pages that a role can open, so that they can be shown during an outage. */
export function preloadPages(role: Role | undefined): void {
  for (const page of pages) if (isAllowed(page, role)) views.get(page)?.preload();
}
