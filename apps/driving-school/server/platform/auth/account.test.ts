import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import { sharedDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import type { IdentityTables } from './identity-tables.ts';
import { ownerPassword, TestSchool, type Browser } from './testing/test-school.ts';

let database: TestDatabase;
before(async () => {
  database = await sharedDatabase();
});
after(() => database[Symbol.asyncDispose]());

/** An empty school on the shared database, with a manual clock. */
const emptySchool = (clock = new ManualClock()): Promise<TestSchool> => TestSchool.empty(database, { clock });

const windows =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

async function signIn(school: TestSchool, password = ownerPassword, userAgent = windows): Promise<Browser> {
  const browser = school.browser();
  const answer = await browser.send(
    'POST',
    '/api/session',
    { email: 'dana@school.example', password },
    { 'user-agent': userAgent },
  );
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return browser;
}

const status = async (browser: Browser, headers?: Record<string, string>) =>
  (await browser.send('GET', '/api/session', undefined, headers)).status;

interface Listed {
  readonly id: string;
  readonly device: string;
  readonly current: boolean;
  readonly last_seen_at: string;
}

async function sessionsOf(browser: Browser): Promise<Listed[]> {
  return (await browser.send('GET', '/api/account/sessions')).body['data'] as unknown as Listed[];
}

describe('the account', () => {
  for (const role of ['owner', 'office', 'instructor', 'operator'] as const) {
    test(`is available to an ${role}`, async () => {
      const school = await emptySchool();
      const owner = await school.owner();
      const { browser } = await school.invited(owner, role, 'somebody@school.example');
      const { body } = await browser.send('GET', '/api/account');
      const { id: _, ...user } = body['user'] as unknown as Record<string, string>;
      assert.deepEqual(user, { name: `Some ${role}`, email: 'somebody@school.example', role });
      assert.equal((await sessionsOf(browser)).length, 1);
    });
  }
});

describe('changing the password', () => {
  test('requires the current one, ends the other sessions and keeps this one', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const phone = await signIn(school);
    const change = { current_password: ownerPassword, new_password: 'seven purple kettles sing' };
    const wrong = await owner.send('POST', '/api/account/password', { ...change, current_password: 'not this one' });
    assert.deepEqual(
      [wrong.status, wrong.body['errors']],
      [422, [{ pointer: '/current_password', code: 'wrong_password', message: 'This is not your current password.' }]],
    );
    assert.equal(await status(phone), 200);

    const changed = await owner.send('POST', '/api/account/password', change);
    assert.equal(changed.status, 200);
    assert.equal(await status(phone), 401);
    assert.equal(await status(owner), 200);
    assert.deepEqual(
      (await sessionsOf(owner)).map(({ current }) => current),
      [true],
    );
    await signIn(school, 'seven purple kettles sing');
    const old = await school
      .browser()
      .send('POST', '/api/session', { email: 'dana@school.example', password: ownerPassword });
    assert.equal(old.status, 401);
  });

  test('refuses a weak one and the current one, with the reason', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    for (const [wanted, message] of [
      ['short', /^Use at least 12 characters/],
      ['password1234', /^Attackers try common passwords like this one first/],
      ['danaroy-2026!', /^This is mostly your name/],
      [ownerPassword, /^This is your current password/],
    ] as const) {
      const answer = await owner.send('POST', '/api/account/password', {
        current_password: ownerPassword,
        new_password: wanted,
      });
      const [problem] = answer.body['errors'] as unknown as { pointer: string; message: string }[];
      assert.deepEqual([answer.status, problem?.pointer], [422, '/new_password']);
      assert.match(problem?.message ?? '', message);
    }
  });

  test('is slowed down after five wrong guesses at the current one', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const statuses = [];
    for (let at = 0; at < 6; at += 1) {
      const answer = await owner.send('POST', '/api/account/password', {
        current_password: `guess ${at}`,
        new_password: 'seven purple kettles sing',
      });
      statuses.push(answer.status);
    }
    assert.deepEqual(statuses, [422, 422, 422, 422, 422, 429]);
  });

  test('a one-time link refuses a weak password too', async () => {
    const school = await emptySchool();
    const link = await school.ownerLink();
    const answer = await school.browser().send('POST', '/api/welcome', {
      token: link.token,
      name: 'Dana Roy',
      email: 'dana@school.example',
      password: 'password1234',
    });
    assert.deepEqual([answer.status, answer.body['code']], [422, 'invalid_request']);
    assert.match(String(answer.body['detail']), /^Attackers try common passwords/);
  });
});

