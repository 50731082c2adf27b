/** Asks a real server through a guarded `fetch`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, retry, timeout } from 'dualbrake';
import { guardedFetch } from 'dualbrake/fetch';

export async function exerciseFetch(): Promise<Readonly<Record<string, unknown>>> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(requests < 3 ? 503 : 200, { 'content-type': 'text/plain' });
    response.end(`answer ${requests}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const guard = pipeline('exercise.fetch', [retry({ strategy: 'immediate' }), timeout({ limitMs: 60_000 })]);
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const answer = await guardedFetch(guard)(address);
  const text = await answer.text();
  server.close();
  server.closeAllConnections();
  return { status: answer.status, text, requests };
}

/** What `exerciseFetch` must answer. */
export const expectedOfFetch = { status: 200, text: 'answer 3', requests: 3 };
