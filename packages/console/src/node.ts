import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** Answers a request of `node:http`; may be given to `createServer` or called from a middleware. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Lets `node:http`, and what is built on it, call a console. Answers are streamed as they come, and a client that
 * leaves ends its stream.
 *
 * @param origin where browsers see the server, such as `https://school.example`, when a proxy changes it; default: as
 *   the request says
 */
export function toNodeHandler(handler: (request: Request) => Promise<Response>, origin?: string): NodeHandler {
  return (incoming, outgoing) => {
    void answer(handler, incoming, outgoing, origin);
  };
}

/** Never rejects. */
async function answer(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  origin: string | undefined,
): Promise<void> {
  const left = new AbortController();
  outgoing.once('close', () => left.abort(new DOMException('The client has left.', 'AbortError')));
  let request: Request;
  try {
    request = webRequest(incoming, left.signal, origin);
  } catch {
    // A host or a path that is no URL; what it says is not repeated.
    outgoing.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('Bad request.\n');
    return;
  }
  try {
    const response = await handler(request);
    outgoing.statusCode = response.status;
    outgoing.setHeaders(response.headers);
    // A body that was not read to its end stands in the way of another request; and the connection of a stream that has
    // ended would hold up a server that closes, for it was not idle when that began.
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const isUnread = !incoming.complete && incoming.method !== 'GET';
    if ((isStream || isUnread) && incoming.httpVersionMajor === 1) outgoing.setHeader('connection', 'close');
    if (response.body === null || incoming.method === 'HEAD') {
      await response.body?.cancel();
      outgoing.end();
      return;
    }
    outgoing.flushHeaders();
    // The same object: the DOM's type and Node's differ in name only.
    await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
  } catch {
    // The client has left, or the answer broke off: half an answer must not look whole.
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
  // Joined, not resolved: "//evil.test/" is a path here, not another host.
  const address = new URL(base + url);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? { body: Readable.toWeb(incoming) as unknown as BodyInit, duplex: 'half' as const } : {};
  return new Request(address, { method, headers, signal, ...body });
}
