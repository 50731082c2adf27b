import { computed, signal } from '@preact/signals';

/** Where the page stands: the part of the address behind `#`, so that it works under any path and any proxy. */
export interface Place {
  /** `['breakers', 'school.database']`; empty for *Now*. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

const address = signal(location.hash);
addEventListener('hashchange', () => (address.value = location.hash));

/** Changes whenever the address does. */
export const place = computed(() => placeOf(address.value));

/** @param hash with its `#`; what cannot be decoded is taken as it is */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

/** `#/breakers/school.database?range=1h`; parts of the query that are empty are left out. */
export function hrefOf(
  path: readonly (string | number)[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const search = new URLSearchParams(given).toString();
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}${search === '' ? '' : `?${search}`}`;
}

/** Changes the query of this place, without a step in the history: what is typed is not a page of its own. */
export function setQuery(change: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = place.value;
  const href = hrefOf(path, { ...Object.fromEntries(query), ...change });
  history.replaceState(null, '', href);
  address.value = href;
}

/** Goes to another place, as a click on its link would. */
export function goTo(href: string): void {
  location.hash = href;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
