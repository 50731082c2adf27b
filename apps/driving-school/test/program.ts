import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildProblem } from '../server/build-state.ts';
import { copyDatabaseTemplate } from '../server/platform/database/testing/test-database.ts';
import { hangLimitMs, until } from '../server/platform/database/testing/until.ts';

const main = fileURLToPath(new URL('../server/main.ts', import.meta.url));
const run = fileURLToPath(new URL('../run.js', import.meta.url));
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The password that `signInAsOwner` sets. */
export const ownerPassword = 'a long enough passphrase';

/** `npm test` builds the program first: loading its sources takes longer than most tests use it for. */
export const startsBuilt = process.env['TEST_PROGRAM'] === 'built';

/** Settings of a started program. */
export interface ProgramOptions {
  /** Default: a new folder, deleted with the program. */
  readonly dataDirectory?: string;
  /** Starts with an empty folder, as on a new machine, which takes seconds longer. Default false. */
  readonly fresh?: boolean;
  /** Requires that the built pages are up to date. Default false. */
  readonly pages?: boolean;
  /**
   * Starts what `npm run build` made, as `npm start` does, instead of the sources. Default: whether `npm test` has built
   * it.
   */
  readonly built?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The real program in a process of its own, as `npm start` runs it. */
export class Program implements AsyncDisposable {
  readonly dataDirectory: string;
  readonly #child: ChildProcess;
  readonly #ownsFolder: boolean;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();

  private constructor(child: ChildProcess, dataDirectory: string, ownsFolder: boolean) {
    this.#child = child;
    this.dataDirectory = dataDirectory;
    this.#ownsFolder = ownsFolder;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        for (const watch of this.#watchers) watch();
      });
    }
    child.once('exit', () => {
      for (const watch of this.#watchers) watch();
    });
  }

  /** Starts it and does not wait. */
  static async launch({
    dataDirectory,
    fresh = false,
    pages = false,
    built = startsBuilt,
    environment = {},
  }: ProgramOptions = {}): Promise<Program> {
    const outdated = pages ? buildProblem(root) : undefined;
    if (outdated !== undefined) throw new Error(outdated);
    const folder = dataDirectory ?? (await mkdtemp(join(tmpdir(), 'school-')));
    if (dataDirectory === undefined && !fresh) await copyDatabaseTemplate(folder);
    const child = spawn(process.execPath, built ? [run, 'main'] : ['--conditions=source', '--import', 'tsx', main], {
      cwd: root,
      env: { ...process.env, PORT: '0', DATA_DIR: folder, LOG_FORMAT: 'json', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Program(child, folder, dataDirectory === undefined);
  }

  /** Starts it and waits until it is ready. */
  static async start(options: ProgramOptions = {}): Promise<Program> {
    const program = await Program.launch(options);
    await program.line(/http:\/\/\S+/);
    await until('the program is ready', async () => (await fetch(`${program.address}/readyz`)).ok);
    return program;
  }

  get address(): string {
    const found = this.#find(/http:\/\/[\d.a-z[\]:]+:\d+/i);
    if (found === undefined) throw new Error(`The program has not printed its address:\n${this.output}`);
    return found[0];
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get output(): string {
    return this.#lines.join('\n');
  }

  /** The log lines so far. */
  get log(): Record<string, unknown>[] {
    return this.#lines.flatMap((line) => {
      if (!line.startsWith('{')) return [];
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Waits for a line of output. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const found = (): boolean => this.#find(pattern) !== undefined || this.#child.exitCode !== null;
    await this.#changed(found, `the program to print ${pattern}`);
    const match = this.#find(pattern);
    if (match === undefined)
      throw new Error(`The program ended with ${this.exitCode} before it printed ${pattern}:\n${this.output}`);
    return match;
  }

  /** Waits for the end of the process. @returns its exit code */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As Ctrl-C does it. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null) this.#child.kill('SIGINT');
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsFolder) await rm(this.dataDirectory, { recursive: true, force: true });
  }

  #find(pattern: RegExp): RegExpExecArray | undefined {
    for (const line of this.#lines) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    return undefined;
  }

  #changed(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#watchers.delete(watch);
        reject(new Error(`Waited ${hangLimitMs} ms for ${what}:\n${this.output}`));
      }, hangLimitMs);
      const watch = (): void => {
        if (!condition()) return;
        clearTimeout(limit);
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
    });
  }
}

export { until };

/** A signed-in user, sending requests as the pages do. */
export class Client {
  readonly #address: string;
  readonly #cookie: string;

  constructor(address: string, cookie: string) {
    this.#address = address;
    this.#cookie = cookie;
  }

  get cookie(): string {
    return this.#cookie;
  }

  fetch(path: string, { headers, ...init }: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#address}${path}`, {
      ...init,
      headers: { cookie: this.#cookie, origin: this.#address, ...(headers as Record<string, string> | undefined) },
    });
  }

  send(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(path, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  post(path: string, body: unknown, idempotencyKey: string = randomUUID()): Promise<Response> {
    return this.send('POST', path, body, { 'idempotency-key': idempotencyKey });
  }
}

/** Uses the link that the first start prints. */
export async function signInAsOwner(program: Program): Promise<Client> {
  const [, token] = await program.line(/\/welcome#(?:token=)?([\w-]+)/);
  const { address } = program;
  const response = await fetch(`${address}/api/welcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify({ token, name: 'Olive Owner', email: 'olive@example.com', password: ownerPassword }),
  });
  if (!response.ok) throw new Error(`Setting the password failed: ${response.status} ${await response.text()}`);
  return new Client(address, cookieOf(response));
}

/** Signs in with a password. */
export async function signIn(address: string, email: string, password: string): Promise<Client> {
  const response = await fetch(`${address}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: address },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw new Error(`Signing in failed: ${response.status} ${await response.text()}`);
  return new Client(address, cookieOf(response));
}

/** The process id of the embedded database, as the status page shows it. */
export async function databasePid(client: Client): Promise<number> {
  const report = (await (await client.fetch('/admin/api/v1/services')).json()) as {
    services?: readonly { name: string; report?: { pid?: number } }[];
  };
  const pid = JSON.stringify(report).match(/"pid":(\d+)/)?.[1];
  if (pid === undefined) throw new Error(`The services report names no process: ${JSON.stringify(report)}`);
  return Number(pid);
}

/** Kills the database each time it is up again. */
export function keepDead(client: Client): { stop: () => Promise<void> } {
  const ending = new AbortController();
  const killing = (async () => {
    while (!ending.signal.aborted) {
      try {
        process.kill(await databasePid(client), 'SIGKILL');
      } catch {
        // It is down at the moment, as intended.
      }
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      ending.abort();
      await killing;
    },
  };
}

/** The session's cookie; the other one only says that somebody has signed in on this device before. */
function cookieOf(response: Response): string {
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  return cookies.find((cookie) => cookie.includes('school_session=')) ?? '';
}
