import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createClient, type RedisClientType } from 'redis';

/** A Redis of our own, on a socket in a folder of its own. */
export interface RedisServer {
  /** Path of its Unix socket. */
  readonly socket: string;
  /** Connected; reconnects by itself. */
  connect(): Promise<RedisClientType>;
  start(): Promise<void>;
  /** As a crash does. */
  kill(): Promise<void>;
  /** Ends everything, clients included. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Why there can be no server here, if so. */
export const withoutRedis = (process.env['PATH'] ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'redis-server')))
  ? undefined
  : 'redis-server is not installed: apt-get install redis-server';

export async function redisServer(): Promise<RedisServer> {
  if (withoutRedis !== undefined) throw new Error(withoutRedis);
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const socket = join(folder, 'redis.sock');
  const clients: RedisClientType[] = [];
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const options = [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
      '--enable-debug-command',
      'local',
    ];
    const started = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    started.stdout.setEncoding('utf8');
    let said = '';
    for await (const chunk of started.stdout.iterator({ destroyOnReturn: false })) {
      said += String(chunk);
      if (said.includes('ready to accept connections')) {
        // Nobody reads on, and it must not wait for that.
        started.stdout.resume();
        return;
      }
    }
    throw new Error(`redis-server has ended: ${said}`);
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
    rmSync(socket, { force: true });
  };

  await start();
  return {
    socket,
    start,
    kill,
    async connect() {
      const client: RedisClientType = createClient({ socket: { path: socket, tls: false, reconnectStrategy: 20 } });
      // What goes wrong between calls is no news here.
      client.on('error', () => undefined);
      clients.push(client);
      await client.connect();
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
