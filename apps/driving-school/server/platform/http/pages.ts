import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { HttpServer } from './http.ts';
import { ProblemError } from './problems.ts';

export interface PageOptions {
  /** The built pages: `index.html` and what it needs under `assets/`. May be empty or absent for now. */
  readonly directory: string;
  /** Addresses that are pages. The page itself finds out what to show. */
  readonly paths: readonly string[];
}

/** Built files carry a hash in their name, so a year is as good as for ever. */
const assetsAgeMs = 365 * 24 * 60 * 60_000;

/** Gives out the built pages. Anybody may have them: they hold no data, only the program that asks for it. */
export function registerPages(app: HttpServer, { directory, paths }: PageOptions): void {
  // The library wants it to be there.
  mkdirSync(directory, { recursive: true });
  void app.register(fastifyStatic, { root: directory, serve: false, dotfiles: 'deny', index: false, etag: true });

  app.get('/assets/*', { config: { access: 'anyone' }, schema: { hide: true } }, (request, reply) => {
    const { '*': file } = request.params as { '*': string };
    return reply.sendFile(`assets/${file}`, { maxAge: assetsAgeMs, immutable: true });
  });
  const index = join(directory, 'index.html');
  for (const path of paths) {
    app.get(path, { config: { access: 'anyone' }, schema: { hide: true } }, (_, reply) => {
      // Looked for each time: before the first build has ended it is not there yet.
      if (!existsSync(index)) throw notBuilt();
      // Asked for anew each time, so that a new version is seen at once.
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
