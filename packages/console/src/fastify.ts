import type { FastifyInstance } from 'fastify';
import type { Console } from './console.ts';
import { toNodeHandler } from './node.ts';

/** How a console is mounted. */
export interface ConsoleMountOptions {
  readonly console: Console;
  /** The same as the console's own. Default `/admin`. */
  readonly basePath?: string;
  /** Where browsers see the server, such as `https://school.example`, when a proxy changes it. */
  readonly origin?: string;
}

/**
 * Mounts a console in Fastify. Its routes stand outside of the application's hooks and body parsers, so that what slows
 * the application down does not take the console with it; who may look is the console's own `authenticate` to say.
 */
export async function mountConsole(
  app: FastifyInstance,
  { console, basePath = '/admin', origin }: ConsoleMountOptions,
): Promise<void> {
  const handler = toNodeHandler(console, origin);
  await app.register(async (scope) => {
    // The body is for the console to read, however it comes.
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
