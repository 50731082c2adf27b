import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { CircuitBreaker } from 'dualbrake';
import { ActionFailedError } from './index.ts';
import type { BreakerView, OperationView, ProblemView, OverviewView } from './contract.ts';
import { origin } from './testing/console-kit.ts';
import { aService, closeAll, open, restart, secret, setUp, type Setup } from './testing/console-setup.ts';
import { StreamReader } from './testing/stream-reader.ts';

afterEach(closeAll);

test('the overview shows each breaker once, with its pipelines, since when and why, and its next probe', async () => {
  const setup = setUp();
  await setup.clock.advance(1_000);
  await open(setup);
  await setup.clock.advance(2_000);

  const report = (await (await setup.call('/admin/api/v1/overview')).json()) as OverviewView;

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
  assert.match(report.verdict.text, /^1 of 1 breakers is blocking calls: database\.$/);
  assert.match(breaker?.reason ?? '', /^2 consecutive failures/);
  assert.equal(report.retries[0]?.pipeline, 'reads');
  assert.deepEqual(
    report.changes.map(({ kind, what }) => `${kind}: ${what}`),
    ['incident: opened: database', 'transition: closed to open'],
  );
});

test('no response contains the message of an error', async () => {
  const setup = setUp();
  await open(setup);

  for (const path of ['report', 'breakers/reads.database', 'services']) {
    assert.doesNotMatch(await (await setup.call(`/admin/api/v1/${path}`)).text(), /hunter2/);
  }
});

test('an action changes the breaker, is logged with its user and reason, and returns the new state', async () => {
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
  const { changes } = (await (await setup.call('/admin/api/v1/overview')).json()) as OverviewView;
  assert.deepEqual(
    changes.map(({ kind, what, actor: by }) => [kind, what, by]),
    [
      ['control', 'trip', 'Ana'],
      ['transition', 'closed to open', null],
    ],
  );
});

