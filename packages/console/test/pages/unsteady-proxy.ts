import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy between the browser and the server that fails on request. */
export interface UnsteadyProxy {
  readonly url: string;
  /** Cuts every connection, and takes no new ones until `mend`. */
  cut(): void;
  mend(): void;
  /** From now on, cuts each connection after the given number of bytes from the server; `undefined` stops that. */
  cutAfter(bytes: (() => number) | undefined): void;
  /** How many connections were cut in the middle of an answer. */
  readonly cuts: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param url of the page behind it */
export async function startProxy(url: string): Promise<UnsteadyProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  let cuts = 0;
  let limit: (() => number) | undefined;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    let left = limit?.() ?? Infinity;
    sockets.add(client);
    const end = (): void => {
      sockets.delete(client);
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end).on('close', end);
    upstream.on('error', end).on('close', end);
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, Math.min(left, chunk.length)));
      left -= chunk.length;
      if (left <= 0) {
        cuts += 1;
        client.destroySoon();
        upstream.destroy();
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`,
    cut() {
      isCut = true;
      cutAll();
    },
    mend: () => (isCut = false),
    cutAfter: (bytes) => (limit = bytes),
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
