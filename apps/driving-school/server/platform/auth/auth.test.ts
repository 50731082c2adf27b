import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import { sharedDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import type { IdentityTables } from './identity-tables.ts';
import { ownerPassword, TestSchool } from './testing/test-school.ts';

let database: TestDatabase;
before(async () => {
  database = await sharedDatabase();
});
after(() => database[Symbol.asyncDispose]());

/** An empty school on the shared database, because starting a database takes seconds. */
const emptySchool = (options: { clock?: ManualClock; idleMs?: number } = {}): Promise<TestSchool> =>
  TestSchool.empty(database, options);

describe('the first owner', () => {
  test('chooses a password with the one-time link, is signed in, and signs in again later', async () => {
    const { ownerLink, browser } = bound(await emptySchool());
    const link = await ownerLink();
    const first = browser();
    const check = await first.send('POST', '/api/welcome/check', { token: link.token });
    assert.deepEqual([check.status, check.body], [200, { purpose: 'owner', role: 'owner' }]);

    const welcome = { token: link.token, name: 'Dana Roy', email: 'Dana@School.example', password: ownerPassword };
    const answer = await first.send('POST', '/api/welcome', welcome);
    assert.equal(answer.status, 200);
    assert.match(String(answer.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
    const session = await first.send('GET', '/api/session');
    assert.equal(session.status, 200);
    const { id, ...user } = session.body['user'] as unknown as { id: string };
    assert.match(id, /^[\da-f-]{36}$/);
    assert.deepEqual(user, { name: 'Dana Roy', email: 'dana@school.example', role: 'owner' });
    assert.equal(session.body['database'], 'up');

    const second = browser();
    const signIn = await second.send('POST', '/api/session', {
      email: ' DANA@school.example',
      password: ownerPassword,
    });
    assert.equal(signIn.status, 200);
    assert.equal((await second.send('GET', '/api/session')).status, 200);
  });

  test('gets no further link once there is a password', async () => {
    const { auth, owner } = bound(await emptySchool());
    await owner();
    assert.deepEqual(await auth.firstOwnerLink(), { state: 'signed-up' });
  });

  test('has one valid link: a newer one ends the older', async () => {
    const { ownerLink, browser } = bound(await emptySchool());
    const old = await ownerLink();
    const fresh = await ownerLink();
    assert.equal((await browser().send('POST', '/api/welcome/check', { token: old.token })).status, 404);
    assert.equal((await browser().send('POST', '/api/welcome/check', { token: fresh.token })).status, 200);
  });

  test('gets the problem of a password at its field, and the link stays valid', async () => {
    const { ownerLink, browser } = bound(await emptySchool());
    const token = (await ownerLink()).token;
    const weak = { token, name: 'Dana Roy', email: 'dana@school.example', password: 'short' };
    const answer = await browser().send('POST', '/api/welcome', weak);
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body['errors'], [
      {
        pointer: '/password',
        code: 'weak_password',
        message: 'Use at least 12 characters. Three or four unrelated words are easy to remember.',
      },
    ]);
    assert.equal((await browser().send('POST', '/api/welcome', { ...weak, password: ownerPassword })).status, 200);
  });
});

describe('a one-time link', () => {
  test('works once, also in concurrent requests', async () => {
    const { ownerLink, browser } = bound(await emptySchool());
    const token = (await ownerLink()).token;
    const use = () =>
      browser().send('POST', '/api/welcome', {
        token,
        name: 'Dana',
        email: 'd@school.example',
        password: ownerPassword,
      });
    const answers = await Promise.all([use(), use(), use()]);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 410, 410],
    );
    for (let time = 0; time < 5; time += 1) {
      const again = await browser().send('POST', '/api/welcome/check', { token });
      assert.deepEqual([again.status, again.body['code']], [410, 'link_used']);
    }
  });

  test('expires', async () => {
    const { ownerLink, browser } = bound(await emptySchool());
    const token = (await ownerLink()).token;
    const tables = database.kysely.withTables<IdentityTables>();
    await tables
      .updateTable('one_time_links')
      .set({ expires_at: new Date(Date.now() - 1_000) })
      .execute();
    const check = await browser().send('POST', '/api/welcome/check', { token });
    assert.deepEqual([check.status, check.body['code']], [410, 'link_expired']);
    const use = await browser().send('POST', '/api/welcome', {
      token,
      name: 'Dana',
      email: 'd@school.example',
      password: ownerPassword,
    });
    assert.equal(use.status, 410);
  });

  test('is stored in a form that cannot be used', async () => {
    const { ownerLink } = bound(await emptySchool());
    const { token } = await ownerLink();
    const rows = await database.kysely.withTables<IdentityTables>().selectFrom('one_time_links').selectAll().execute();
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.token_hash.length, 32);
    assert.equal(JSON.stringify(rows).includes(token), false);
    assert.equal(rows[0]?.token_hash.equals(Buffer.from(token, 'base64url')), false);
  });

  test('that was forged is not valid', async () => {
    const { browser } = bound(await emptySchool());
    const answer = await browser().send('POST', '/api/welcome/check', { token: 'x'.repeat(43) });
    assert.deepEqual([answer.status, answer.body['code']], [404, 'link_unknown']);
  });
});

