import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, escapeIdentifier } from 'pg';
import { until } from './until.ts';

/** A real PostgreSQL server, started for a test. */
export interface TestPostgres extends AsyncDisposable {
  /** URL of the database `postgres`, over a Unix socket. */
  readonly url: string;
  readonly pid: number;
  /** Kills the server. */
  kill(): Promise<void>;
  /** Starts the server again after `kill`, with the same data. */
  start(): Promise<void>;
  /** Creates an empty database. @returns its URL */
  createDatabase(name: string): Promise<string>;
}

/**
 * The `skip` option for tests that need PostgreSQL. In continuous integration, a missing server is an error.
 *
 * @returns false, or the reason for skipping
 */
export function skipWithoutPostgres(): string | false {
  if (programs() !== undefined) return false;
  const reason = 'PostgreSQL is not installed: put `postgres` and `initdb` in PATH to run this';
  if (process.env['CI'] !== undefined) throw new Error(reason);
  return reason;
}

/** Settings of `startPostgres`. */
export interface TestPostgresOptions {
  /** Kept, and used again. Default: a temporary directory, which is removed at the end. */
  readonly directory?: string;
  /** Whether commits survive a power cut, as in production. Default false. */
  readonly durable?: boolean;
}

/** Starts a server of its own. */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const found = programs();
  if (found === undefined) throw new Error('PostgreSQL is not installed.');
  const { initdb, postgres } = found;
  // Not below TMPDIR, which may be long: the path of a Unix socket has at most 104 bytes.
  const directory = options.directory ?? mkdtempSync('/tmp/pg-');
  mkdirSync(directory, { recursive: true });
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const asUser = { ...user, cwd: directory, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } };
  const isNew = !existsSync(join(data, 'PG_VERSION'));
  if (isNew)
    await promisify(execFile)(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8'], asUser);

  const address = (database: string): string => `postgres://postgres@localhost/${database}?host=${directory}`;
  let server: ChildProcess | undefined;
  const start = (): Promise<void> =>
    until(
      'PostgreSQL answers',
      async () => {
        // After a kill, the server refuses to start until all of its old processes have ended.
        if (server === undefined || hasEnded(server)) {
          const durability = options.durable === true ? [] : ['-F'];
          server = spawn(postgres, ['-D', data, '-k', directory, '-c', 'listen_addresses=', ...durability], {
            ...asUser,
            stdio: 'ignore',
          });
        }
        await withClient(address('postgres'), (client) => client.query('SELECT 1'));
        return !hasEnded(server);
      },
      { everyMs: 50 },
    ).then(() => undefined);
  await start();
  return {
    url: address('postgres'),
    get pid() {
      return server?.pid ?? 0;
    },
    async kill() {
      server?.kill('SIGKILL');
      await ended(server);
    },
    start,
    async createDatabase(name) {
      await withClient(address('postgres'), (client) => client.query(`CREATE DATABASE ${escapeIdentifier(name)}`));
      return address(name);
    },
    async [Symbol.asyncDispose]() {
      // SIGINT is PostgreSQL's fast shutdown, which does not wait for clients to disconnect.
      server?.kill('SIGINT');
      await ended(server);
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function withClient<T>(url: string, action: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}

function programs(): { initdb: string; postgres: string } | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  for (let version = 18; version >= 15; version -= 1) folders.push(`/usr/lib/postgresql/${version}/bin`);
  const folder = folders.find((each) => existsSync(join(each, 'postgres')) && existsSync(join(each, 'initdb')));
  return folder === undefined ? undefined : { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
}

/** The user to run PostgreSQL as, which refuses to run as root. @returns undefined when this process is not root's */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line = users.find((each) => each.startsWith('postgres:')) ?? users.find((each) => each.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('There is neither a user postgres nor a user nobody.');
  return { uid: Number(uid), gid: Number(gid) };
}
