import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The measurements of a time slice. */
export interface Slice {
  /** Answers a second. */
  readonly perSecond: number;
  readonly cpuUs: number;
}

const CONNECTIONS = 8;

/** A process with the route, and connections to it that cost next to nothing, so that it is what limits the rate. */
export class GuardedServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #sockets: Socket[];

  private constructor(child: ChildProcess, port: number, sockets: Socket[]) {
    this.port = port;
    this.#child = child;
    this.#sockets = sockets;
  }

  static async start(how: string, directory = ''): Promise<GuardedServer> {
    const script = join(import.meta.dirname, 'guarded-server.ts');
    // With the packages as they are published: a transpiler's helpers would cost more than what is measured.
    const child = spawn(process.execPath, [script, how, directory], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const [line] = (await once(createInterface({ input: child.stdout ?? process.stdin }), 'line')) as [string];
    const sockets = Array.from({ length: CONNECTIONS }, () => connect(Number(line), '127.0.0.1').setNoDelay());
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return new GuardedServer(child, Number(line), sockets);
  }

  async load(ms: number): Promise<Slice> {
    const request = 'GET /students/s-1 HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const cpuBefore = await this.#cpuUs();
    const begin = process.hrtime.bigint();
    const end = begin + BigInt(ms) * 1_000_000n;
    let answers = 0;
    await Promise.all(
      this.#sockets.map(
        (socket) =>
          new Promise<void>((resolve) => {
            // Short answers on an idle loopback come in one piece each.
            const next = (chunk: Buffer): void => {
              if (!chunk.includes('Ana Costa')) return;
              answers += 1;
              if (process.hrtime.bigint() < end) socket.write(request);
              else {
                socket.off('data', next);
                resolve();
              }
            };
            socket.on('data', next);
            socket.write(request);
          }),
      ),
    );
    const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
    return { perSecond: answers / seconds, cpuUs: ((await this.#cpuUs()) - cpuBefore) / answers };
  }

  /** CPU time that the process has used so far, in microseconds. */
  async #cpuUs(): Promise<number> {
    this.#child.send('cpu');
    const [used] = (await once(this.#child, 'message')) as [number];
    return used;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}
