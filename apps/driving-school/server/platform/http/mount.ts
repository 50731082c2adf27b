import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Access } from './access.ts';
import { markStream } from './connections.ts';
import type { HttpServer } from './http.ts';
import { readsOnly } from './problems.ts';

/** A handler of web-standard requests. */
export type WebHandler = (request: Request) => Promise<Response>;

/** Options of `mount`. */
export interface MountOptions {
  readonly handler: WebHandler;
  /** Names of the cookies that are passed to the handler. Default: none. */
  readonly cookies?: readonly string[];
  /** The routes of the handler. All others are answered with 404. */
  readonly routes: readonly {
    /** Such as `/admin/*`. The handler receives the whole path. */
    readonly path: string;
    readonly methods: readonly HTTPMethods[];
    readonly access: Access;
    /** Accepts form posts too; the handler must check their origin. Default: JSON only. */
    readonly acceptsForms?: boolean;
    /** Open pages request these automatically, so reads don't count as activity of the user. Default: false. */
    readonly background?: boolean;
    /** Runs before the body is read. Throws a ProblemError to refuse the request. */
    readonly onRequest?: (request: FastifyRequest) => Promise<void>;
  }[];
}

/** The Fastify request behind each request of a handler. */
const originals = new WeakMap<Request, FastifyRequest>();

/** The Fastify request behind a request of a mounted handler, for authentication. */
export function fastifyRequestOf(request: Request): FastifyRequest | undefined {
  return originals.get(request);
}

/**
 * Passes requests to a handler of web-standard requests. Their signal aborts when the client disconnects and when the
 * server stops, so that open streams of events don't delay the shutdown.
 */
export function mount(app: HttpServer, { handler, cookies = [], routes }: MountOptions): void {
  const open = new Set<AbortController>();
  app.addHook('preClose', async () => {
    for (const stream of open) stream.abort(new DOMException('The server is stopping.', 'AbortError'));
  });

  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const stopping = new AbortController();
    open.add(stopping);
    reply.raw.once('close', () => open.delete(stopping));
    const signal = AbortSignal.any([request.recovery.signal, stopping.signal]);
    const response = await handler(webRequest(request, signal, cookies));
    reply.code(response.status);
    for (const [name, value] of response.headers) reply.header(name, value);
    // Kept alive, its connection would delay the shutdown, because it was not idle when that began.
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      reply.header('connection', 'close');
      markStream(request);
    }
    // The types of the DOM and of Node differ in name only.
    return reply.send(response.body === null ? null : Readable.fromWeb(response.body as ReadableStream));
  };

  for (const { path, methods, access, acceptsForms = false, background = false, onRequest } of routes) {
    void app.register(async (scope) => {
      if (acceptsForms)
        scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, keepText);
      scope.route({
        method: [...methods],
        url: path,
        config: { access, background },
        schema: { hide: true },
        ...(onRequest === undefined ? {} : { onRequest }),
        handler: answer,
      });
    });
  }
}

function keepText(_: FastifyRequest, body: string | Buffer, done: (error: null, body: string) => void): void {
  done(null, String(body));
}

function webRequest(request: FastifyRequest, signal: AbortSignal, cookies: readonly string[]): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  headers.set('x-correlation-id', request.id);
  // The handler authenticates through `fastifyRequestOf` and must not see the session.
  headers.delete('cookie');
  const own = (request.headers.cookie ?? '')
    .split(';')
    .filter((pair) => cookies.includes(pair.split('=', 1)[0]?.trim() ?? ''));
  if (own.length > 0) headers.set('cookie', own.join(';').trim());
  headers.delete('content-length');
  const url = `${request.protocol}://${request.headers.host}${request.url}`;
  const body = readsOnly(request.method) || request.body === undefined ? null : textOf(request.body);
  const made = new Request(url, { method: request.method, headers, body, signal });
  originals.set(made, request);
  return made;
}

/** Forms are still text; JSON has been parsed by Fastify. */
function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
