import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCli } from './run-cli.ts';
import { eventsOf } from './event-stream.ts';

const token = 'a-token-that-nobody-prints';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (request: Asked, response: ServerResponse) => void;

interface Setup {
  readonly url: string;
  readonly asked: Asked[];
  /** What is to be written before somebody presses Ctrl-C. */
  stopAt: string | undefined;
  readonly pauses: number[];
  out(): string;
  err(): string;
  run(...args: string[]): Promise<number>;
}

/** A server that answers as it is told, and a terminal that keeps what was written. */
async function setUp(context: TestContext, answer: Answer, environment: Record<string, string> = {}): Promise<Setup> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      answer(one, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin`;
  const [out, err]: [string[], string[]] = [[], []];
  const pauses: number[] = [];
  const stop = new AbortController();
  const setup: Setup = {
    stopAt: undefined,
    url,
    asked,
    pauses,
    out: () => out.join(''),
    err: () => err.join(''),
    run: (...args) =>
      runCli(args, {
        environment: { DUALBRAKE_URL: url, DUALBRAKE_TOKEN: token, ...environment },
        stdout: {
          write(text) {
            out.push(text);
            if (setup.stopAt !== undefined && text.includes(setup.stopAt)) stop.abort();
          },
          hasColors: false,
        },
        stderr: { write: (text) => err.push(text), hasColors: false },
        fetch: globalThis.fetch,
        signal: stop.signal,
        now: () => Date.UTC(2026, 10, 24, 12),
        sleep: async (ms) => void pauses.push(ms),
      }),
  };
  return setup;
}

function json(response: ServerResponse, body: unknown, status = 200, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, detail: string): void {
  json(response, { title: 'Not allowed', detail, correlation_id: 'c-1' }, status, 'application/problem+json');
}

const breaker = {
  id: 'reads.database',
  name: 'database',
  state: 'open',
  since: '2026-11-24T11:58:00.000Z',
  next_test_at: '2026-11-24T12:00:05.000Z',
  reason: '5 consecutive failures\u001b[2J\u202e',
  override: null,
};
const overview = {
  verdict: { tone: 'bad', text: '1 of 2 breakers is blocking calls: database.' },
  breakers: [
    breaker,
    {
      ...breaker,
      id: 'letters.mail',
      name: 'mail',
      reason: 'requested by an operator',
      override: { mode: 'isolated', ends_at: '2026-11-24T12:30:00.000Z' },
    },
  ],
  services: [{ id: 'database', state: 'down', since: '2026-11-24T11:00:00.000Z', reason: 'killed' }],
  attention: [
    { kind: 'blocking', text: 'database is open and blocks calls: 5 consecutive failures\u001b[2J.', ends_at: null },
    { kind: 'isolated', text: 'Ana has isolated mail: moved.', ends_at: '2026-11-24T12:30:00.000Z' },
    { kind: 'incident', text: 'Incident 3 is not acknowledged: database blocked calls.', ends_at: null },
  ],
};

test('status says what is broken, since when and why, and ends with 1; what a terminal would obey is taken out', async (context) => {
  const cli = await setUp(context, (_, response) => json(response, overview));
  const code = await cli.run('status');

  assert.equal(code, 1);
  assert.equal(
    cli.out(),
    `1 of 2 breakers is blocking calls: database.

Needs you:
  database is open and blocks calls: 5 consecutive failures [2J.
  Ana has isolated mail: moved. Ends in 30 min.
  Incident 3 is not acknowledged: database blocked calls.

STATE                  FOR    BREAKER         WHY
open, probe in 5 s     2 min  reads.database  5 consecutive failures [2J
isolated, 30 min left  2 min  letters.mail    requested by an operator

STATE  FOR     SERVICE   WHY
down   60 min  database  killed
`,
  );
  assert.deepEqual(
    [cli.asked[0]?.path, cli.asked[0]?.headers.authorization],
    ['/admin/api/v1/overview', `Bearer ${token}`],
  );
});

test('status ends with 0 when all is well; --json is the answer itself', async (context) => {
  const well = { ...overview, verdict: { tone: 'good', text: 'All is well.' } };
  const cli = await setUp(context, (_, response) => json(response, well));
  assert.equal(await cli.run('status', '--json'), 0);
  assert.deepEqual(JSON.parse(cli.out()), well);
});

/** A console that knows two breakers, one of them under two ids. */
const twoBreakers: Answer = ({ method, path }, response) => {
  if (method === 'GET' && path.startsWith('/admin/api/v1/breakers?')) {
    const page = path.includes('cursor=')
      ? {
          breakers: [
            { id: 'texts.sms', name: 'sms' },
            { id: 'calls.sms', name: 'sms' },
          ],
          next_cursor: null,
        }
      : { breakers: [breaker], next_cursor: 'more' };
    json(response, page);
  } else if (method === 'PUT')
    json(response, { ...breaker, override: { mode: 'isolated', ends_at: '2026-11-24T12:15:00.000Z' } });
  else json(response, breaker);
};

test('isolate finds a breaker by its name, sends why and until when, and says until when it holds', async (context) => {
  const cli = await setUp(context, twoBreakers);
  const code = await cli.run('isolate', 'database', '--reason', 'it is moved', '--for', '15m');

  const order = cli.asked.at(-1);
  assert.deepEqual([code, order?.method, order?.path], [0, 'PUT', '/admin/api/v1/breakers/reads.database/override']);
  assert.deepEqual(JSON.parse(order?.body ?? ''), {
    mode: 'isolated',
    reason: 'it is moved',
    expires_at: '2026-11-24T12:15:00.000Z',
  });
  assert.equal(
    cli.out(),
    'reads.database is isolated: its calls are rejected until 2026-11-24T12:15:00.000Z (15 min).\n',
  );
});

test('release says how the breaker is without the order', async (context) => {
  const cli = await setUp(context, twoBreakers);
  assert.equal(await cli.run('release', 'reads.database', '--reason', 'it is back'), 0);
  assert.equal(cli.asked.at(-1)?.method, 'DELETE');
  assert.equal(cli.out(), 'reads.database is released. Its automatic state is open.\n');
});

test('an unknown or ambiguous breaker is an error that names those there are, and nothing is ordered', async (context) => {
  const cli = await setUp(context, twoBreakers);
  const codes = [
    await cli.run('isolate', 'nobody', '--reason', 'a typing error'),
    await cli.run('release', 'sms', '--reason', 'which one'),
  ];
  assert.deepEqual(codes, [2, 2]);
  assert.match(cli.err(), /No breaker matches "nobody"\. Known breakers: reads\.database, texts\.sms, calls\.sms\./);
  assert.match(cli.err(), /Several breakers are named "sms"\. Use an id: texts\.sms, calls\.sms\./);
  assert.ok(cli.asked.every(({ method }) => method === 'GET'));
});

test('an order whose answer is lost is sent again with the same key, three times at most', async (context) => {
  let lost = 2;
  const cli = await setUp(context, (request, response) => {
    if (request.method === 'PUT' && lost-- > 0) response.destroy();
    else twoBreakers(request, response);
  });
  assert.equal(await cli.run('isolate', 'database', '--reason', 'it is moved'), 0);
  const keys = cli.asked.filter(({ method }) => method === 'PUT').map(({ headers }) => headers['idempotency-key']);
  assert.deepEqual([keys.length, new Set(keys).size], [3, 1]);

  lost = 100;
  assert.equal(await cli.run('isolate', 'database', '--reason', 'it is moved'), 3);
  assert.equal(cli.asked.filter(({ method }) => method === 'PUT').length, 6);
});

test('what the console refuses ends with 1, nobody signed in with 3; both say why, and neither shows the token', async (context) => {
  const cli = await setUp(context, ({ method, path }, response) => {
    if (method === 'PUT') problem(response, 403, 'Only the owner can control breakers.\u001b[31m');
    else if (path.includes('incidents')) problem(response, 401, 'Your session has ended.');
    else twoBreakers({ method, path, headers: {}, body: '' }, response);
  });
  assert.equal(await cli.run('isolate', 'database', '--reason', 'not for me'), 1);
  assert.equal(await cli.run('incidents'), 3);
  assert.equal(
    cli.err(),
    'dualbrake: Not allowed: Only the owner can control breakers. [31m (correlation id c-1)\n' +
      'dualbrake: Not allowed: Your session has ended. Set the token file with --token-file or DUALBRAKE_TOKEN_FILE. ' +
      '(correlation id c-1)\n',
  );
  assert.ok(!cli.out().includes(token) && !cli.err().includes(token));
});

test('a wrong address is said to be one: nobody there, another program, a detour', async (context) => {
  const cli = await setUp(context, ({ path }, response) => {
    if (path.startsWith('/page')) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    else if (path.startsWith('/other')) json(response, { hello: 'world' });
    else response.writeHead(302, { location: 'http://evil.test/' }).end();
  });
  const base = cli.url.replace('/admin', '');
  assert.equal(await cli.run('status', '--url', `${base}/page`), 3);
  assert.equal(await cli.run('status', '--url', `${base}/other`), 3);
  assert.equal(await cli.run('status', '--url', `${base}/detour`), 3);
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, 'close');
  assert.equal(await cli.run('status', '--url', `http://127.0.0.1:${port}/admin`), 3);
  assert.match(
    cli.err(),
    /is not a console[\s\S]*has no verdict[\s\S]*is not a console[\s\S]*can’t be reached \(ECONNREFUSED\)/,
  );
});

test('what makes no sense is refused before anybody is asked, with what would be right', async (context) => {
  const cli = await setUp(context, twoBreakers);
  const wrong: readonly (readonly [args: string[], says: RegExp])[] = [
    [['isolate'], /Name a breaker by id or name/],
    [['isolate', 'database'], /Give a reason with --reason/],
    [['isolate', 'database', '--reason', 'ok'], /3 to 500 characters/],
    [['isolate', 'database', '--reason', 'long', '--for', '25h'], /at most 24 h.*got "25h"/],
    [['isolate', 'database', '--reason', 'long', '--for', 'soon'], /such as 90s, 15m or 2h, got "soon"/],
    [['isolate', 'database', 'now', '--reason', 'two words'], /Unexpected argument "now"/],
    [['status', '--verbose'], /Unknown option '--verbose'/],
    [['tail', '--level', 'loud'], /--level must be one of trace/],
    [['incidents', 'three'], /Expected an incident number, got "three"/],
    [['incidents', '--limit', '0'], /--limit must be a whole number from 1 to 200, got "0"/],
    [['explode'], /Unknown command "explode"/],
    [['status', '--url', 'ftp://x'], /"ftp:\/\/x" is not a valid console URL/],
    [['status', '--url', 'http://me:secret@x/'], /must not contain a user name or password/],
    [['status', '--token-file', '/nowhere/token'], /"\/nowhere\/token" can’t be read/],
  ];
  for (const [args, says] of wrong) {
    const before = cli.err().length;
    assert.equal(await cli.run(...args), 2, args.join(' '));
    assert.match(cli.err().slice(before), says);
  }
  assert.equal(cli.asked.length, 0);
});

test(
  'a token file that others can read is refused; one that is mine is used',
  { skip: process.platform === 'win32' },
  async (context) => {
    const directory = mkdtempSync(join(tmpdir(), 'dualbrake-cli-'));
    context.after(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'token');
    writeFileSync(file, 'the-token-of-the-file\n', { mode: 0o644 });
    const cli = await setUp(context, (_, response) => json(response, overview));

    assert.equal(await cli.run('status', '--token-file', file), 2);
    chmodSync(file, 0o600);
    assert.equal(await cli.run('status', '--token-file', file), 1);
    assert.match(cli.err(), /Other users can read/);
    assert.deepEqual(
      cli.asked.map(({ headers }) => headers.authorization),
      ['Bearer the-token-of-the-file'],
    );
  },
);

test('help is there for everything, and a program without words ends with it', async (context) => {
  const cli = await setUp(context, () => assert.fail('nobody is asked'));
  for (const command of ['status', 'isolate', 'release', 'tail', 'incidents']) {
    assert.equal(await cli.run(command, '--help'), 0);
    assert.match(cli.out(), new RegExp(`^dualbrake ${command}`, 'm'));
  }
  assert.equal(await cli.run('--help'), 0);
  assert.equal(await cli.run(), 2);
  assert.equal(await cli.run('--version'), 0);
  for (const line of cli.out().split('\n')) assert.ok(line.length <= 120, line);
});

function event(name: string, data: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function change(number: number): string {
  const at = '2026-11-24T12:00:00.000Z';
  return event(
    'transition',
    { at, kind: 'transition', target: 'reads.database', what: `change ${number}`, why: 'so', actor: null },
    `e-${number}`,
  );
}

test('tail goes on where its stream was lost, says so only when it cannot, and ends with 0 at Ctrl-C', async (context) => {
  let streams = 0;
  const cli = await setUp(context, ({ headers }, response) => {
    streams += 1;
    if (streams === 2 || streams === 3) {
      response.destroy();
      return;
    }
    const after = Number((headers['last-event-id'] as string | undefined)?.slice(2) ?? 0);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event('hello', {}));
    response.write(change(after + 1));
    response.write(event('heartbeat', {}));
    // The last one only in part.
    response.write(change(after + 2).slice(0, 30), () => response.end());
  });
  cli.stopAt = 'change 3';
  assert.equal(await cli.run('tail'), 0);

  assert.deepEqual(
    cli.out().trim().split('\n'),
    [1, 2, 3].map((number) => `2026-11-24T12:00:00.000Z  transition  reads.database: change ${number} (so)`),
  );
  assert.deepEqual(
    cli.asked.map(({ headers }) => headers['last-event-id']),
    [undefined, 'e-1', 'e-1', 'e-1', 'e-2'],
  );
  assert.equal(cli.err(), 'Connection lost. Retrying in 1 s.\nConnection lost. Retrying in 2 s.\n');
  assert.deepEqual(cli.pauses, [500, 1_000, 2_000, 500]);
});

test('tail --level has lines of the log; another breaker’s changes are left out', async (context) => {
  const cli = await setUp(context, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(change(1));
    const line = {
      at: '2026-11-24T12:00:01.000Z',
      level: 'warn',
      message: 'slow',
      breaker: 'letters.mail',
      correlation_id: 'c-1',
    };
    response.write(event('log', { lines: [line], dropped: 2 }));
  });
  cli.stopAt = 'omitted';
  assert.equal(await cli.run('tail', '--level', 'warn', '--breaker', 'letters.mail'), 0);
  assert.match(cli.asked[0]?.path ?? '', /topics=logs&level=warn&breaker=letters\.mail$/);
  assert.equal(cli.out(), '2026-11-24T12:00:01.000Z  warn   slow [letters.mail] [c-1]\n(2 lines omitted)\n');
});

test('a refused stream ends tail at once', async (context) => {
  const cli = await setUp(context, (_, response) => problem(response, 429, 'Too many streams are open.'));
  assert.equal(await cli.run('tail'), 1);
  assert.deepEqual(cli.pauses, []);
});

test('events are whole however their bytes are cut', async () => {
  const text = `: a comment\n\nretry: 2000\n\n${change(1)}${event('log', { text: 'zwölf' })}`;
  const bytes = new TextEncoder().encode(text.replaceAll('\n', '\r\n'));
  for (let size = 1; size < 40; size += 1) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, place) =>
      bytes.subarray(place * size, (place + 1) * size),
    );
    const events = [];
    for await (const one of eventsOf(streamOf(chunks))) events.push(one);
    assert.deepEqual(
      events.map(({ event: name, id }) => [name, id]),
      [
        ['message', undefined],
        ['message', undefined],
        ['transition', 'e-1'],
        ['log', undefined],
      ],
    );
    assert.match(events[3]?.data ?? '', /zwölf/);
  }
});

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
