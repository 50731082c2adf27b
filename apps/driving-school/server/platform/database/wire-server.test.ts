import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { until } from './testing/until.ts';
import { type Engine, HEALTH_CHECK_NAME, OWN_NAME, WireServer } from './wire-server.ts';

/** Longer than any pause of a busy machine: only one test lets a transaction wait too long. */
const IDLE_IN_TRANSACTION_MS = 600_000;

/** Records its input. Queries with `BEGIN`, and `ROLLBACK` or `COMMIT`, begin and end a transaction. */
class RecordingEngine implements Engine {
  readonly ran: string[] = [];
  #open = false;

  run(messages: Uint8Array, onAnswer: (bytes: Uint8Array) => void): void {
    const text = Buffer.from(messages)
      .toString('latin1')
      .replaceAll(/[^ -~]/g, '');
    this.ran.push(text);
    if (text.includes('BEGIN')) this.#open = true;
    if (text.includes('ROLLBACK') || text.includes('COMMIT')) this.#open = false;
    onAnswer(Buffer.from(`<${text}>`));
  }

  inTransaction(): boolean {
    return this.#open;
  }
}

let engine: RecordingEngine;
let server: WireServer;
let directory: string;
let busy: number;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'wire-'));
  engine = new RecordingEngine();
  busy = 0;
  await listen(IDLE_IN_TRANSACTION_MS);
  engine.ran.length = 0;
});

afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

test('the messages of one statement stay together when another client sends messages in between', async () => {
  const [one, two] = [await client(), await client()];
  one.write(message('P', 'parse-one'));
  two.write(Buffer.concat([message('P', 'parse-two'), message('B', 'bind-two'), message('S', '')]));
  await until('the second client has its answer', () => engine.ran.length === 1);
  one.write(Buffer.concat([message('B', 'bind-one'), message('S', '')]));
  await until('the first client has its answer', () => engine.ran.length === 2);

  assert.deepEqual(engine.ran, ['Pparse-twoBbind-twoS', 'Pparse-oneBbind-oneS']);
});

test('a client that has flushed half a statement keeps its turn until the end of the statement', async () => {
  const [one, two] = [await client(), await client()];
  one.write(Buffer.concat([message('P', 'one'), message('H', '')]));
  await until('the first half has run', () => engine.ran.length === 1);
  two.write(message('Q', 'two'));
  await receivesNothing(two);
  one.write(message('S', ''));
  await until('all has run', () => engine.ran.length === 3);

  assert.deepEqual(engine.ran, ['PoneH', 'S', 'Qtwo']);
});

test('internal work waits for the end of a transaction, and clients wait for the end of the work', async () => {
  const [one, two] = [await client(), await client()];
  one.write(message('Q', 'BEGIN'));
  await until('the transaction is open', () => engine.inTransaction());
  const release = Promise.withResolvers<void>();
  let inTransaction: boolean | undefined;
  const work = server.exclusively(async () => {
    inTransaction = engine.inTransaction();
    await release.promise;
    return 'done';
  });
  two.write(message('Q', 'two'));
  one.write(message('Q', 'COMMIT'));
  await until('the work has begun', () => inTransaction !== undefined);
  await until('the server reports that clients wait', () => busy > 0);
  assert.equal(inTransaction, false);
  assert.deepEqual(engine.ran, ['QBEGIN', 'QCOMMIT']);

  release.resolve();
  assert.equal(await work, 'done');
  await until('the client has had its turn', () => engine.ran.length === 3);
});

test('M1.4: what another program sets is reset after its turn, and made again at its next one', async () => {
  const [stranger, own] = [await client('application_name\0psql\0'), await client(`application_name\0${OWN_NAME}\0`)];
  const asks = async (who: Socket, query: string): Promise<void> => {
    const count = engine.ran.length;
    who.write(message('Q', query));
    await until(`${query} has run`, () => engine.ran.length > count);
    await receivesNothing(who);
  };
  await asks(stranger, 'SET search_path = a\0');
  await asks(stranger, "SET search_path = ''\0");
  engine.ran.splice(0, 3);
  await asks(own, 'SET LOCAL x = 1; SELECT 1\0');
  await asks(stranger, 'SELECT 2\0');
  await asks(stranger, 'CREATE TEMP TABLE t()\0');

  assert.deepEqual(engine.ran, [
    "QSET search_path = ''",
    'QDISCARD ALL',
    'QSET LOCAL x = 1; SELECT 1',
    "QSET search_path = ''",
    'QSELECT 2',
    'QDISCARD ALL',
    "QSET search_path = ''",
    'QCREATE TEMP TABLE t()',
    'QDISCARD ALL',
  ]);
  await asks(stranger, 'RESET search_path\0');
  engine.ran.length = 0;
  await asks(stranger, 'SELECT 3\0');
  assert.deepEqual(engine.ran, ['QSELECT 3']);
});

