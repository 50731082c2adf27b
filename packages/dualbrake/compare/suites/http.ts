import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { retry, type RetryOptions } from 'dualbrake';
import { guardedFetch } from 'dualbrake/fetch';
import { stage, watch, type Stage } from './scene.ts';

/** Answers one request; `count` is 1 for the first. */
export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server on the loopback interface while `use` runs; connections that are open by then are cut. */
export async function serving<T>(handler: Handler, use: (url: string) => Promise<T>): Promise<T> {
  let count = 0;
  const server = createServer((request, response) => handler(request, response, (count += 1)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    return await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** An answer without a body. */
export function answering(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): (response: ServerResponse) => void {
  return (response) => response.writeHead(status, headers).end();
}

/** What a retry did with requests to a server. */
export interface Seen {
  readonly status: number;
  readonly requests: number;
  readonly methods: readonly string[];
  readonly bodies: readonly string[];
  /** Milliseconds of each wait, as the retry's events say. */
  readonly delaysMs: readonly number[];
}

/** One step of a server for each request; the last one stays. */
export type Steps = readonly [(response: ServerResponse) => void, ...((response: ServerResponse) => void)[]];

/** Sends a request through a retry whose waits take no time, to a server that goes through `steps`. */
export async function sentTo(steps: Steps, init: RequestInit = {}, options: RetryOptions = {}): Promise<Seen> {
  const scene = stage();
  const methods: string[] = [];
  const bodies: string[] = [];
  const { clock, onEvent } = scene;
  const guarded = guardedFetch(retry({ clock, onEvent, jitter: 'none', maxRetryAfterMs: 1e13, ...options }));
  const handler: Handler = (request, response, count) => {
    methods.push(request.method ?? '');
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      bodies.push(body);
      (steps[count - 1] ?? steps.at(-1) ?? steps[0])(response);
    });
  };
  return serving(handler, async (url) => {
    const call = guarded(url, init);
    const { status } = await untilAnswered(call, scene.clock);
    return {
      status,
      requests: methods.length,
      methods,
      bodies,
      delaysMs: scene.heard('retry').map(({ delayMs }) => delayMs),
    };
  });
}

/** The answers of a server take real time, the waits between them none. */
async function untilAnswered<T>(call: Promise<T>, clock: Stage['clock']): Promise<T> {
  const watched = watch(call);
  while (watched.status === 'pending') {
    // Nothing waits while a request is under way.
    await clock.advance(clock.pending > 0 ? 1e13 : 0);
  }
  return call;
}
