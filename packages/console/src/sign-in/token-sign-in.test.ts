import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { AuditRecord, SessionView } from '../contract.ts';
import type { ConsoleLogEntry, ConsoleOptions } from '../options.ts';
import { consoleKit, origin, type ConsoleKit } from '../testing/console-kit.ts';

const firstToken = 'first-token-of-at-least-32-characters';
const MINUTE_MS = 60_000;

interface Door {
  readonly kit: ConsoleKit;
  readonly log: ConsoleLogEntry[];
  token: string | undefined;
  /** The address of the client. */
  address: string;
  /** Sends the form. */
  enter(token: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Sends a request with a cookie, as a browser does. */
  ask(path: string, cookie?: string, init?: RequestInit): Promise<Response>;
}

function door(context: TestContext, options: Partial<ConsoleOptions> = {}, site = origin): Door {
  const log: ConsoleLogEntry[] = [];
  const kit = consoleKit({
    tokenSignIn: {
      token: () => opened.token,
      user: { id: 'token', name: 'Operator’s token', role: 'operator' },
      addressOf: () => opened.address,
    },
    log: (entry) => log.push(entry),
    ...options,
  });
  context.after(() => kit.console.close());
  kit.user = undefined;
  const opened: Door = {
    kit,
    log,
    token: firstToken,
    address: '10.0.0.1',
    enter: (token, fields = {}, headers = {}) =>
      kit.console(
        new Request(`${site}/admin/sign-in`, {
          method: 'POST',
          headers: { origin: site, host: new URL(site).host, 'sec-fetch-site': 'same-origin', ...headers },
          body: new URLSearchParams({ token, ...fields }),
        }),
      ),
    ask: (path, cookie, init = {}) =>
      kit.console(
        new Request(`${site}/admin${path}`, {
          ...init,
          headers: { ...(cookie === undefined ? {} : { cookie }), ...(init.headers as Record<string, string>) },
        }),
      ),
  };
  return opened;
}

function cookieOf(response: Response): string {
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** Reads the whole audit log. */
async function auditOf({ kit }: Door): Promise<readonly AuditRecord[]> {
  kit.user = { id: 'u-9', name: 'Aud', role: 'admin' };
  const { records } = await kit.get<{ records: readonly AuditRecord[] }>('audit?action=console.&limit=500');
  kit.user = undefined;
  return records.toReversed();
}

test('the token opens a session with the token’s role', async (context) => {
  const opened = door(context);
  const response = await opened.enter(firstToken, { next: '/admin/plain' });
  assert.deepEqual([response.status, response.headers.get('location')], [303, '/admin/plain']);
  assert.match(
    response.headers.get('set-cookie') ?? '',
    /^console_token=[\w-]{80,}; Path=\/admin; Max-Age=3600; HttpOnly; SameSite=Strict$/,
  );
  const session = (await (await opened.ask('/api/v1/session', cookieOf(response))).json()) as SessionView;
  assert.deepEqual(
    [session.name, session.role, session.authentication, session.expires_at],
    ['Operator’s token', 'operator', 'token-session', '2026-11-23T18:00:00.000Z'],
  );
  assert.equal((await opened.ask('/api/v1/session')).status, 401);
});

test('over HTTPS the cookie is Secure', async (context) => {
  const opened = door(context, {}, 'https://school.test');
  const response = await opened.enter(firstToken);
  assert.match(response.headers.get('set-cookie') ?? '', /^__Secure-console_token=\S+; .*; Secure$/);
  assert.equal((await opened.ask('/api/v1/session', cookieOf(response))).status, 200);
  const bare = cookieOf(response).replace('__Secure-', '');
  assert.equal((await opened.ask('/api/v1/session', bare)).status, 401);
});

test('a session ends after an hour, and after 15 minutes without a request', async (context) => {
  const opened = door(context);
  const idle = cookieOf(await opened.enter(firstToken));
  let busy = idle;
  const answers: number[] = [];
  for (let minutes = 0; minutes < 60; minutes += 10) {
    const answer = await opened.ask('/api/v1/session', busy);
    answers.push(answer.status);
    busy = cookieOf(answer) || busy;
    await opened.kit.clock.advance(10 * MINUTE_MS);
    if (minutes === 0) assert.equal((await opened.ask('/api/v1/session', idle)).status, 200);
    if (minutes === 10) assert.equal((await opened.ask('/api/v1/session', idle)).status, 401);
  }
  assert.deepEqual(answers, [200, 200, 200, 200, 200, 200]);
  assert.equal((await opened.ask('/api/v1/session', busy)).status, 401);
});

test('a new token ends the sessions of the old one, and without a token nobody can sign in', async (context) => {
  const opened = door(context);
  const cookie = cookieOf(await opened.enter(firstToken));
  opened.token = 'second-token-of-at-least-32-characters';
  assert.equal((await opened.ask('/api/v1/session', cookie)).status, 401);
  assert.equal((await opened.enter(firstToken)).status, 401);
  assert.equal((await opened.enter(opened.token)).status, 303);
  opened.token = 'too short';
  assert.equal((await opened.enter('too short')).status, 401);
  opened.token = undefined;
  assert.equal((await opened.enter('')).status, 401);
});

test('signing out invalidates copies of the cookie, also after a restart', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'token-sign-in-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const key = 'the same for both processes';
  const user = { id: 'token', name: 'Operator’s token', role: 'operator' } as const;
  const options = {
    store: { path: join(directory, 'console.sqlite') },
    tokenSignIn: { token: () => firstToken, user, key },
  };
  const first = door(context, options);
  const left = cookieOf(await first.enter(firstToken));
  const kept = cookieOf(await first.enter(firstToken));
  const out = await first.ask('/sign-out', left, {
    method: 'POST',
    headers: { origin, host: 'school.test', 'sec-fetch-site': 'same-origin' },
  });
  assert.deepEqual([out.status, await out.json()], [200, { next: '/admin/sign-in' }]);
  assert.match(out.headers.get('set-cookie') ?? '', /^console_token=; .*Max-Age=0/);
  assert.equal((await first.ask('/api/v1/session', left)).status, 401);
  first.kit.console.close();

  const second = door(context, options);
  assert.equal((await second.ask('/api/v1/session', left)).status, 401);
  assert.equal((await second.ask('/api/v1/session', kept)).status, 200);
});

test('signing out ends the session of the application as well', async (context) => {
  let ended = 0;
  const signOut = (): HeadersInit => {
    ended += 1;
    return { 'set-cookie': 'school=; Max-Age=0' };
  };
  const opened = door(context, { signOut, signInPath: '/in' });
  const headers = { origin, host: 'school.test', 'content-type': 'application/x-www-form-urlencoded' };
  const out = await opened.ask('/sign-out', undefined, { method: 'POST', headers });
  assert.deepEqual([out.status, out.headers.get('location'), ended], [303, '/in', 1]);
  assert.equal(out.headers.get('set-cookie'), 'school=; Max-Age=0');
  const foreign = await opened.ask('/sign-out', undefined, {
    method: 'POST',
    headers: { ...headers, origin: 'https://evil.test' },
  });
  assert.deepEqual([foreign.status, ended], [403, 1]);
});

test('wrong tokens are slowed down per address and overall; the right one has to wait as well', async (context) => {
  const opened = door(context);
  const statuses: number[] = [];
  for (let count = 0; count < 6; count += 1) statuses.push((await opened.enter(`guess ${count}`)).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
  const waiting = await opened.enter(firstToken);
  assert.deepEqual([waiting.status, waiting.headers.get('retry-after')], [429, '1']);
  assert.match(await waiting.text(), /role="alert"[^>]*>Too many wrong tokens\. Wait 1 second, then try again\./);
  await opened.kit.clock.advance(1_000);
  assert.equal((await opened.enter(firstToken)).status, 303);

  for (let count = 0; count < 25; count += 1) {
    opened.address = `10.0.1.${count}`;
    await opened.enter('a guess');
  }
  opened.address = '10.0.2.1';
  assert.equal((await opened.enter('a guess')).status, 429);
});

test('simultaneous tries don’t bypass the limit', async (context) => {
  const opened = door(context);
  const all = await Promise.all(Array.from({ length: 40 }, (_, place) => opened.enter(`guess ${place}`)));
  assert.equal(all.filter(({ status }) => status === 401).length, 5);
});

test('sign-ins, failures and sign-outs are in the audit log, bounded and without the token', async (context) => {
  const opened = door(context);
  await opened.enter('a wrong token of somebody');
  const cookie = cookieOf(await opened.enter(firstToken));
  await opened.ask('/sign-out', cookie, { method: 'POST', headers: { origin, host: 'school.test' } });
  const first = await auditOf(opened);
  assert.deepEqual(
    first.map(({ action, actor, outcome, params }) => [action, actor.type, actor.id, outcome, params['from']]),
    [
      ['console.sign-in', 'unknown', 'unknown', 'denied', '10.0.0.1'],
      ['console.sign-in', 'token', 'token', 'recorded', '10.0.0.1'],
      ['console.sign-out', 'token', 'token', 'recorded', undefined],
    ],
  );
  for (let count = 0; count < 1_000; count += 1) {
    opened.address = `10.2.${count >> 8}.${count & 255}`;
    await opened.enter('a wrong token of somebody');
  }
  const all = await auditOf(opened);
  assert.ok(all.length < 60, `${all.length} lines`);
  assert.doesNotMatch(JSON.stringify([all, opened.log]), /wrong token of somebody|first-token/);
  assert.ok(opened.log.some(({ event }) => event === 'console.signed_in'));
});

test('actions in a token session need the console’s own page, and name the token in the audit log', async (context) => {
  const opened = door(context);
  const cookie = cookieOf(await opened.enter(firstToken));
  const order = (headers: Record<string, string>) =>
    opened.ask('/api/v1/breakers/letters.mail/actions', cookie, {
      method: 'POST',
      body: JSON.stringify({ action: 'trip', reason: 'to try it' }),
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one', host: 'school.test', ...headers },
    });
  assert.equal((await order({})).status, 403);
  assert.equal((await order({ origin: 'https://evil.test' })).status, 403);
  assert.equal((await order({ origin, 'sec-fetch-site': 'same-origin' })).status, 200);
  opened.kit.user = { id: 'u-9', name: 'Aud', role: 'admin' };
  const { records, names } = await opened.kit.get<{ records: AuditRecord[]; names: Record<string, string> }>(
    'audit?action=breaker.trip',
  );
  assert.deepEqual([records[0]?.actor.type, names[records[0]?.actor.id ?? '']], ['token', 'Operator’s token']);
});

test('the form is accepted only from the console’s own page, and redirects only to the console', async (context) => {
  const opened = door(context);
  assert.equal((await opened.enter(firstToken, {}, { origin: 'https://evil.test' })).status, 403);
  assert.equal((await opened.enter(firstToken, {}, { 'sec-fetch-site': 'cross-site' })).status, 403);
  for (const next of ['https://evil.test/', '//evil.test/', '/admin/../evil', '/administrator', '/admin/\\evil', '']) {
    const { headers } = await opened.enter(firstToken, { next });
    assert.match(headers.get('location') ?? '', /^\/admin\/(%5C|\/)?(evil)?$/, next);
  }
  const big = await opened.enter(firstToken, { next: 'x'.repeat(10_000) });
  assert.equal(big.status, 413);
});

test('people who aren’t signed in are sent to the application, or to the token page while nobody can sign in there', async (context) => {
  let canSignIn = true;
  const opened = door(context, { canSignIn: () => canSignIn, application: { name: 'School', homePath: '/' } });
  const sentTo = async (path: string) => (await opened.ask(path)).headers.get('location');
  assert.equal(await sentTo('/'), '/sign-in?next=%2Fadmin%2F');
  // The application's page needs scripts.
  assert.equal(await sentTo('/plain'), '/admin/sign-in?next=%2Fadmin%2Fplain');
  canSignIn = false;
  assert.equal(await sentTo('/'), '/admin/sign-in?next=%2Fadmin%2F');
  const page = await (await opened.ask('/sign-in?next=/admin/plain')).text();
  assert.match(page, /Nobody can sign in to School right now/);
  assert.match(page, /<input[^>]+type="password"[^>]+autofocus/);
  assert.match(page, /name="next" value="\/admin\/plain"/);
  assert.doesNotMatch(page, /<script/);
});

test('without the option, the page doesn’t exist', async (context) => {
  const kit = consoleKit();
  context.after(() => kit.console.close());
  assert.equal((await kit.console(new Request(`${origin}/admin/sign-in`))).status, 404);
  kit.user = undefined;
  const plain = await kit.console(new Request(`${origin}/admin/plain`));
  assert.equal(plain.headers.get('location'), '/sign-in?next=%2Fadmin%2Fplain');
});
