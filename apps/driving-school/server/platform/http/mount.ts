import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Access } from './access.ts';
import { keepStreaming } from './connections.ts';
import type { HttpServer } from './http.ts';
import { readsOnly } from './problems.ts';

/** Anything that answers requests as the web platform writes them. */
export type WebHandler = (request: Request) => Promise<Response>;

export interface MountOptions {
  readonly handler: WebHandler;
  /** Names of cookies that belong to the handler. It sees no others. Default: none. */
  readonly cookies?: readonly string[];
  /** Which requests it gets. What is not listed is not found. */
  readonly routes: readonly {
    /** Such as `/admin/*`. The handler sees the whole path. */
    readonly path: string;
    readonly methods: readonly HTTPMethods[];
    readonly access: Access;
    /** Takes what a form without a script sends; the handler must look at where it comes from. Default: JSON alone. */
    readonly takesForms?: boolean;
    /** Open pages ask these by themselves: reading does not count as activity of a person. Default false. */
    readonly background?: boolean;
    /** Runs before the body is read; what it throws is the answer. */
    readonly onRequest?: (request: FastifyRequest) => Promise<void>;
  }[];
}

/** Requests as the handler sees them, and who sends them. */
const senders = new WeakMap<Request, FastifyRequest>();

/** The request behind one that a mounted handler was given: for asking who sends it. */
export function senderOf(request: Request): FastifyRequest | undefined {
  return senders.get(request);
}

/**
 * Hands requests to a handler that knows nothing of Fastify. Their signal aborts when the client leaves and when the
 * server stops, so that an open stream of events does not hold a stop up.
 */
export function mount(app: HttpServer, { handler, cookies = [], routes }: MountOptions): void {
  const open = new Set<AbortController>();
  app.addHook('preClose', async () => {
    for (const stream of open) stream.abort(new DOMException('The server stops.', 'AbortError'));
  });

  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const stopping = new AbortController();
    open.add(stopping);
    reply.raw.once('close', () => open.delete(stopping));
    const signal = AbortSignal.any([request.recovery.signal, stopping.signal]);
    const response = await handler(webRequest(request, signal, cookies));
    reply.code(response.status);
    for (const [name, value] of response.headers) reply.header(name, value);
    // Its connection would hold a stop up, for it was not idle when that began.
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      reply.header('connection', 'close');
      keepStreaming(request);
    }
    // The same object: the DOM's type and Node's differ in name only.
    return reply.send(response.body === null ? null : Readable.fromWeb(response.body as ReadableStream));
  };

  for (const { path, methods, access, takesForms = false, background = false, onRequest } of routes) {
    void app.register(async (scope) => {
      if (takesForms) scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, asItIs);
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

function asItIs(_: FastifyRequest, body: string | Buffer, done: (error: null, body: string) => void): void {
  done(null, String(body));
}

function webRequest(request: FastifyRequest, signal: AbortSignal, cookies: readonly string[]): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  headers.set('x-correlation-id', request.id);
  // The handler gets who is asking, not what proves it.
  headers.delete('cookie');
  const own = (request.headers.cookie ?? '')
    .split(';')
    .filter((pair) => cookies.includes(pair.split('=', 1)[0]?.trim() ?? ''));
  if (own.length > 0) headers.set('cookie', own.join(';').trim());
  headers.delete('content-length');
  const url = `${request.protocol}://${request.headers.host}${request.url}`;
  const body = readsOnly(request.method) || request.body === undefined ? null : textOf(request.body);
  const made = new Request(url, { method: request.method, headers, body, signal });
  senders.set(made, request);
  return made;
}

/** A form is text already; JSON was parsed on its way here. */
function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}
