import type { FastifyInstance } from 'fastify';

/**
 * Records the methods of every route that is registered from now on.
 *
 * @returns a function that returns the methods of a URL, for 405 responses; none when there is no such route
 */
export function watchMethods(app: FastifyInstance): (url: string) => string[] {
  const methods = new Map<string, { readonly pattern: RegExp; readonly names: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? { pattern: patternOf(url), names: new Set<string>() };
    methods.set(url, known);
    for (const name of [method].flat()) known.names.add(name);
  });
  return (url) => {
    const path = url.split('?', 1)[0] ?? '/';
    const found = [...methods.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ names }) => [...names]))].toSorted((one, other) => (one < other ? -1 : 1));
  };
}

/** A parameter matches one segment of a path, an asterisk the rest. */
function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/');
  return new RegExp(`^${source}$`);
}
