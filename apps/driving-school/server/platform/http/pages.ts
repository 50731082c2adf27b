import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { HttpServer } from './http.ts';
import { ProblemError } from './problems.ts';

/** Options of `registerPages`. */
export interface PageOptions {
  /** The built pages: `index.html` and `assets/`. May be empty or missing until the first build ends. */
  readonly directory: string;
  /** The paths of pages, routed by the client. */
  readonly paths: readonly string[];
}

/** A year, the usual maximum: names of assets contain a hash of their content. */
const assetsAgeMs = 365 * 24 * 60 * 60_000;

/** Serves the built pages. They are public, because they contain no data. */
export function registerPages(app: HttpServer, { directory, paths }: PageOptions): void {
  // The plugin requires the directory to exist.
  mkdirSync(directory, { recursive: true });
  void app.register(fastifyStatic, { root: directory, serve: false, dotfiles: 'deny', index: false, etag: true });

  app.get('/assets/*', { config: { access: 'anyone' }, schema: { hide: true } }, (request, reply) => {
    const { '*': file } = request.params as { '*': string };
    return reply.sendFile(`assets/${file}`, { maxAge: assetsAgeMs, immutable: true });
  });
  const index = join(directory, 'index.html');
  for (const path of paths) {
    app.get(path, { config: { access: 'anyone' }, schema: { hide: true } }, (_, reply) => {
      // Checked each time: it is missing until the first build ends.
      if (!existsSync(index)) throw notBuilt();
      // Revalidated each time, so that a new version is used at once.
      return reply.sendFile('index.html', { cacheControl: false }).header('cache-control', 'no-cache');
    });
  }
}

function notBuilt(): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'pages_not_built',
    title: 'Just a moment',
    detail: 'The pages have not been built. Run npm run build on the server.',
    headers: { 'retry-after': '3' },
  });
}