describe('the list of sessions', () => {
  test('has the devices of this user only, and marks the current one', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    await school.invited(owner, 'office');
    const phone = await signIn(school, ownerPassword, iPhone);
    const listed = await sessionsOf(phone);
    assert.deepEqual(listed.map(({ device, current }) => `${device}, ${current ? 'this one' : 'another'}`).toSorted(), [
      'Safari on iPhone, this one',
      'Unknown device, another',
    ]);
  });

  test('ends one or all others immediately, even for copies of their cookies', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const phone = await signIn(school, ownerPassword, iPhone);
    const desk = await signIn(school);
    const { id = '' } = (await sessionsOf(owner)).find(({ device }) => device === 'Safari on iPhone') ?? {};
    const { browser: colleague } = await school.invited(owner, 'office');
    assert.equal((await colleague.send('DELETE', `/api/account/sessions/${id}`)).status, 404);
    assert.equal(await status(phone), 200);

    assert.equal((await owner.send('DELETE', `/api/account/sessions/${id}`)).status, 204);
    assert.equal(await status(phone), 401);
    assert.equal((await owner.send('DELETE', `/api/account/sessions/${id}`)).status, 404);
    const all = await owner.send('DELETE', '/api/account/sessions');
    assert.deepEqual([all.status, all.body], [200, { ended: 1 }]);
    assert.equal(await status(desk), 401);
    assert.equal(await status(owner), 200);
  });

  test('omits those that have signed out', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const phone = await signIn(school);
    await phone.send('DELETE', '/api/session');
    assert.equal((await sessionsOf(owner)).length, 1);
  });

  test('an ended session stays ended during an outage and after a restart', async () => {
    const clock = new ManualClock();
    const school = await emptySchool(clock);
    const owner = await school.owner();
    const phone = await signIn(school);
    await owner.send('DELETE', '/api/account/sessions');
    const restarted = school.restarted({ clock });
    restarted.databaseIsDown = true;
    const [again, thief] = [restarted.browser(), restarted.browser()];
    again.cookie = owner.cookie;
    thief.cookie = phone.cookie;
    assert.deepEqual([await status(again), await status(thief)], [200, 401]);
  });

  test('a session that another instance has ended ends here within seconds', async () => {
    const clock = new ManualClock();
    const school = await emptySchool(clock);
    const owner = await school.owner();
    const other = new TestSchool(school.database, { clock }, undefined);
    assert.equal(await status(owner), 200);
    await database.kysely.withTables<IdentityTables>().updateTable('sessions').set({ ended_at: new Date() }).execute();
    await clock.advance(3_000);
    assert.equal(await status(owner), 401);
    await other.app.close();
  });

  test('a session without a local copy cannot be confirmed during an outage', async () => {
    const clock = new ManualClock();
    const school = await emptySchool(clock);
    const owner = await school.owner();
    school.local.exec('DELETE FROM known_sessions');
    const restarted = school.restarted({ clock });
    restarted.databaseIsDown = true;
    const again = restarted.browser();
    again.cookie = owner.cookie;
    assert.equal(await status(again), 503);
  });

  test('a full disk does not keep a session alive', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const phone = await signIn(school);
    school.local.exec('DROP TABLE ended_sessions; CREATE VIEW ended_sessions AS SELECT NULL AS id WHERE false');
    assert.equal((await owner.send('DELETE', '/api/account/sessions')).status, 200);
    assert.equal((await owner.send('DELETE', '/api/session')).status, 204);
    assert.deepEqual([await status(owner), await status(phone)], [401, 401]);
  });
});

describe('the idle timeout', () => {
  test('ends a session after thirty minutes without activity', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    school.wallClock.advance({ minutes: 29 });
    assert.equal((await owner.send('GET', '/api/account')).status, 200);
    school.wallClock.advance({ minutes: 30 });
    assert.equal((await owner.send('GET', '/api/account')).status, 200);
    school.wallClock.advance({ minutes: 30, seconds: 1 });
    assert.equal((await owner.send('GET', '/api/account')).status, 401);
    school.wallClock.set('2026-06-01T12:59:30Z');
    assert.equal((await owner.send('GET', '/api/account')).status, 401, 'an ended session stays ended');
  });

  test('polling by an open page is not activity; pages report activity in a header', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    school.wallClock.advance({ minutes: 20 });
    const polled = await owner.send('GET', '/api/session');
    assert.equal(polled.body['idle_ends_at'], '2026-06-01T12:30:00Z');
    const none = { 'x-user-activity': 'none' };
    assert.equal((await owner.send('GET', '/api/account', undefined, none)).status, 200);
    assert.equal((await owner.send('GET', '/api/session')).body['idle_ends_at'], '2026-06-01T12:30:00Z');
    const recent = await owner.send('GET', '/api/session', undefined, { 'x-user-activity': 'recent' });
    assert.equal(recent.body['idle_ends_at'], '2026-06-01T12:50:00Z');
    school.wallClock.advance({ minutes: 31 });
    assert.equal(
      await status(owner, { 'x-user-activity': 'recent' }),
      401,
      'activity does not revive an ended session',
    );
  });

  test('is as long as configured', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const strict = school.restarted({ clock: new ManualClock(), idleMs: 5 * 60_000 });
    const browser = strict.browser();
    browser.cookie = owner.cookie;
    school.wallClock.advance({ minutes: 5 });
    assert.equal(await status(browser), 200);
    school.wallClock.advance({ seconds: 1 });
    assert.equal(await status(browser), 401);
  });

  test('continues during an outage, in which activity counts, and after it', async () => {
    const clock = new ManualClock();
    const school = await emptySchool(clock);
    const owner = await school.owner();
    const idle = await signIn(school);
    const recent = { 'x-user-activity': 'recent' };
    school.databaseIsDown = true;
    for (let minutes = 0; minutes < 60; minutes += 20) {
      await clock.advance(20 * 60_000);
      school.wallClock.advance({ minutes: 20 });
      assert.equal(await status(owner, recent), 200);
    }
    assert.equal(await status(idle, recent), 401);

    const restarted = school.restarted({ clock });
    restarted.databaseIsDown = true;
    const again = restarted.browser();
    again.cookie = owner.cookie;
    assert.equal(await status(again), 200);
    restarted.databaseIsDown = false;
    await clock.advance(5_000);
    assert.equal(await status(again), 200);
    assert.equal((await again.send('GET', '/api/session')).body['database'], 'up');
  });

  test('activity is written at most once a minute', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const seen = async () => (await sessionsOf(owner))[0]?.last_seen_at;
    school.wallClock.advance({ seconds: 59 });
    assert.equal(await seen(), '2026-06-01T12:00:00.000Z');
    school.wallClock.advance({ seconds: 1 });
    assert.equal(await seen(), '2026-06-01T12:01:00.000Z');
  });

  test('setting the clock back does not extend sessions', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    school.wallClock.set('2026-06-01T09:00:00Z');
    assert.equal(await status(owner), 401);
  });
});
