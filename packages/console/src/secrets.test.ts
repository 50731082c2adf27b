import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { faultInjection } from 'dualbrake/faults';
import { exportMetrics } from 'dualbrake/prometheus';
import { Registry as MetricsRegistry } from 'prom-client';
import { exportConsoleMetrics, type ConsoleLogEntry } from './index.ts';
import { routes } from './routes.ts';
import { consoleKit, origin, type ConsoleKit } from './testing/console-kit.ts';

/** Invented secrets, each with the part that must not be visible. */
const corpus: readonly (readonly [text: string, hidden: string])[] = [
  ['postgres://clerk:hunter2hunter2@db.internal:5432/school', 'hunter2hunter2'],
  ['connect to redis://:s3cr3tpassw0rd@cache:6379 failed', 's3cr3tpassw0rd'],
  ['Authorization: Bearer abcdefghijklmnop.qrstuvwx', 'abcdefghijklmnop'],
  ['Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4', 'eyJzdWIiOiIxMjM0In0'],
  ['password=correct-horse-battery', 'correct-horse-battery'],
  ['{"api_key":"k3y-0f-th3-p4rtn3r"}', 'k3y-0f-th3-p4rtn3r'],
  ['GET /hook?token=t0k3n-in-an-address&x=1', 't0k3n-in-an-address'],
  ['callback?code=oauth-c0de-once', 'oauth-c0de-once'],
  ['AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  [['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_'), '4eC39HqLyjWDarjtT1zdp7dc'],
  [['ghp', '16C7e42F292c6912E7710c838347Ae178B4a'].join('_'), '16C7e42F292c6912E7710c838347Ae178B4a'],
  [['xoxb', '1234567890', 'abcdefghij'].join('-'), 'abcdefghij'],
  ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqh\n-----END PRIVATE KEY-----', 'MIIEvQIBADANBgkqh'],
  ['card 4111 1111 1111 1111 was refused', '4111 1111 1111 1111'],
  ['Set-Cookie: session=ab12cd34ef56', 'ab12cd34ef56'],
];

const directory = mkdtempSync(join(tmpdir(), 'console-secrets-'));
const logged: ConsoleLogEntry[] = [];
const metrics = new MetricsRegistry();
let kit: ConsoleKit;
/** All responses, with their source. */
const told: [where: string, text: string][] = [];

async function tell(where: string, response: Response): Promise<void> {
  told.push([where, `${[...response.headers].join('\n')}\n${await response.text()}`]);
}

before(async () => {
  kit = consoleKit({
    store: { path: join(directory, 'console.sqlite') },
    drills: { enabled: true },
    log: (entry) => logged.push(entry),
    services: corpus.map(([text], place) => ({
      id: `service-${place}`,
      name: 'database',
      report: () => ({ state: 'down', reason: text, address: text }),
      actions: {
        restart: {
          timeLimitMs: 1_000,
          coolDownMs: 0,
          run: async ({ step }) => {
            step(text);
            throw new Error(text);
          },
        },
      },
    })),
  });
  kit.registry.pipeline('drilled', [kit.database, faultInjection({ name: 'drill' })]);
  exportMetrics(kit.registry, { register: metrics });
  exportConsoleMetrics(kit.console, { register: metrics });
  const stream = await kit.console(new Request(`${origin}/admin/api/v1/events?topics=overview,logs&level=trace`));

  for (const [place, [text]] of corpus.entries()) {
    await meetEverywhere(text, place);
  }
  await kit.clock.advance(120_000);
  await ask();
  told.push(['/events', await textSoFar(stream)]);
  told.push(['the metrics', await metrics.metrics()]);
  told.push(['the log entries', JSON.stringify(logged)]);
  kit.console.close();
  for (const file of readdirSync(directory)) told.push([file, readFileSync(join(directory, file), 'latin1')]);
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** Plants a secret everywhere it may come from. */
async function meetEverywhere(text: string, place: number): Promise<void> {
  const error = Object.assign(new Error(text), { code: text, hint: text, password: text });
  const context = { key: text, attributes: { correlationId: text, path: text } };
  await kit.registry
    .pipeline(`retried-${place}`, [kit.mail])
    .execute(() => Promise.reject(error), context)
    .catch(() => {});
  await kit.mail.execute(() => Promise.reject(new TypeError(text, { cause: error }))).catch(() => {});
  kit.mail.trip(text);
  kit.console.log(
    JSON.stringify({
      level: 50,
      msg: text,
      err: { message: text, stack: text },
      password: text,
      url: text,
      [text]: text,
    }),
  );
  kit.console.log(text);

  const reason = { reason: text };
  const path = encodeURIComponent(text);
  const headers = {
    authorization: text,
    cookie: text,
    'x-correlation-id': 'c-1',
    'user-agent': text.replaceAll('\n', ' '),
  };
  const plain = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replaceAll('\n', ' ')]));
  const order = async (method: string, address: string, body: unknown, more = {}): Promise<void> =>
    tell(`${method} ${address}`, await kit.order(method, address, body, { ...plain, ...more }));

  await order('POST', 'breakers/retried-0.mail/actions', { action: 'reset', ...reason });
  await order('POST', 'breakers/reads.database/actions', { action: 'trip', ...reason });
  await order('POST', `breakers/${path}/actions`, { action: 'trip', ...reason });
  await order('PUT', 'breakers/reads.database/override', { mode: 'isolated', ...reason });
  await order('DELETE', 'breakers/reads.database/override', reason);
  await order(
    'PATCH',
    'config',
    { settings: { 'reads.database': { failureThreshold: 3 + place } }, ...reason },
    { 'if-match': '*' },
  );
  await order(
    'PATCH',
    'config',
    { settings: { [text]: { [text]: 1 } }, ...reason },
    { 'if-match': text.replaceAll('\n', ' ') },
  );
  await order('PATCH', 'config', { settings: { [text]: { [text]: 1 } }, ...reason }, { 'if-match': '*' });
  await order('POST', 'config/validate', { settings: { 'reads.database': { [text]: 1 } } });
  await order('POST', 'incidents/1/notes', { note: text });
  await order('POST', `services/service-${place}/actions`, { action: 'restart', ...reason });
  await order('POST', `services/service-${place}/actions`, { action: text.slice(0, 100), ...reason });
  await order('POST', 'bulk-operations', {
    action: 'reset',
    filter: { q: text.slice(0, 200) },
    dry_run: true,
    ...reason,
  });
  await order('POST', 'faults', {
    target: 'drilled.drill',
    kind: 'error',
    ttl_ms: 1_000,
    stop_conditions: [{ type: 'loop_delay', above_ms: 60_000 }],
    ...reason,
  });
  await order('POST', 'faults', { target: text, kind: text, ttl_ms: text, ...reason });
  await order('POST', 'breakers/reads.database/actions', { action: text, [text]: text, ...reason });
  await tell(
    'a wrong query',
    await kit.console(new Request(`${origin}/admin/api/v1/logs?level=${path}&limit=${path}`)),
  );
  await tell('a search', await kit.console(new Request(`${origin}/admin/api/v1/logs?q=${path}`)));
  await kit.clock.advance(2_000);
}

