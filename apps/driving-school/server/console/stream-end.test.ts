/** The console's stream of events ends with the session of its reader. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Readable } from 'node:stream';
import { sharedDatabase, type TestDatabase } from '../platform/database/testing/test-database.ts';
import { until } from '../platform/database/testing/until.ts';
import { SettableWallClock } from '../platform/wall-clock.ts';
import { openTestApplication, type TestApplication } from '../testing/test-application.ts';

let database: TestDatabase;
let school: TestApplication;
let owner: Browser;
let isDown = false;
const wallClock = new SettableWallClock('2026-06-01T12:00:00Z');

before(async () => {
  database = await sharedDatabase();
  school = await openTestApplication({ database, identify: 'by-session', wallClock, isDown: () => isDown });
  const first = await school.auth.firstOwnerLink();
  assert.ok(first.state === 'new-link');
  owner = await welcome(first.link.token, 'dana@school.example', 'Dana Roy');
});
after(async () => {
  await school.close();
  await database[Symbol.asyncDispose]();
});

test('signing out ends the stream of that session, not of others', async () => {
  const { browser, password, email } = await someone('operator');
  const other = await signIn(email, password);
  const stream = await browser.events();
  const kept = await other.events();
  assert.equal(await browser.send('DELETE', '/api/session'), 204);
  await stream.endedWith('session');
  assert.equal(kept.isOpen(), true);
  kept.close();
});

test('disabling a person, or changing their role, ends the stream immediately', async () => {
  for (const change of [{ disabled: true }, { role: 'instructor' }, { role: 'office' }]) {
    const { browser, id } = await someone('operator');
    const stream = await browser.events();
    assert.equal(await owner.send('PATCH', `/api/users/${id}`, change), 200);
    await stream.endedWith('session');
    assert.equal(await browser.send('GET', '/admin/api/v1/session'), 401, JSON.stringify(change));
  }
});

test('signing out at the console also ends the stream', async () => {
  const { browser } = await someone('office');
  const stream = await browser.events();
  assert.equal(await browser.send('POST', '/admin/sign-out'), 200);
  await stream.endedWith('session');
});

test('an open console is not activity: neither its requests nor its stream keep a session alive', async () => {
  const { browser } = await someone('operator');
  const stream = await browser.events();
  wallClock.advance({ minutes: 20 });
  assert.equal(await browser.send('GET', '/admin/api/v1/overview'), 200);
  assert.equal(await browser.send('GET', '/api/session'), 200);
  await school.console.console.recheck();
  assert.equal(stream.isOpen(), true);
  wallClock.advance({ minutes: 11 });
  await school.console.console.recheck();
  await stream.endedWith('session');
  assert.equal(await browser.send('GET', '/admin/api/v1/overview'), 401);
});

test('an action at the console is activity', async () => {
  const { browser } = await someone('operator');
  wallClock.advance({ minutes: 20 });
  const action = { action: 'check', reason: 'a test' };
  assert.equal(await browser.send('POST', '/admin/api/v1/services/database/actions', action), 202);
  wallClock.advance({ minutes: 20 });
  assert.equal(await browser.send('GET', '/admin/api/v1/overview'), 200);
});

test('a stream continues while the database is unavailable, also without a local copy of its reader', async () => {
  const { browser } = await someone('operator');
  const stream = await browser.events();
  isDown = true;
  try {
    for (let check = 0; check < 10; check += 1) await school.console.console.recheck();
    school.dataFolder.local.exec('DELETE FROM known_users; DELETE FROM known_sessions');
    for (let check = 0; check < 10; check += 1) await school.console.console.recheck();
    assert.equal(stream.isOpen(), true);
  } finally {
    isDown = false;
    stream.close();
  }
});

/** Requests with a session cookie. */
interface Browser {
  send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object): Promise<number>;
  post(url: string, payload: object): Promise<Record<string, unknown>>;
  events(): Promise<Events>;
}

interface Events {
  endedWith(reason: string): Promise<void>;
  isOpen(): boolean;
  close(): void;
}

const ownPage = { host: 'localhost', origin: 'http://localhost', 'sec-fetch-site': 'same-origin' };

function browserWith(cookie: string): Browser {
  const headers = { ...ownPage, cookie };
  return {
    async send(method, url, payload) {
      const sent = { ...headers, ...(payload === undefined ? {} : { 'idempotency-key': randomUUID() }) };
      const body = payload === undefined ? {} : { payload };
      return (await school.app.inject({ method, url, headers: sent, ...body })).statusCode;
    },
    async post(url, payload) {
      return (await school.app.inject({ method: 'POST', url, headers, payload })).json<Record<string, unknown>>();
    },
    async events() {
      const answer = await school.app.inject({ url: '/admin/api/v1/events', headers, payloadAsStream: true });
      assert.equal(answer.statusCode, 200);
      return eventsOf(answer.stream());
    },
  };
}

function eventsOf(stream: Readable): Events {
  let text = '';
  let isOpen = true;
  stream.on('data', (chunk) => (text += String(chunk)));
  stream.on('close', () => (isOpen = false));
  return {
    async endedWith(reason) {
      await until(`the stream ends with ${reason}`, () => text.includes(`event: bye\ndata: {"reason":"${reason}"}`));
    },
    isOpen: () => isOpen,
    close: () => void stream.destroy(),
  };
}

let people = 0;

async function someone(role: string): Promise<{ browser: Browser; id: string; email: string; password: string }> {
  // The clock may have advanced, and invitations require a recent authentication.
  owner = await signIn('dana@school.example', password);
  people += 1;
  const email = `person${people}@school.example`;
  const { data, link } = (await owner.post('/api/users', { name: 'Kim Lee', email, role })) as {
    data: { id: string };
    link: { url: string };
  };
  return { browser: await welcome(link.url.split('#')[1] ?? '', email, 'Kim Lee'), id: data.id, email, password };
}

const password = 'three blue lorries overtake';

async function welcome(token: string, email: string, name: string): Promise<Browser> {
  return opened('/api/welcome', { token, name, email, password });
}

async function signIn(email: string, secret: string): Promise<Browser> {
  return opened('/api/session', { email, password: secret });
}

async function opened(url: string, payload: object): Promise<Browser> {
  const answer = await school.app.inject({ method: 'POST', url, headers: ownPage, payload });
  assert.equal(answer.statusCode, 200, answer.body);
  const cookies = [answer.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0]);
  return browserWith(cookies.join('; '));
}