describe('signing in', () => {
  test('gives the same response to an unknown address and a wrong password', async () => {
    const { owner, browser } = bound(await emptySchool());
    await owner();
    const wrong = await browser().send('POST', '/api/session', {
      email: 'dana@school.example',
      password: 'not the password',
    });
    const unknown = await browser().send('POST', '/api/session', {
      email: 'nobody@school.example',
      password: 'not the password',
    });
    assert.equal(wrong.status, 401);
    const { correlation_id: _, ...first } = wrong.body;
    const { correlation_id: __, ...second } = unknown.body;
    assert.deepEqual(first, second);
  });

  test('is slowed down for an account after five wrong guesses, also with the right password, and recovers', async () => {
    const clock = new ManualClock();
    const { owner, browser } = bound(await emptySchool({ clock }));
    await owner();
    const guess = (password: string, address = '10.0.0.9') =>
      browser(address).send('POST', '/api/session', { email: 'dana@school.example', password });
    for (let at = 0; at < 5; at += 1) assert.equal((await guess('a wrong password', `10.0.1.${at}`)).status, 401);
    const limited = await guess(ownerPassword, '10.0.2.1');
    assert.equal(limited.status, 429);
    assert.equal(limited.headers['retry-after'], '1');
    assert.match(String(limited.body['detail']), /Wait 1 second and try again/);
    await clock.advance(1_000);
    assert.equal((await guess(ownerPassword)).status, 200);
  });

  test('is slowed down for concurrent guesses too', async () => {
    const { owner, browser } = bound(await emptySchool({ clock: new ManualClock() }));
    await owner();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        browser(`10.0.3.${at}`).send('POST', '/api/session', {
          email: 'dana@school.example',
          password: `guess number ${at}`,
        }),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 401).length, 5);
    assert.equal(answers.filter(({ status }) => status === 429).length, 7);
  });

  test('is slowed down for an address that tries many accounts', async () => {
    const { browser } = bound(await emptySchool({ clock: new ManualClock() }));
    const statuses = [];
    for (let at = 0; at < 21; at += 1) {
      statuses.push(
        (await browser().send('POST', '/api/session', { email: `user${at}@school.example`, password: 'spring2026!!' }))
          .status,
      );
    }
    assert.deepEqual(statuses, [...Array.from({ length: 20 }, () => 401), 429]);
  });

  test('gives no session to a disabled person', async () => {
    const { owner, invited, browser } = bound(await emptySchool());
    const boss = await owner();
    const { id } = await invited(boss, 'office');
    await boss.send('PATCH', `/api/users/${id}`, { disabled: true });
    const answer = await browser().send('POST', '/api/session', {
      email: 'office@school.example',
      password: 'a password for the office',
    });
    assert.equal(answer.status, 401);
  });
});

