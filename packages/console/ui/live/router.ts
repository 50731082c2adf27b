import { computed, signal } from '@preact/signals';

/** The page shown: the fragment of the URL, so that it works under any path and any proxy. */
export interface Route {
  /** `['breakers', 'school.database']`; empty for *Now*. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

const address = signal(location.hash);
addEventListener('hashchange', () => (address.value = location.hash));

export const route = computed(() => routeOf(address.value));

/** @param hash with its `#`; parts that can’t be decoded are used as they are */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

/** `#/breakers/school.database?range=1h`; empty parts of the query are omitted. */
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

/** Changes the query without adding to the browser history: typing in a filter doesn’t open a new page. */
export function setQuery(change: Readonly<Record<string, string | undefined>>): void {
  const { path, query } = route.value;
  const href = hrefOf(path, { ...Object.fromEntries(query), ...change });
  history.replaceState(null, '', href);
  address.value = href;
}

/** Opens a page, as a click on its link would. */
export function goTo(href: string): void {
  location.hash = href;
}

/** The value of a query parameter if it is a key of the choices, else the empty string. */
export function queryChoice<Value extends string>(name: string, choices: Readonly<Record<Value, unknown>>): Value | '' {
  const value = route.value.query.get(name) ?? '';
  return Object.hasOwn(choices, value) ? (value as Value) : '';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
