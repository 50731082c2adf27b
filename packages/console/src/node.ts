import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** A request handler for `createServer` of `node:http`, or for use in a middleware. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves a console with `node:http`. Responses are streamed; a client that disconnects ends its stream.
 *
 * @param origin public origin of the server, such as `https://school.example`, if a proxy changes it. Default: the
 *   origin of the request
 */
export function toNodeHandler(handler: (request: Request) => Promise<Response>, origin?: string): NodeHandler {
  return (incoming, outgoing) => {
    void serve(handler, incoming, outgoing, origin);
  };
}

/** Never rejects. */
async function serve(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  origin: string | undefined,
): Promise<void> {
  const left = new AbortController();
  outgoing.once('close', () => left.abort(new DOMException('The client disconnected.', 'AbortError')));
  let request: Request;
  try {
    request = webRequest(incoming, left.signal, origin);
  } catch {
    // The host or the path is not valid in a URL.
    outgoing.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('Bad request.\n');
    return;
  }
  try {
    const response = await handler(request);
    outgoing.statusCode = response.status;
    outgoing.setHeaders(response.headers);
    // An unread body would block the next request of the connection, and the connection of an ended stream would delay a
    // server that is closing.
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const isUnread = !incoming.complete && incoming.method !== 'GET';
    if ((isStream || isUnread) && incoming.httpVersionMajor === 1) outgoing.setHeader('connection', 'close');
    if (response.body === null || incoming.method === 'HEAD') {
      await response.body?.cancel();
      outgoing.end();
      return;
    }
    outgoing.flushHeaders();
    // One object with two types, the DOM's and Node's.
    await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
  } catch {
    // An incomplete response must not look complete.
    outgoing.destroy();
  }
}

function webRequest(incoming: IncomingMessage, signal: AbortSignal, origin: string | undefined): Request {
  const { method = 'GET', url = '/', headersDistinct } = incoming;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const encrypted = 'encrypted' in incoming.socket;
  const base = origin ?? `${encrypted ? 'https' : 'http'}://${headers.get('host') ?? 'localhost'}`;
  // Concatenated, because resolving "//evil.test/" would change the host.
  const address = new URL(base + url);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? { body: Readable.toWeb(incoming) as unknown as BodyInit, duplex: 'half' as const } : {};
  return new Request(address, { method, headers, signal, ...body });
}