describe('a session', () => {
  test('ends with signing out, also for a copy of the cookie', async () => {
    const { owner, browser } = bound(await emptySchool());
    const boss = await owner();
    const thief = browser();
    thief.cookie = boss.cookie;
    assert.equal((await thief.send('GET', '/api/session')).status, 200);
    assert.equal((await boss.send('DELETE', '/api/session')).status, 204);
    assert.equal((await boss.send('GET', '/api/session')).status, 401);
    assert.equal((await thief.send('GET', '/api/session')).status, 401);
  });

  test('cannot be forged or changed', async () => {
    const { owner, browser } = bound(await emptySchool());
    const { cookie } = await owner();
    const other = browser();
    for (const forged of [
      cookie.replace(/=..../, '=AAAA'),
      cookie.replace(/...$/, 'AAA'),
      'school_session=x',
      'school_session=;;',
      `school_session=${'A'.repeat(200)}%3B${'A'.repeat(32)}`,
    ]) {
      other.cookie = forged;
      assert.equal((await other.send('GET', '/api/session')).status, 401, forged);
    }
  });

  test('ends when the role changes, the person is disabled or a new password is set', async () => {
    const { owner, invited, browser } = bound(await emptySchool());
    const boss = await owner();
    const { browser: clerk, id } = await invited(boss, 'office');
    assert.equal((await clerk.send('GET', '/api/session')).status, 200);
    await boss.send('PATCH', `/api/users/${id}`, { role: 'instructor' });
    assert.equal((await clerk.send('GET', '/api/session')).status, 401);

    const signIn = () =>
      clerk.send('POST', '/api/session', { email: 'office@school.example', password: 'a password for the office' });
    assert.equal((await signIn()).status, 200);
    const made = await boss.send('POST', `/api/users/${id}/link`);
    const { url } = made.body['link'] as unknown as { url: string };
    const elsewhere = browser();
    const welcome = await elsewhere.send('POST', '/api/welcome', {
      token: url.split('#')[1],
      name: 'Some office',
      email: 'office@school.example',
      password: 'a whole new password',
    });
    assert.equal(welcome.status, 200);
    assert.equal((await clerk.send('GET', '/api/session')).status, 401);
    assert.equal((await elsewhere.send('GET', '/api/session')).status, 200);

    await boss.send('PATCH', `/api/users/${id}`, { disabled: true });
    assert.equal((await elsewhere.send('GET', '/api/session')).status, 401);
  });

  test('continues when only the name changes', async () => {
    const { owner, invited } = bound(await emptySchool());
    const boss = await owner();
    const { browser: clerk, id } = await invited(boss, 'office');
    await boss.send('PATCH', `/api/users/${id}`, { name: 'New Name' });
    assert.equal(
      ((await clerk.send('GET', '/api/session')).body['user'] as unknown as { name: string }).name,
      'New Name',
    );
  });
});

