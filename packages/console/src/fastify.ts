import type { FastifyInstance } from 'fastify';
import type { Console } from './console.ts';
import { toNodeHandler } from './node.ts';

/** Options of `mountConsole`. */
export interface ConsoleMountOptions {
  readonly console: Console;
  /** Must be the console's own. Default `/admin`. */
  readonly basePath?: string;
  /** Public origin of the server, such as `https://school.example`, if a proxy changes it. */
  readonly origin?: string;
}

/**
 * Mounts a console in Fastify. The application's hooks and body parsers do not apply to it, so that it works when they
 * don't; it authenticates users with its own `authenticate`.
 */
export async function mountConsole(
  app: FastifyInstance,
  { console, basePath = '/admin', origin }: ConsoleMountOptions,
): Promise<void> {
  const handler = toNodeHandler(console, origin);
  await app.register(async (scope) => {
    // The console reads the body itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const url of [basePath, `${basePath}/*`]) {
      scope.all(url, { exposeHeadRoute: false }, (request, reply) => {
        reply.hijack();
        handler(request.raw, reply.raw);
      });
    }
  });
  app.addHook('preClose', async () => console.close());
}