test('two simultaneous requests with the same key have one effect; with another body the key is refused', async () => {
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
  [
    'nobody is signed in',
    401,
    'signed-out',
    (setup) => ((setup.user = undefined), setup.call('/admin/api/v1/overview')),
  ],
  [
    'somebody who may only look',
    403,
    'permission',
    (setup) => (
      (setup.user = { id: 'v', name: 'Vera', role: 'viewer' }),
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
  ['the wrong method', 405, 'method', (setup) => setup.call('/admin/api/v1/overview', { method: 'DELETE' })],
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
    (setup) => setup.order('breakers/reads.database/actions', { action: 'trip', reason: 'x'.repeat(100_000) }),
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

test('all problems of a request are reported at once', async () => {
  const response = await setUp().order('breakers/reads.database/actions', { action: 'explode', reason: ' x ' });

  const { errors } = (await response.json()) as ProblemView;
  assert.deepEqual(
    errors?.map(({ pointer }) => pointer),
    ['/action', '/reason'],
  );
});

test('an action on a service reports its steps, and cannot run twice at once or too soon', async () => {
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
  assert.deepEqual([running.state, done.state, done.message], ['applying', 'applied', 'It is back.']);
  assert.deepEqual([second.status, soon.status, soon.headers.get('retry-after'), later.status], [409, 409, '5', 202]);
});

test('an action that takes too long fails with that reason; the message of an error is not shown', async () => {
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
        restart: {
          timeLimitMs: 1_000,
          coolDownMs: 0,
          run: ({ signal: given }) => ((signal = given), new Promise(() => {})),
        },
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
  const { services } = JSON.parse(text) as { services: OverviewView['services'] };
  assert.equal(signal?.aborted, true);
  assert.deepEqual(
    services.map(({ operation }) => [operation?.state, operation?.message]),
    [
      ['expired', 'It took longer than 1 s.'],
      ['failed', 'restart of bad failed. See the log for the reason.'],
    ],
  );
  assert.doesNotMatch(text, /hunter2/);
});

test('actions on a service of the registry go through the registry', async () => {
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
    services: OverviewView['services'];
  };
  assert.equal(accepted.status, 202);
  assert.equal(restarts, 1);
  assert.deepEqual([services[0]?.facts, services[0]?.operation?.state], [{ pid: 7 }, 'applied']);
});

test('the page has its headers, redirects to sign in, reports a missing build, and serves no other files', async () => {
  const setup = setUp();

  const page = await setup.call('/admin/');
  const outside = await setup.call('/admin/..%2f..%2fetc%2fpasswd');
  const redirect = await setup.call('/admin');
  setup.user = undefined;
  const stranger = await setup.call('/admin/');

  assert.equal(page.status, 503);
  assert.match(await page.text(), /npm run build/);
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /default-src 'none'; script-src 'self'.*frame-ancestors 'none'/,
  );
  assert.equal(outside.status, 404);
  assert.deepEqual([redirect.status, redirect.headers.get('location')], [308, '/admin/']);
  assert.deepEqual([stranger.status, stranger.headers.get('location')], [302, '/sign-in?next=%2Fadmin%2F']);
});

async function messageOf(setup: Setup): Promise<string | null | undefined> {
  const report = (await (await setup.call('/admin/api/v1/overview')).json()) as OverviewView;
  return report.services[0]?.operation?.message;
}

test('the message of an ActionFailedError is shown, that of any other error is not', async () => {
  const withCode = Object.assign(new Error(secret), { code: 'ECONNREFUSED' });
  const foreign = setUp([aService(() => Promise.reject(withCode))]);
  const meant = setUp([aService(() => Promise.reject(new ActionFailedError('The queue is not empty.')))]);

  for (const setup of [foreign, meant]) {
    await setup.order('services/mail/actions', restart);
    await setup.clock.advance(0);
  }

  assert.equal(await messageOf(foreign), 'restart of mail failed. See the log for the reason.');
  assert.deepEqual(foreign.faults, [withCode], 'the log can only say why when it is told');
  assert.equal(await messageOf(meant), 'The queue is not empty.');
});

test('the log has no names: actions, outcomes and refusals have the ID of the user', async () => {
  const setup = setUp([aService(() => new Promise(() => {}))]);

  await setup.order('services/mail/actions', restart);
  await setup.order('services/mail/actions', restart);
  await setup.clock.advance(10_000);
  setup.user = undefined;
  await setup.order('services/mail/actions', restart);

  assert.deepEqual(
    setup.log.map(({ event, actor, to }) => [event, actor, to]),
    [
      ['console.action', 'u-1', undefined],
      ['console.denied', 'u-1', undefined],
      ['console.operation.failed', 'u-1', 'up'],
      ['console.denied', undefined, undefined],
    ],
  );
  assert.doesNotMatch(JSON.stringify(setup.log), /Ana/);
});

test('a change of a shared breaker has the ID of the breaker, whatever the pipeline', async () => {
  const setup = setUp();
  const shared = new CircuitBreaker({ name: 'mail', failureThreshold: 1 });
  setup.registry.pipeline('letters', [shared]);
  const reminders = setup.registry.pipeline('reminders', [shared]);

  const refused = Object.assign(new Error(secret), { code: 'ECONNREFUSED', syscall: 'connect' });
  await assert.rejects(reminders.execute(() => Promise.reject(refused)));
  shared.reset('by itself');
  setup.registry.control('reminders', 'mail', 'trip', { reason: 'by the registry' });

  const report = (await (await setup.call('/admin/api/v1/overview')).json()) as OverviewView;
  assert.deepEqual(
    report.changes.filter(({ kind }) => kind !== 'incident').map(({ target }) => target),
    ['letters.mail', 'letters.mail', 'letters.mail', 'letters.mail'],
  );
});

test('a check is a change only if the health has changed', async () => {
  const setup = setUp();
  const from = { at: 0, pipeline: 'reads', policy: 'database', key: 'reads', attributes: {} };

  for (const healthy of [true, true, false, false, true])
    setup.registry.publish({ type: 'check', healthy, error: new Error(secret), ...from });

  const text = await (await setup.call('/admin/api/v1/overview')).text();
  const { changes } = JSON.parse(text) as OverviewView;
  assert.deepEqual(
    changes.map(({ kind, what }) => [kind, what]),
    [
      ['check', 'healthy'],
      ['check', 'not healthy'],
    ],
  );
  assert.doesNotMatch(text, /hunter2/);
});

test('a service’s change is published at once, and a service whose report fails hides no other', async () => {
  const listeners = new Set<() => void>();
  let state = 'up';
  let broken = false;
  const report = (): Record<string, string> => {
    if (broken) throw new Error(secret);
    return { state, reason: 'as the test says' };
  };
  const setup = setUp([
    aService(async () => {}, {
      report,
      subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    }),
    aService(async () => {}, { id: 'sms', name: 'sms' }),
  ]);
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));

  state = 'down';
  for (const tell of listeners) tell();
  await reader.until(/event: service\ndata: .*"what":"up to down","why":"as the test says"/);
  broken = true;
  await setup.clock.advance(20_000);

  const text = await (await setup.call('/admin/api/v1/overview')).text();
  const { services, verdict } = JSON.parse(text) as OverviewView;
  assert.deepEqual(
    services.map((service) => [service.id, service.state]),
    [
      ['mail', 'unknown'],
      ['sms', 'up'],
    ],
  );
  assert.equal(verdict.text, 'The service mail is unknown: its state can’t be read.');
  assert.doesNotMatch(text + reader.text, /hunter2/);
  assert.equal(setup.faults.length, 1, 'told once, not with every snapshot');
  setup.console.close();
  assert.equal(listeners.size, 0);
});

