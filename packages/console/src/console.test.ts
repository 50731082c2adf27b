import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { CircuitBreaker, Registry, retry } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { createConsole, type Console, type ConsoleLogEntry, type ConsoleService, type ConsoleUser } from './index.ts';
import type { BreakerView, OperationView, ProblemView, ReportView } from './contract.ts';

const origin = 'http://school.test';
const secret = 'postgres://clerk:hunter2@db/school';

interface Setup {
  readonly clock: ManualClock;
  readonly registry: Registry;
  readonly breaker: CircuitBreaker;
  readonly console: Console;
  readonly log: ConsoleLogEntry[];
  user: ConsoleUser | undefined;
  call(path: string, init?: RequestInit): Promise<Response>;
  order(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

const opened: Console[] = [];
afterEach(() => {
  for (const console of opened.splice(0)) console.close();
});

let keys = 0;

function setUp(services: readonly ConsoleService[] = []): Setup {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 2, resetTimeoutMs: 5_000 });
  registry.pipeline('reads', [retry({ strategy: 'immediate' }), breaker]);
  registry.pipeline('writes', [breaker]);
  const log: ConsoleLogEntry[] = [];
  const setup: Setup = {
    clock,
    registry,
    breaker,
    log,
    user: { id: 'u-1', name: 'Ana', permission: 'operate' },
    console: createConsole({
      registry,
      services,
      authenticate: () => setup.user,
      environment: 'test',
      log: (entry) => log.push(entry),
      wallClock: () => Date.UTC(2026, 10, 23, 15, 0, 0) + clock.now(),
      pageDirectory: '/nowhere',
    }),
    call: (path, init) => setup.console(new Request(`${origin}${path}`, init)),
    order: (path, body, headers = {}) =>
      setup.call(`/admin/api/v1/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `key-${(keys += 1)}`,
          origin,
          host: 'school.test',
          ...headers,
        },
      }),
  };
  opened.push(setup.console);
  return setup;
}

async function open(setup: Setup): Promise<void> {
  for (let count = 0; count < 2; count += 1) {
    const failing = setup.breaker.execute(() =>
      Promise.reject(Object.assign(new Error(secret), { code: 'ECONNREFUSED', syscall: 'connect' })),
    );
    await assert.rejects(failing);
  }
}

test('the report shows each breaker once, with its users, since when and why, and when it tests', async () => {
  const setup = setUp();
  await setup.clock.advance(1_000);
  await open(setup);
  await setup.clock.advance(2_000);

  const report = (await (await setup.call('/admin/api/v1/report')).json()) as ReportView;

  assert.equal(report.breakers.length, 1);
  const [breaker] = report.breakers;
  assert.deepEqual(
    [breaker?.state, breaker?.since, breaker?.next_test_at, breaker?.used_by, breaker?.last_failure?.rule],
    [
      'open',
      '2026-11-23T15:00:01.000Z',
      '2026-11-23T15:00:06.000Z',
      ['reads', 'writes'],
      'node.connect.ECONNREFUSED'.replace('.connect', ''),
    ],
  );
  assert.equal(report.verdict.tone, 'bad');
  assert.match(report.verdict.text, /^1 of 1 breakers is blocking calls: database, because of 2 failures in a row/);
  assert.equal(report.retries[0]?.pipeline, 'reads');
  assert.equal(report.changes[0]?.what, 'closed to open');
});

test('nothing of an error’s message appears in any answer', async () => {
  const setup = setUp();
  await open(setup);

  for (const path of ['report', 'breakers/reads.database', 'services']) {
    assert.doesNotMatch(await (await setup.call(`/admin/api/v1/${path}`)).text(), /hunter2/);
  }
});

test('an order changes the breaker, is logged with who and why, and its answer is what is seen afterwards', async () => {
  const setup = setUp();

  const response = await setup.order('breakers/reads.database/actions', {
    action: 'trip',
    reason: '  the vendor called ',
  });

  assert.equal(response.status, 200);
  assert.equal(((await response.json()) as BreakerView).state, 'open');
  assert.equal(setup.breaker.state, 'open');
  const { actor, action, reason, from, to } = setup.log[0] ?? assert.fail('nothing was logged');
  assert.deepEqual(
    { actor, action, reason, from, to },
    { actor: 'u-1', action: 'trip', reason: 'the vendor called', from: 'closed', to: 'open' },
  );
  const { changes } = (await (await setup.call('/admin/api/v1/report')).json()) as ReportView;
  assert.deepEqual(
    changes.map(({ kind, what, actor: by }) => [kind, what, by]),
    [
      ['action', 'trip', 'Ana'],
      ['transition', 'closed to open', null],
    ],
  );
});

test('the same key sent twice at once is one order; with another body it is refused', async () => {
  const setup = setUp();
  const headers = { 'idempotency-key': 'the same' };
  const body = { action: 'trip', reason: 'twice' };

  const both = await Promise.all([1, 2].map(() => setup.order('breakers/reads.database/actions', body, headers)));
  const other = await setup.order('breakers/reads.database/actions', { ...body, action: 'reset' }, headers);

  assert.deepEqual([both.map(({ status }) => status), other.status], [[200, 200], 422]);
  assert.equal(setup.breaker.transitions.length, 1);
  assert.equal(setup.log.length, 1);
});

const refusals: readonly (readonly [
  what: string,
  expected: number,
  code: string,
  act: (setup: Setup) => Promise<Response>,
])[] = [
  ['nobody is signed in', 401, 'signed-out', (setup) => ((setup.user = undefined), setup.call('/admin/api/v1/report'))],
  [
    'somebody who may only look',
    403,
    'permission',
    (setup) => (
      (setup.user = { id: 'v', name: 'Vera', permission: 'view' }),
      setup.order('breakers/reads.database/actions', { action: 'trip', reason: 'please' })
    ),
  ],
  [
    'an order from another site, by Origin',
    403,
    'cross-site',
    (setup) =>
      setup.order(
        'breakers/reads.database/actions',
        { action: 'trip', reason: 'please' },
        { origin: 'http://evil.test' },
      ),
  ],
  [
    'an order from another site, by Sec-Fetch-Site',
    403,
    'cross-site',
    (setup) =>
      setup.order(
        'breakers/reads.database/actions',
        { action: 'trip', reason: 'please' },
        { 'sec-fetch-site': 'cross-site' },
      ),
  ],
  [
    'an unknown breaker',
    404,
    'not-found',
    (setup) => setup.order('breakers/reads.databse/actions', { action: 'trip', reason: 'please' }),
  ],
  ['a retry is no breaker', 404, 'not-found', (setup) => setup.call('/admin/api/v1/breakers/reads.retry')],
  [
    'an unknown service',
    404,
    'not-found',
    (setup) => setup.order('services/mail/actions', { action: 'restart', reason: 'please' }),
  ],
  ['an unknown operation', 404, 'not-found', (setup) => setup.call('/admin/api/v1/operations/1')],
  ['an unknown address', 404, 'not-found', (setup) => setup.call('/admin/api/v1/nothing')],
  ['a broken address', 404, 'not-found', (setup) => setup.call('/admin/api/v1/breakers/%E0%A4%A')],
  ['the wrong method', 405, 'method', (setup) => setup.call('/admin/api/v1/report', { method: 'DELETE' })],
  [
    'no Idempotency-Key',
    400,
    'idempotency-key-missing',
    (setup) =>
      setup.order('breakers/reads.database/actions', { action: 'trip', reason: 'please' }, { 'idempotency-key': '' }),
  ],
  [
    'a body that is no JSON',
    415,
    'not-json',
    (setup) => setup.order('breakers/reads.database/actions', {}, { 'content-type': 'text/plain' }),
  ],
  [
    'a body that is too large',
    413,
    'too-large',
    (setup) => setup.order('breakers/reads.database/actions', { action: 'trip', reason: 'x'.repeat(20_000) }),
  ],
  ['a list instead of an order', 422, 'invalid-order', (setup) => setup.order('breakers/reads.database/actions', [])],
];

for (const [what, expected, code, act] of refusals) {
  test(`${what}: ${expected} ${code}, and nothing has changed`, async () => {
    const setup = setUp();

    const response = await act(setup);

    assert.equal(response.status, expected);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    assert.equal(((await response.json()) as ProblemView).code, code);
    assert.equal(setup.breaker.state, 'closed');
    assert.equal(setup.registry.report().length, 2);
  });
}

test('all that is wrong with an order is said at once', async () => {
  const response = await setUp().order('breakers/reads.database/actions', { action: 'explode', reason: ' x ' });

  const { errors } = (await response.json()) as ProblemView;
  assert.deepEqual(
    errors?.map(({ pointer }) => pointer),
    ['/action', '/reason'],
  );
});

test('an action on a service is begun, told step by step, and cannot be given twice at once or too soon', async () => {
  const work = Promise.withResolvers<string>();
  const setup = setUp([
    {
      id: 'mail',
      name: 'mail',
      report: () => ({ state: 'up', sinceMs: 0, reason: 'it started', queue: 3 }),
      actions: { restart: { timeLimitMs: 10_000, coolDownMs: 5_000, run: () => work.promise } },
    },
  ]);

  const accepted = await setup.order('services/mail/actions', { action: 'restart', reason: 'it hangs' });
  const { id } = (await accepted.json()) as OperationView;
  const running = (await (await setup.call(`/admin/api/v1/operations/${id}`)).json()) as OperationView;
  const second = await setup.order('services/mail/actions', { action: 'restart', reason: 'again' });
  work.resolve('It is back.');
  await setup.clock.advance(0);
  const done = (await (await setup.call(`/admin/api/v1/operations/${id}`)).json()) as OperationView;
  const soon = await setup.order('services/mail/actions', { action: 'restart', reason: 'again' });
  await setup.clock.advance(5_000);
  const later = await setup.order('services/mail/actions', { action: 'restart', reason: 'again' });

  assert.equal(accepted.status, 202);
  assert.equal(accepted.headers.get('location'), `/admin/api/v1/operations/${id}`);
  assert.deepEqual([running.state, done.state, done.message], ['running', 'succeeded', 'It is back.']);
  assert.deepEqual([second.status, soon.status, soon.headers.get('retry-after'), later.status], [409, 409, '5', 202]);
});

test('an action that takes too long has failed, and says so; one that throws says nothing of the error', async () => {
  let signal: AbortSignal | undefined;
  const report = (): Record<string, string> => ({
    state: setup.breaker.state === 'closed' ? 'up' : 'down',
    reason: 'it started',
  });
  const setup = setUp([
    {
      id: 'slow',
      name: 'slow',
      report,
      actions: {
        restart: { timeLimitMs: 1_000, coolDownMs: 0, run: (given) => ((signal = given), new Promise(() => {})) },
      },
    },
    {
      id: 'bad',
      name: 'bad',
      report,
      actions: { restart: { timeLimitMs: 1_000, coolDownMs: 0, run: () => Promise.reject(new Error(secret)) } },
    },
  ]);

  await setup.order('services/slow/actions', { action: 'restart', reason: 'please' });
  await setup.order('services/bad/actions', { action: 'restart', reason: 'please' });
  await setup.clock.advance(1_000);

  const text = await (await setup.call('/admin/api/v1/services')).text();
  const { services } = JSON.parse(text) as { services: ReportView['services'] };
  assert.equal(signal?.aborted, true);
  assert.deepEqual(
    services.map(({ operation }) => [operation?.state, operation?.message]),
    [
      ['failed', 'It took longer than 1 s.'],
      ['failed', 'restart of bad failed; the log says why.'],
    ],
  );
  assert.doesNotMatch(text, /hunter2/);
});

test('a member of the registry that is a service takes its orders through the registry', async () => {
  const setup = setUp();
  let restarts = 0;
  setup.registry.add('services', [
    {
      name: 'database',
      kind: 'service',
      report: () => ({ state: 'up', sinceMs: 0, reason: 'it started', pid: 7 }),
      controls: { restart: () => ((restarts += 1), { what: 'process', from: 'up', to: 'restarting' }) },
    },
  ]);

  const accepted = await setup.order('services/services.database/actions', { action: 'restart', reason: 'please' });
  await setup.clock.advance(0);

  const { services } = (await (await setup.call('/admin/api/v1/services')).json()) as {
    services: ReportView['services'];
  };
  assert.equal(accepted.status, 202);
  assert.equal(restarts, 1);
  assert.deepEqual([services[0]?.facts, services[0]?.operation?.state], [{ pid: 7 }, 'succeeded']);
});

/** Reads events of a stream as they come. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  text = '';

  constructor(response: Response) {
    assert.equal(response.status, 200);
    this.#reader = (response.body ?? assert.fail('no body')).getReader();
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      const { done, value } = await this.#reader.read();
      if (done) assert.fail(`the stream ended before ${pattern}: ${this.text}`);
      this.text += this.#decoder.decode(value);
    }
  }

  get events(): string[] {
    return [...this.text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name ?? '');
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

test('the stream begins at once, sends a snapshot, then what changes, then a snapshot, and a heartbeat', async () => {
  const setup = setUp();
  const reader = new Reader(await setup.call('/admin/api/v1/events'));
  await reader.until(/event: snapshot\n.*\n\n/);
  assert.match(reader.text, /^retry: 2000\n\nevent: hello/);

  setup.breaker.trip('to see it');
  await reader.until(/event: change\ndata: .*to see it/);
  await setup.clock.advance(1_000);
  await reader.until(/event: snapshot[\s\S]*event: snapshot\ndata: .*"state":"open"/);
  await setup.clock.advance(9_000);
  const [heartbeat] = await reader.until(/(id: \S+\n)?event: heartbeat\n/);

  assert.deepEqual(reader.events.slice(0, 4), ['hello', 'snapshot', 'change', 'snapshot']);
  assert.doesNotMatch(heartbeat, /^id:/, 'a heartbeat has no id, so that Last-Event-ID is kept');
  await reader.cancel();
  assert.equal(setup.clock.pending, 0, 'no timer is left');
});

test('a stream that comes back gets just what it missed; one from another life gets everything anew', async () => {
  const setup = setUp();
  const first = new Reader(await setup.call('/admin/api/v1/events'));
  setup.breaker.trip('one');
  const [, id = ''] = await first.until(/id: (\S+)\nevent: change/);
  await first.cancel();
  setup.breaker.probe('two');
  setup.breaker.reset('three');

  const again = new Reader(await setup.call('/admin/api/v1/events', { headers: { 'last-event-id': id } }));
  await again.until(/event: snapshot\n/);
  const stranger = new Reader(await setup.call('/admin/api/v1/events', { headers: { 'last-event-id': 'ffff-3' } }));
  await stranger.until(/event: snapshot\n/);

  assert.deepEqual(again.events, ['hello', 'change', 'change', 'snapshot']);
  assert.deepEqual(stranger.events, ['hello', 'resync', 'snapshot']);
  await Promise.all([again.cancel(), stranger.cancel()]);
});

test('nobody opens more than 5 streams, and a closed one makes room', async () => {
  const setup = setUp();
  const readers = [];
  for (let count = 0; count < 5; count += 1) readers.push(new Reader(await setup.call('/admin/api/v1/events')));

  const sixth = await setup.call('/admin/api/v1/events');
  await readers[0]?.cancel();
  const seventh = await setup.call('/admin/api/v1/events');

  assert.deepEqual([sixth.status, seventh.status], [429, 200]);
});

test('a client that does not read is let go, and costs the others nothing', async () => {
  const setup = setUp();
  const slow = await setup.call('/admin/api/v1/events');
  const reader = new Reader(await setup.call('/admin/api/v1/events'));

  for (let count = 0; count < 700; count += 1) {
    setup.breaker.trip(`trip ${count} ${'x'.repeat(400)}`);
    await reader.until(new RegExp(`trip ${count} `));
  }
  const text = await slow.text();

  assert.match(text, /event: bye\ndata: {"reason":"slow"}/);
});

test('the page has its headers; without a session one is sent to sign in; unbuilt it says so; nothing outside is served', async () => {
  const setup = setUp();

  const page = await setup.call('/admin/');
  const outside = await setup.call('/admin/..%2f..%2fetc%2fpasswd');
  const redirect = await setup.call('/admin');
  setup.user = undefined;
  const stranger = await setup.call('/admin/');

  assert.equal(page.status, 503);
  assert.match(await page.text(), /npm run build/);
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'.*frame-ancestors 'none'/);
  assert.equal(outside.status, 404);
  assert.deepEqual([redirect.status, redirect.headers.get('location')], [308, '/admin/']);
  assert.deepEqual([stranger.status, stranger.headers.get('location')], [302, '/sign-in?next=%2Fadmin%2F']);
});
