import type { NavigationItem } from '@dualbrake/kit';
import type { Role } from '../contract-types.ts';
import { isAllowed, type Page } from './define-page.ts';

/** The result of routing an address. */
export type Route =
  { readonly page: Page; readonly parameters: Readonly<Record<string, string>> } | 'no-access' | 'not-found';

/**
 * Finds the page at an address. Fixed segments take precedence over parameters, regardless of the order of declaration; of
 * several pages at one address, the first that the role can open is returned.
 */
export function findPage(pages: readonly Page[], address: string, role: Role | undefined): Route {
  const matches = pages.flatMap((page) => {
    const parameters = page.match(address);
    return parameters === undefined ? [] : [{ page, parameters, count: Object.keys(parameters).length }];
  });
  if (matches.length === 0) return 'not-found';
  const fewest = Math.min(...matches.map(({ count }) => count));
  const found = matches.find(({ page, count }) => count === fewest && isAllowed(page, role));
  return found === undefined ? 'no-access' : { page: found.page, parameters: found.parameters };
}

/**
 * Creates the main navigation for a role. The entry of the current page or section is marked.
 *
 * @param sections the pages of each slice, in the order of the navigation
 */
export function navigationItems(sections: readonly (readonly Page[])[], role: Role, shown?: Page): NavigationItem[] {
  return sections.flatMap((pages) =>
    pages.flatMap((page): NavigationItem[] => {
      if (page.navigation === undefined || !isAllowed(page, role)) return [];
      const { label = page.title, icon } = page.navigation;
      const current = page === shown ? 'page' : shown !== undefined && pages.includes(shown) ? 'section' : undefined;
      return [{ href: page.path, label, icon, current }];
    }),
  );
}