/** All readable URLs, with IDs that exist. */
async function ask(): Promise<void> {
  const ids: Readonly<Record<string, readonly string[]>> = {
    '/incidents': ['1', '2'],
    '/config': ['0', '1'],
    '/services': ['service-0', 'service-3'],
    '/breakers': ['reads.database', 'retried-0.mail', 'letters.mail'],
  };
  for (const { method, path } of routes) {
    if (method !== 'GET' || path === '/events') continue;
    const [, first = ''] = path.split('/');
    for (const id of ids[`/${first}`] ?? ['reads.database']) {
      const address = path.replaceAll(/\{\w+\}/g, id);
      await tell(`GET ${address}`, await kit.console(new Request(`${origin}/admin/api/v1${address}`)));
    }
  }
  for (const format of ['json', 'markdown', 'csv', 'ndjson']) {
    for (const path of ['incidents/1/export', 'audit/export'])
      await tell(
        `${path} as ${format}`,
        await kit.console(new Request(`${origin}/admin/api/v1/${path}?format=${format}`)),
      );
  }
}

async function textSoFar({ body }: Response): Promise<string> {
  const reader = body?.getReader() ?? assert.fail();
  let text = '';
  for (;;) {
    const next = await Promise.race([
      reader.read(),
      new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
    ]);
    if (next?.value === undefined) break;
    text += new TextDecoder().decode(next.value);
  }
  await reader.cancel();
  return text;
}

for (const [place, [text, hidden]] of corpus.entries()) {
  test(`secret ${place + 1}, ${text.slice(0, 12).trim()}…, is in no answer, stream, export, metric, log entry or file`, () => {
    assert.ok(told.length > 300, `${told.length} places were looked at`);
    const forms = [hidden, encodeURIComponent(hidden), hidden.replaceAll(' ', '+')];
    const leaks = told.filter(([, where]) => forms.some((form) => where.includes(form)));
    assert.deepEqual(
      leaks.map(([where, all]) => `${where}: …${around(all, forms)}…`),
      [],
    );
  });
}

function around(text: string, forms: readonly string[]): string {
  const at = Math.max(...forms.map((form) => text.indexOf(form)));
  return text.slice(Math.max(0, at - 60), at + 60);
}

test('the searched responses contain what they should', () => {
  const all = told.map(([, text]) => text).join('\n');
  for (const expected of [
    '[secret]',
    '[key]',
    '[card]',
    '[token]',
    'config.saved',
    'recovery_breaker_state',
    'event: log',
  ])
    assert.ok(all.includes(expected), expected);
});
