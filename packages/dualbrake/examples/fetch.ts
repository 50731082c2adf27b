import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CircuitBreaker, pipeline, retry, timeout } from 'dualbrake';
import { guardedFetch } from 'dualbrake/fetch';

// A server that is busy at first.
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  console.info(`${request.method}: ${request.headers['x-deadline-ms'] === undefined ? 'no' : 'a'} deadline came along`);
  response.statusCode = requests === 1 ? 503 : 200;
  response.end('Ana Costa');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/students/s-1`;

const get = guardedFetch(
  pipeline('students-api', [
    timeout({ name: 'total', limitMs: 5_000 }),
    retry({ baseMs: 1, jitter: 'none' }),
    new CircuitBreaker({ name: 'students-api' }),
    timeout({ limitMs: 1_000 }),
  ]),
);

const response = await get(url);
console.info(`${response.status} ${await response.text()}, after ${requests} requests`);
server.close();