describe('people', () => {
  test('are invited, listed and changed by the owner only', async () => {
    const { owner, invited, browser } = bound(await emptySchool());
    const boss = await owner();
    for (const role of ['office', 'instructor', 'operator'] as const) {
      const { browser: other, id } = await invited(boss, role);
      assert.equal((await other.send('GET', '/api/users')).status, 403, role);
      assert.equal(
        (await other.send('POST', '/api/users', { name: 'x', email: 'x@school.example', role: 'owner' })).status,
        403,
      );
      assert.equal((await other.send('PATCH', `/api/users/${id}`, { role: 'owner' })).status, 403);
      assert.equal((await other.send('POST', `/api/users/${id}/link`)).status, 403);
    }
    assert.equal((await browser().send('GET', '/api/users')).status, 401);
    const { data } = (await boss.send('GET', '/api/users')).body as unknown as {
      data: { role: string; status: string }[];
    };
    assert.deepEqual(data.map(({ role, status }) => `${role} ${status}`).toSorted(), [
      'instructor active',
      'office active',
      'operator active',
      'owner active',
    ]);
    assert.equal(JSON.stringify(data).includes('argon2'), false);
  });

  test('always include an owner who can sign in', async () => {
    const school = await emptySchool();
    const { owner, invited } = bound(school);
    const boss = await owner();
    const { id } = (await boss.send('GET', '/api/session')).body['user'] as unknown as { id: string };
    for (const change of [{ role: 'office' }, { disabled: true }]) {
      const answer = await boss.send('PATCH', `/api/users/${id}`, change);
      assert.deepEqual([answer.status, answer.body['code']], [409, 'last_owner']);
    }
    for (let again = 0; again < 5; again += 1) await boss.send('PATCH', `/api/users/${id}`, { disabled: true });
    assert.equal(school.breaker.state, 'closed', 'a refusal is not a failure of the database');
    // An owner who was only invited cannot sign in, so they do not count.
    await boss.send('POST', '/api/users', { name: 'Later', email: 'later@school.example', role: 'owner' });
    assert.equal((await boss.send('PATCH', `/api/users/${id}`, { disabled: true })).status, 409);

    const { browser: partner, id: partnerId } = await invited(boss, 'owner', 'partner@school.example');
    // Both remove each other concurrently: one of them stays.
    const answers = await Promise.all([
      boss.send('PATCH', `/api/users/${partnerId}`, { disabled: true }),
      partner.send('PATCH', `/api/users/${id}`, { disabled: true }),
    ]);
    assert.ok(answers.some(({ status }) => status === 409 || status === 401));
    const rows = await database.kysely.withTables<IdentityTables>().selectFrom('users').selectAll().execute();
    assert.equal(rows.filter((row) => row.role === 'owner' && !row.disabled && row.password_hash !== null).length, 1);
  });

  test('have unique e-mail addresses', async () => {
    const { owner } = bound(await emptySchool());
    const boss = await owner();
    const answer = await boss.send('POST', '/api/users', {
      name: 'Again',
      email: 'DANA@school.example',
      role: 'office',
    });
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body['errors'], [
      { pointer: '/email', code: 'taken', message: 'Someone else already uses this e-mail address.' },
    ]);
  });

  test('of another school are not found', async () => {
    const { owner } = bound(await emptySchool());
    const boss = await owner();
    const tables = database.kysely.withTables<IdentityTables>();
    const { id: other } = await tables
      .insertInto('schools')
      .values({ name: 'Other' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { id } = await tables
      .insertInto('users')
      .values({ school_id: other, role: 'owner', name: 'Stranger', email: 'stranger@school.example' })
      .returning('id')
      .executeTakeFirstOrThrow();
    assert.equal((await boss.send('PATCH', `/api/users/${id}`, { disabled: true })).status, 404);
    assert.equal((await boss.send('POST', `/api/users/${id}/link`)).status, 404);
    const { data } = (await boss.send('GET', '/api/users')).body as unknown as { data: unknown[] };
    assert.equal(data.length, 1);
    await tables.deleteFrom('users').where('school_id', '=', other).execute();
    await tables.deleteFrom('schools').where('id', '=', other).execute();
  });
});

describe('while the database is down', () => {
  test('signed-in users continue, also after a restart, and get the age of the copy', async () => {
    const clock = new ManualClock();
    const school = await emptySchool({ clock });
    const boss = await school.owner();
    school.databaseIsDown = true;
    await clock.advance(10_000);
    const session = await boss.send('GET', '/api/session');
    assert.deepEqual(
      [session.status, session.body['database'], session.body['as_of']],
      [200, 'down', '2026-06-01T12:00:00Z'],
    );

    const restarted = school.restarted({ clock });
    restarted.databaseIsDown = true;
    const again = restarted.browser();
    again.cookie = boss.cookie;
    assert.equal((await again.send('GET', '/api/session')).status, 200);
  });

  test('session checks query the unavailable database a few times and then not at all', async () => {
    const clock = new ManualClock();
    const school = await emptySchool({ clock });
    const boss = await school.owner();
    school.databaseIsDown = true;
    await clock.advance(10_000);
    school.queries = 0;
    for (let at = 0; at < 50; at += 1) assert.equal((await boss.send('GET', '/api/session')).status, 200);
    assert.equal(school.queries, 5);
    assert.equal(school.breaker.state, 'open');

    school.databaseIsDown = false;
    await clock.advance(5_000);
    assert.equal((await boss.send('GET', '/api/session')).body['database'], 'up');
    assert.equal(school.breaker.state, 'closed');
  });

  test('no one can sign in, and attempts do not count as failed', async () => {
    const clock = new ManualClock();
    const school = await emptySchool({ clock });
    await school.owner();
    school.databaseIsDown = true;
    for (let at = 0; at < 30; at += 1) {
      const answer = await school
        .browser()
        .send('POST', '/api/session', { email: 'dana@school.example', password: ownerPassword });
      assert.deepEqual([answer.status, answer.body['code']], [503, 'sign_in_closed']);
      assert.ok(answer.headers['retry-after']);
    }
    school.databaseIsDown = false;
    await clock.advance(2_000);
    const answer = await school
      .browser()
      .send('POST', '/api/session', { email: 'dana@school.example', password: ownerPassword });
    assert.equal(answer.status, 200);
  });

  test('a copy never admits more than the database', async () => {
    const clock = new ManualClock();
    const school = await emptySchool({ clock });
    const boss = await school.owner();
    const { browser: clerk, id } = await school.invited(boss, 'office');
    const { browser: unseen } = await school.invited(boss, 'operator');
    const beforeChange = clerk.cookie;
    await boss.send('PATCH', `/api/users/${id}`, { role: 'instructor' });
    await clerk.send('POST', '/api/session', { email: 'office@school.example', password: 'a password for the office' });
    const current = clerk.cookie;
    const status = async (cookie: string) => {
      clerk.cookie = cookie;
      return (await clerk.send('GET', '/api/session')).status;
    };
    school.databaseIsDown = true;
    await clock.advance(10_000);
    assert.equal(await status(beforeChange), 401, 'an ended session stays ended');
    assert.equal(await status(current), 200);

    school.local.prepare('DELETE FROM known_users WHERE role = ?').run('operator');
    assert.equal((await unseen.send('GET', '/api/session')).status, 503, 'a user without a local copy is not admitted');

    school.local.prepare('UPDATE known_users SET session_epoch = session_epoch - 1 WHERE id = ?').run(id);
    assert.equal(await status(current), 503, 'a cookie newer than the copy cannot be confirmed');

    school.local.prepare('UPDATE known_users SET session_epoch = session_epoch + 1, disabled = 1 WHERE id = ?').run(id);
    assert.equal(await status(current), 401);
  });

  test('a copy older than a day is not used', async () => {
    const clock = new ManualClock();
    const school = await emptySchool({ clock, idleMs: 7 * 24 * 60 * 60_000 });
    const boss = await school.owner();
    school.databaseIsDown = true;
    await clock.advance(10_000);
    school.wallClock.advance({ hours: 23, minutes: 59 });
    assert.equal((await boss.send('GET', '/api/session')).status, 200);
    school.wallClock.advance({ minutes: 2 });
    const late = await boss.send('GET', '/api/session');
    assert.deepEqual([late.status, late.body['code']], [503, 'sign_in_unconfirmed']);
  });
});

function bound(school: TestSchool) {
  return {
    auth: school.auth,
    ownerLink: () => school.ownerLink(),
    browser: (address?: string) => school.browser(address),
    owner: () => school.owner(),
    invited: school.invited.bind(school),
  };
}

describe('while an operator isolates the database', () => {
  test('the session and refused sign-ins report the end of the isolation', async () => {
    const one = await emptySchool();
    const owner = await one.owner();
    one.breaker.isolate('moving the server', 30 * 60_000);

    const session = await owner.send('GET', '/api/session');
    const refused = await one.browser().send('POST', '/api/session', {
      email: 'dana@school.example',
      password: ownerPassword,
    });
    one.breaker.release();
    const released = await owner.send('GET', '/api/session');

    const now = one.wallClock.now().epochMilliseconds;
    assert.equal(session.body['database'], 'down');
    assert.equal(Math.round((Date.parse(String(session.body['isolated_until'])) - now) / 60_000), 30);
    assert.deepEqual([refused.status, refused.body['code']], [503, 'isolated']);
    assert.match(String(refused.body['detail']), /isolated the database for the next 30 minutes\. Nobody can sign in/);
    assert.deepEqual([released.body['database'], released.body['isolated_until']], ['up', undefined]);
  });
});