test('a refusal contains the path and the correlation ID', async () => {
  const setup = setUp();
  const problemOf = async (id: string): Promise<Record<string, unknown>> => {
    const response = await setup.call('/admin/api/v1/breakers/none', { headers: { 'x-correlation-id': id } });
    return (await response.json()) as Record<string, unknown>;
  };

  const known = await problemOf('a1-b2');
  const odd = await problemOf('<script>');

  assert.deepEqual([known['instance'], known['correlation_id']], ['/admin/api/v1/breakers/none', 'a1-b2']);
  assert.equal('correlation_id' in odd, false);
});

function unable(): never {
  throw new Error(secret);
}

test('an unexpected error is reported to the application, not to the client, and does not end a stream', async () => {
  const setup = setUp();
  setup.registry.add('broken', [Object.defineProperty({ name: 'broken' }, 'kind', { get: unable })]);

  const response = await setup.call('/admin/api/v1/overview');
  const reader = new StreamReader(await setup.call('/admin/api/v1/events'));
  await setup.clock.advance(10_000);
  await reader.until(/event: heartbeat/);

  assert.equal(response.status, 500);
  assert.doesNotMatch((await response.text()) + reader.text, /hunter2/);
  assert.ok(setup.faults.length > 0);
  await reader.cancel();
});

test('the same key on another URL is another key', async () => {
  const setup = setUp([aService(async () => {}, { id: 'reads.database' })]);
  const headers = { 'idempotency-key': 'the same' };

  const breaker = await setup.order('breakers/reads.database/actions', { action: 'trip', reason: 'please' }, headers);
  const service = await setup.order('services/reads.database/actions', restart, headers);

  assert.deepEqual([breaker.status, service.status], [200, 202]);
});

test('an endless body is not read to its end', async () => {
  const setup = setUp();
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(1_024).fill(0x20));
    },
  });
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'long', origin, host: 'school.test' };
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, duplex: 'half' };

  const response = await setup.call('/admin/api/v1/breakers/reads.database/actions', init);

  assert.equal(response.status, 413);
  assert.ok(pulled < 80, `${pulled} KiB were read`);
});

test('a custom state of a service needs no attention', async () => {
  const setup = setUp([aService(async () => {}, { report: () => ({ state: 'idle', reason: 'no work' }) })]);

  const { verdict } = (await (await setup.call('/admin/api/v1/overview')).json()) as OverviewView;

  assert.equal(verdict.tone, 'good');
});
