import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, Registry, retry } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { z } from 'zod';
import { markAuthenticated, requireRole } from '../http/access.ts';
import { asRole, testHttp } from '../http/testing/test-http.ts';
import { createLog, type LogOptions } from './log.ts';
import { logRecovery } from './recovery-log.ts';

/** Personal data and secrets, none of which may be in a log. */
const personal = {
  name: 'Zephyrine Quackenbush',
  email: 'zephyrine.q@example.ca',
  phone: '+14165550199',
  phoneAsTyped: '(416) 555-0199',
  licence: 'Q1234-56789-01234',
  licenceBare: 'Q12345678901234',
  password: 'correct horse battery staple',
  token: 'dGhpcyBpcyBhIG9uZS10aW1lIHRva2VuIG9mIDMyIGI',
  databasePassword: 'hunter2hunter2',
};

function recorded(options: Partial<LogOptions> = {}) {
  let text = '';
  const log = createLog({ level: 'trace', format: 'json', to: { write: (line) => void (text += line) }, ...options });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

function assertNothingPersonal(text: string): void {
  for (const [what, value] of Object.entries(personal))
    assert.equal(text.includes(value), false, `${what} is in ${text}`);
}

test('requests and errors with personal data leave none of it in the log', async () => {
  const { log, text, lines } = recorded();
  const app = testHttp({ log });
  const inDatabase = Object.assign(new Error(`duplicate key value violates unique constraint "users_email"`), {
    code: '23505',
    detail: `Key (email)=(${personal.email}) already exists.`,
    where: personal.name,
    parameters: [personal.licence],
    constraint: 'users_email',
  });
  const badValue = Object.assign(new Error(`invalid input syntax for type date: "${personal.name}"`), {
    code: '22007',
  });
  const errors = [
    inDatabase,
    badValue,
    new Error(`Unexpected token, "${personal.name} ${personal.phone}" is not valid JSON`),
    new Error(`cannot mail ${personal.email}, call ${personal.phoneAsTyped}`, {
      cause: new Error(`licence ${personal.licenceBare}`),
    }),
    new Error(`connect failed: postgres://school:${personal.databasePassword}@db/school`),
    Object.assign(new TypeError(`The "url" argument must be a string. Received '${personal.name}'`), {
      code: 'ERR_INVALID_ARG_TYPE',
    }),
    Object.assign(new Error('secret in a member'), { password: personal.password, student: { name: personal.name } }),
    personal.name,
  ];
  app.post(
    '/fail/:at',
    { preHandler: requireRole('office'), schema: { body: z.object({}).loose() } },
    async (request) => {
      throw errors[Number((request.params as { at: string }).at)];
    },
  );
  app.get('/students', { preHandler: requireRole('office') }, async () => ({ name: personal.name }));
  const headers = {
    ...asRole('office'),
    cookie: `school_session=${personal.token}`,
    authorization: `Bearer ${personal.token}`,
    referer: `http://localhost/welcome#${personal.token}`,
    'user-agent': personal.name,
  };
  for (const at of errors.keys()) {
    const answer = await app.inject({ method: 'POST', url: `/fail/${at}`, headers, payload: personal });
    assert.ok(answer.statusCode >= 500);
    assertNothingPersonal(answer.body);
  }
  await app.inject({ url: `/students?q=${encodeURIComponent(personal.name)}`, headers });
  await app.inject({ url: `/students?q=${personal.phone}&q=${personal.email}`, headers });
  await app.inject({ url: `/nothing/${personal.email}?token=${personal.token}`, headers });
  await app.close();

  assert.ok(lines().length >= errors.length * 2);
  assertNothingPersonal(text());
  assert.match(text(), /"constraint":"users_email"/);
});

test('lines of anonymous requests are marked, those of authenticated ones are not', async () => {
  const { log, lines } = recorded();
  const app = testHttp({ log });
  app.get('/students', { preHandler: requireRole('office') }, async () => ({}));
  app.post('/open', { config: { access: 'anyone' } }, async (request) => {
    if (request.headers['x-known'] !== undefined) markAuthenticated(request);
    return {};
  });
  await app.inject({ url: '/nothing' });
  await app.inject({ url: '/students' });
  await app.inject({ method: 'POST', url: '/open' });
  await app.inject({ url: '/students', headers: asRole('instructor') });
  await app.inject({ url: '/students', headers: asRole('office') });
  await app.inject({ method: 'POST', url: '/open', headers: { 'x-known': 'yes' } });
  await app.close();
  const requests = lines().filter(({ event }) => event === 'request');
  assert.deepEqual(
    requests.map(({ stranger }) => stranger),
    [true, true, true, undefined, undefined, undefined],
  );
});

test('data logged by mistake is removed by its member name or its pattern', () => {
  const { log, text } = recorded();
  log.info({
    email: personal.email,
    student: { name: personal.name, phone: personal.phone },
    a: { b: { password: personal.password } },
  });
  log.info({ token: personal.token, cookie: personal.token, req: { headers: { cookie: personal.token } } });
  log.info(`student ${personal.email} at ${personal.phoneAsTyped}, licence ${personal.licence}`);
  log.info(`open http://127.0.0.1:3000/welcome#${personal.token}`);
  log.info(`read http://127.0.0.1:3000/calendar/${personal.token}.ics`);
  assertNothingPersonal(text());
});

test('IDs, times and ports are not mistaken for phone numbers', () => {
  const { log, lines } = recorded();
  const line = {
    id: '550e8400-e29b-41d4-a716-446655440000',
    duration_ms: 1234567890.1,
    at: '2026-06-01T12:00:00.000Z',
    port: 5432,
  };
  log.info(line, 'listening on 127.0.0.1:3000');
  const { id, duration_ms, at, port } = lines()[0] as typeof line;
  assert.deepEqual({ id, duration_ms, at, port }, line);
});

test('each line of a request has its correlation ID, also those of retries and breakers', async () => {
  const { log, lines } = recorded();
  const clock = new ManualClock();
  const registry = new Registry({ clock, random: () => 0.5 });
  logRecovery(registry, log);
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 2, resetTimeoutMs: 1_000, clock });
  const read = registry.pipeline('students', [retry({ maxAttempts: 3, baseMs: 90, jitter: 'none' }), breaker]);
  const app = testHttp({ log, clock });
  const failures = [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })];
  app.get('/students/:id', { preHandler: requireRole('office') }, async (request) =>
    read.execute(
      () => {
        const failure = failures.pop();
        if (failure !== undefined) throw failure;
        return {};
      },
      { ...request.recovery, key: 'students.read' },
    ),
  );
  const answering = app.inject({
    url: '/students/7',
    headers: { ...asRole('office'), 'x-correlation-id': 'call-0000007' },
  });
  while (failures.length > 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(90);
  assert.equal((await answering).statusCode, 200);

  const about = lines().filter((line) => line['correlation_id'] === 'call-0000007');
  assert.deepEqual(
    about.map(({ msg }) => msg),
    ['retry 1 of students.read in 90 ms after node.ECONNREFUSED', 'GET /students/:id answered 200'],
  );
  const [retried] = about;
  assert.deepEqual(
    [retried?.['event'], retried?.['level'], retried?.['attempt'], retried?.['delay_ms']],
    ['recovery.retry', 'warn', 1, 90],
  );
  await app.close();
});

test('an opened breaker is one line with the time of the next probe; refused calls are logged at level debug', async () => {
  const { log, lines } = recorded({ level: 'info' });
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  logRecovery(registry, log);
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 2, resetTimeoutMs: 5_000, clock });
  const read = registry.pipeline('students', [breaker]);
  const fail = () =>
    read
      .execute(() => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })))
      .catch(() => {});
  for (let call = 0; call < 20; call += 1) await fail();
  const texts = lines().map(({ msg }) => String(msg));
  assert.equal(texts.length, 1);
  assert.match(
    texts[0] ?? '',
    /^circuit breaker database went from closed to open \(automatic\): .*; next probe in 5000 ms$/,
  );
});

test('the text format is one readable line per event, without personal data', () => {
  const { log, text } = recorded({ format: 'text' });
  log.warn({ event: 'x', email: personal.email, route: '/api/students' }, `mail to ${personal.email}`);
  assert.match(text(), /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: mail to \[e-mail\] .*\/api\/students.*\n$/);
  assertNothingPersonal(text());
});