test('M1.4: a session is reset when another program leaves within a transaction, after its rollback', async () => {
  const stranger = await client('application_name\0pg_dump\0');
  stranger.write(message('Q', "SELECT pg_catalog.set_config('search_path', '', false)\0"));
  await until('it has run', () => engine.ran.length === 2);
  stranger.write(message('Q', 'BEGIN\0'));
  await until('the transaction is open', () => engine.inTransaction());
  stranger.destroy();
  await until('it is rolled back', () => !engine.inTransaction() && engine.ran.at(-1) === 'QDISCARD ALL');

  assert.deepEqual(engine.ran.slice(-3), ['QBEGIN', 'QROLLBACK', 'QDISCARD ALL']);
});

test('a health check does not end the idle time; a statement of the application does', async () => {
  const [application, check] = [await client(), await client(`application_name\0${HEALTH_CHECK_NAME}\0`)];
  await until('some time has passed', () => server.idleMs > 50);
  check.write(message('Q', 'check'));
  await until('the check has run', () => engine.ran.length === 1);
  assert.ok(server.idleMs > 50);

  const before = server.idleMs;
  application.write(message('Q', 'work'));
  await until('the statement has run', () => engine.ran.length === 2);
  assert.ok(server.idleMs < before);
});

test('internal work that fails releases its turn', async () => {
  await assert.rejects(
    server.exclusively(() => Promise.reject(new Error('disk full'))),
    { message: 'disk full' },
  );
  (await client()).write(message('Q', 'one'));
  await until('the client has had its turn', () => engine.ran.length === 1);
});

test('during a transaction, other clients wait, and new clients are accepted', async () => {
  const [one, two] = [await client(), await client()];
  one.write(message('Q', 'BEGIN'));
  await until('the transaction is open', () => engine.inTransaction());
  two.write(message('Q', 'two'));
  const three = await client();
  one.write(message('Q', 'COMMIT'));
  await until('the second client has had its turn', () => engine.ran.length === 3);

  assert.deepEqual(engine.ran, ['QBEGIN', 'QCOMMIT', 'Qtwo']);
  three.destroy();
});

test('the transaction of a client that disconnects is rolled back, and the next client has its turn', async () => {
  const [one, two] = [await client(), await client()];
  one.write(message('Q', 'BEGIN'));
  await until('the transaction is open', () => engine.inTransaction());
  two.write(message('Q', 'two'));
  one.destroy();
  await until('the second client has had its turn', () => engine.ran.length === 3);

  assert.deepEqual(engine.ran, ['QBEGIN', 'QROLLBACK', 'Qtwo']);
});

test('an incomplete statement of a client that disconnects is ended before the next client has its turn', async () => {
  const [one, two] = [await client(), await client()];
  one.write(Buffer.concat([message('P', 'one'), message('H', '')]));
  await until('the first half has run', () => engine.ran.length === 1);
  two.write(message('Q', 'two'));
  one.destroy();
  await until('the second client has had its turn', () => engine.ran.length === 3);

  assert.deepEqual(engine.ran, ['PoneH', 'S', 'Qtwo']);
});

test('a transaction that waits too long for its client is ended with SQLSTATE 25P03', async () => {
  await server.close();
  await listen(100);
  const one = await client();
  one.write(message('Q', 'BEGIN'));
  let received = '';
  one.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  await once(one, 'close');

  assert.match(received, /SFATAL.*C25P03/s);
  assert.equal(engine.inTransaction(), false);
});

test('the server reports that it is busy while a client waits for the transaction of another', async () => {
  const [one, two] = [await client(), await client()];
  one.write(message('Q', 'BEGIN'));
  await until('the transaction is open', () => engine.inTransaction());
  assert.equal(busy, 0);
  two.write(message('Q', 'two'));
  await until('it is reported', () => busy > 0);
});

test('messages that arrive byte by byte are processed', async () => {
  const one = await client();
  for (const byte of message('Q', 'slow')) one.write(Buffer.from([byte]));
  await until('it has run', () => engine.ran.length === 1);

  assert.deepEqual(engine.ran, ['Qslow']);
});

test('a message with an invalid size ends only its own connection', async () => {
  const [one, two] = [await client(), await client()];
  one.write(Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]));
  await once(one, 'close');
  two.write(message('Q', 'two'));
  await until('the other client is served', () => engine.ran.length === 1);
});

async function listen(idleInTransactionMs: number): Promise<void> {
  server = new WireServer({ engine, idleInTransactionMs, onBusy: () => (busy += 1) });
  await server.listen(join(directory, 'socket'));
}

async function client(parameters = ''): Promise<Socket> {
  const socket = connect(join(directory, 'socket'));
  socket.on('error', () => undefined);
  const body = Buffer.from(`user\0u\0${parameters}\0`);
  const startup = Buffer.alloc(8);
  startup.writeInt32BE(8 + body.length, 0);
  startup.writeInt32BE(196_608, 4);
  socket.write(Buffer.concat([startup, body]));
  await once(socket, 'data');
  return socket;
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 0);
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

async function receivesNothing(socket: Socket): Promise<void> {
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
  // An answer would have arrived by the time a new client is connected.
  const other = await client();
  other.destroy();
  assert.equal(bytes, 0);
}
