/** Errors as this machine's own network, disk and processes make them. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync, writeSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer as createHttp, request } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { classify } from '../../index.ts';
import { errorOf, verdictOf } from './verdict.ts';

const run = promisify(execFile);
const servers: Server[] = [];
const folder = mkdtempSync(join(tmpdir(), 'real-errors-'));
after(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

test('a closed port: nothing was sent, by socket, by http and by fetch', async () => {
  const port = await closedPort();
  const [socket] = (await once(connect(port, '127.0.0.1'), 'error').catch((error: unknown) => [error])) as [unknown];
  const http = await errorOf(once(request({ port, host: '127.0.0.1' }).end(), 'response'));
  const fetched = await errorOf(fetch(`http://127.0.0.1:${port}/`));
  const both = await errorOf(once(request({ port, host: 'localhost' }).end(), 'response'));

  for (const error of [socket, http, fetched, both]) assert.equal(verdictOf(error), 'transient RB no no');
  assert.equal(verdictOf(fetched, { dependency: 'database' }), 'system RB no no');
});

test('a connection that is reset before, and in the middle of, the answer', async () => {
  const before = await listening(
    createServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    }),
  );
  const middle = await listening(
    createServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.resetAndDestroy());
      });
    }),
  );

  assert.equal(verdictOf(await errorOf(fetch(`http://127.0.0.1:${before}/`))), 'transient RB maybe maybe');
  const body = fetch(`http://127.0.0.1:${middle}/`).then((response) => response.text());
  assert.match(verdictOf(await errorOf(body)), /^transient RB (yes|maybe) maybe$/);
});

test('an answer that does not come in time, and a caller who leaves', async () => {
  const port = await listening(createHttp(() => undefined));
  const url = `http://127.0.0.1:${port}/`;
  const caller = new AbortController();
  const leaving = errorOf(fetch(url, { signal: caller.signal }));
  caller.abort();

  assert.equal(verdictOf(await errorOf(fetch(url, { signal: AbortSignal.timeout(5) }))), 'transient RB maybe maybe');
  assert.match(verdictOf(await leaving, { signal: caller.signal }), /^cancelled --/);
});

test('a certificate for somebody else, and one that nobody vouches for', async () => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = ['-subj', '/CN=elsewhere.test', '-addext', 'subjectAltName=DNS:elsewhere.test'];
  const make = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', certificate];
  await run('openssl', [...make, ...names]);
  const options = { key: readFileSync(key), cert: readFileSync(certificate) };
  const port = await listening(createHttps(options, (_request, response) => void response.end()));
  const { request: secure } = await import('node:https');

  const unknown = await errorOf(fetch(`https://127.0.0.1:${port}/`));
  const other = await errorOf(once(secure({ port, host: 'localhost', ca: options.cert }).end(), 'response'));
  const plain = await errorOf(fetch(`https://127.0.0.1:${await listening(createHttp())}/`));

  assert.equal(verdictOf(unknown), 'persistent -- no no');
  assert.equal(verdictOf(other), 'persistent -- no no');
  assert.match(verdictOf(plain), /^persistent -- no no$|^transient RB (no no|maybe maybe)$/);
  assert.equal(classify(unknown).kind, 'tls');
});

test('a name that no server knows, by fetch and by lookup', async () => {
  const { lookup, Resolver } = await import('node:dns/promises');
  const resolver = new Resolver({ timeout: 50, tries: 1 });
  resolver.setServers([`127.0.0.1:${await closedPort()}`]);

  for (const error of [
    await errorOf(lookup('no-such-host.invalid')),
    await errorOf(fetch('http://no-such-host.invalid/')),
    await errorOf(resolver.resolve4('example.test')),
  ]) {
    assert.equal(verdictOf(error), 'transient RB no no', String(error));
  }
});

test('a disk that is full, a file that is not there, and one that may not be written', async () => {
  // The kernel's own device that is always full.
  const full = openSync('/dev/full', 'w');
  let noSpace: unknown;
  try {
    writeSync(full, 'x');
  } catch (error) {
    noSpace = error;
  } finally {
    closeSync(full);
  }
  const missing = await errorOf(open(join(folder, 'nowhere', 'file')));
  writeFileSync(join(folder, 'file'), '');
  const notFolder = await errorOf(open(join(folder, 'file', 'file')));

  assert.equal((noSpace as { code?: string }).code, 'ENOSPC');
  assert.match(verdictOf(noSpace), /^system -B/);
  assert.equal(verdictOf(missing), 'persistent -- yes no');
  assert.equal(verdictOf(notFolder), 'persistent -- yes no');
});

test('no file descriptors left: the process is unwell, not the dependency', async () => {
  const port = await listening(createHttp((_request, response) => void response.end('fine')));
  // In a process of its own, which may open few files and opens them all.
  const program = `
    import { openSync } from 'node:fs';
    import { classify } from 'dualbrake';
    const files = [];
    let full;
    for (;;) try { files.push(openSync('/dev/null')); } catch (error) { full = error; break; }
    const fetched = await fetch('http://127.0.0.1:${port}/').catch((error) => error);
    const answer = [full, fetched].map((error) => [error.code ?? error.cause?.code, classify(error)]);
    process.stdout.write(JSON.stringify(answer));
  `;
  const node = [process.execPath, '--conditions=source', '--input-type=module', '--eval', program];
  const { stdout } = await run('sh', ['-c', 'ulimit -n 64 && exec "$0" "$@"', ...node], { cwd: import.meta.dirname });
  const answers = JSON.parse(stdout) as [string, { class: string; scope: string; reachedServer: string }][];

  for (const [code, found] of answers) {
    assert.equal(code, 'EMFILE');
    assert.deepEqual([found.class, found.scope, found.reachedServer], ['system', 'local', 'no']);
  }
});

test('a child that runs out of memory, and one that fails by itself', async () => {
  const hungry = 'const all = []; for (;;) all.push(new Array(1e6).fill(Math.random()));';
  const memory = await errorOf(run(process.execPath, ['--max-old-space-size=32', '--eval', hungry]));
  const exit = await errorOf(run(process.execPath, ['--eval', 'process.exit(3)']));
  const missing = await errorOf(once(spawn(join(folder, 'no-such-program')), 'spawn'));

  assert.match(verdictOf(memory), /^system/);
  assert.match(verdictOf(exit), /^persistent --/);
  assert.match(verdictOf(missing), /^persistent --/);
});
