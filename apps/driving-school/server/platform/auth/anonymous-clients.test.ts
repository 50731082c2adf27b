/** Requests that anyone can send must not affect signed-in users. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import { testDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import { ownerPassword, TestSchool, type Browser } from './testing/test-school.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
});
after(() => database[Symbol.asyncDispose]());

const account = 'dana@school.example';
const token = (): string => randomBytes(32).toString('base64url');

function signIn(browser: Browser, password: string, email = account) {
  return browser.send('POST', '/api/session', { email, password });
}

describe('anonymous clients that guess the password of an account', () => {
  test('never lock out a device on which its owner has signed in before', async () => {
    const clock = new ManualClock();
    const school = await TestSchool.empty(database, { clock });
    const boss = await school.owner();
    await boss.send('DELETE', '/api/session');
    let blocked = 0;
    for (let quarter = 0; quarter < 80; quarter += 1) {
      for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) {
        await signIn(school.browser(address), 'a wrong password');
      }
      await clock.advance(15_000);
      if (quarter % 10 !== 9) continue;
      for (let at = 0; at < 3; at += 1) await signIn(school.browser(`203.0.115.${at}`), 'a wrong password');
      if ((await signIn(boss, ownerPassword)).status !== 200) blocked += 1;
      await boss.send('DELETE', '/api/session');
    }
    assert.equal(blocked, 0, 'times out of 8 that the owner could not sign in');
    // A new device still has to wait.
    for (let at = 0; at < 8; at += 1) await signIn(school.browser(`203.0.114.${at}`), 'a wrong password');
    assert.equal((await signIn(school.browser('10.0.0.77'), ownerPassword)).status, 429);
  });

  test('do not lock out a known device that shares their address, as behind an untrusted proxy', async () => {
    const school = await TestSchool.empty(database, { clock: new ManualClock() });
    const boss = await school.owner();
    for (let at = 0; at < 25; at += 1) {
      await signIn(school.browser('10.0.0.1'), 'a wrong password', `nobody${at}@school.example`);
    }
    assert.equal((await signIn(school.browser('10.0.0.1'), ownerPassword)).status, 429);
    assert.equal((await signIn(boss, ownerPassword)).status, 200);
  });

  test('get only five free guesses from a stolen device cookie', async () => {
    const clock = new ManualClock();
    const school = await TestSchool.empty(database, { clock });
    const boss = await school.owner();
    const thief = school.browser('203.0.113.9');
    thief.device = boss.device;
    const statuses: number[] = [];
    for (let at = 0; at < 7; at += 1) statuses.push((await signIn(thief, `guess number ${at}`)).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429]);
  });

  test('can neither forge a device cookie nor use that of another account', async () => {
    const clock = new ManualClock();
    const school = await TestSchool.empty(database, { clock });
    const boss = await school.owner();
    const { browser: clerk } = await school.invited(boss, 'office');
    for (let at = 0; at < 6; at += 1) await signIn(school.browser(`203.0.113.${at}`), 'a wrong password');
    for (const device of [clerk.device, boss.device.replace(/=..../, '=AAAA'), 'school_device=x', 'school_device=']) {
      const attacker = school.browser('203.0.115.1');
      attacker.device = device;
      assert.equal((await signIn(attacker, ownerPassword)).status, 429, device.slice(0, 20));
    }
  });

  test('do not affect other accounts of the same browser, which have device IDs of their own', async () => {
    const school = await TestSchool.empty(database, { clock: new ManualClock() });
    const boss = await school.owner();
    await school.invited(boss, 'office');
    const shared = school.browser();
    assert.equal((await signIn(shared, ownerPassword)).status, 200);
    assert.equal((await signIn(shared, 'a password for the office', 'office@school.example')).status, 200);
    for (let at = 0; at < 6; at += 1) {
      await signIn(school.browser(`203.0.113.${at}`), 'a wrong password');
      await signIn(school.browser(`203.0.116.${at}`), 'a wrong password', 'office@school.example');
    }
    assert.equal((await signIn(shared, ownerPassword)).status, 200);
    assert.equal((await signIn(shared, 'a password for the office', 'office@school.example')).status, 200);
  });

  test('get the same response as a known device', async () => {
    const school = await TestSchool.empty(database, { clock: new ManualClock() });
    const boss = await school.owner();
    const known = await signIn(boss, 'a wrong password');
    const unknown = await signIn(school.browser('203.0.113.1'), 'a wrong password');
    assert.equal(known.body['detail'], 'Incorrect e-mail or password.');
    assert.equal(unknown.body['detail'], known.body['detail']);
  });
});

describe('anonymous clients and the database', () => {
  test('do not open the breaker for signed-in users by failed calls', async () => {
    const clock = new ManualClock();
    const school = await TestSchool.empty(database, { clock });
    const boss = await school.owner();
    // Long enough for the next session check to read from the database again.
    await clock.advance(5_000);
    school.databaseIsDown = true;
    for (let at = 0; at < 10; at += 1) {
      await school.browser(`203.0.113.${at}`).send('POST', '/api/welcome/check', { token: token() });
      await signIn(school.browser(`203.0.114.${at}`), 'a wrong password', `nobody${at}@school.example`);
    }
    school.databaseIsDown = false;
    const session = await boss.send('GET', '/api/session');
    assert.deepEqual([session.status, session.body['database']], [200, 'up']);
    assert.equal((await boss.send('GET', '/api/users')).status, 200, 'the list of people is available too');
  });

  test('do not prevent a known device from signing in by failed calls', async () => {
    const school = await TestSchool.empty(database, { clock: new ManualClock() });
    const boss = await school.owner();
    school.databaseIsDown = true;
    for (let at = 0; at < 10; at += 1) {
      await signIn(school.browser(`203.0.114.${at}`), 'a wrong password', `nobody${at}@school.example`);
    }
    assert.deepEqual([school.breaker.state, school.breaker.report()['failures']], ['closed', 0]);
    school.databaseIsDown = false;
    assert.equal((await signIn(boss, ownerPassword)).status, 200);
  });

  test('are refused while the breaker is open, and neither probe nor close it', async () => {
    const clock = new ManualClock();
    const school = await TestSchool.empty(database, { clock });
    await school.owner();
    const counted = school.breaker.report()['calls'];
    school.breaker.trip('a test', 'automatic');
    school.queries = 0;
    const check = () => school.browser().send('POST', '/api/welcome/check', { token: token() });
    const refused = await check();
    assert.deepEqual([refused.status, refused.headers['retry-after'], school.queries], [503, '5', 0]);
    // When the reset timeout has elapsed, they get through, but the probe stays for signed-in users.
    await clock.advance(5_000);
    assert.equal((await check()).status, 404);
    assert.deepEqual([school.breaker.state, school.breaker.report()['calls']], ['half-open', counted]);
  });

  test('reach the database a few at a time, and 300 concurrent ones get Retry-After', async () => {
    const school = await TestSchool.empty(database, { clock: new ManualClock() });
    const boss = await school.owner();
    school.runningQueriesMax = 0;
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, at) =>
        school.browser(`203.0.${at >> 7}.${at & 127}`).send('POST', '/api/welcome/check', { token: token() }),
      ),
    );
    assert.ok(school.runningQueriesMax <= 3, `${school.runningQueriesMax} at once`);
    const statuses = new Set(answers.map(({ status }) => status));
    assert.deepEqual(statuses, new Set([404, 503]));
    for (const { status, headers } of answers) if (status === 503) assert.ok(headers['retry-after']);
    assert.equal((await boss.send('GET', '/api/users')).status, 200);
  });

  test('can check a few invalid links per address; valid links do not count', async () => {
    const clock = new ManualClock();
    const school = await TestSchool.empty(database, { clock });
    const good = (await school.ownerLink()).token;
    const browser = school.browser('203.0.113.50');
    const check = async (value: string): Promise<number> =>
      (await browser.send('POST', '/api/welcome/check', { token: value })).status;
    for (let at = 0; at < 40; at += 1) assert.equal(await check(good), 200);
    const statuses: number[] = [];
    for (let at = 0; at < 22; at += 1) statuses.push(await check(token()));
    assert.deepEqual(new Set(statuses.slice(0, 20)), new Set([404]));
    assert.equal(statuses[20], 429);
    school.queries = 0;
    const use = await browser.send('POST', '/api/welcome', {
      token: token(),
      name: 'Guess',
      email: 'guess@school.example',
      password: ownerPassword,
    });
    assert.deepEqual([use.status, use.headers['retry-after'], school.queries], [429, '1', 0]);
    await clock.advance(16 * 60_000);
    assert.equal(await check(good), 200);
  });

  test('cause no query with a text that cannot be a token', async () => {
    const school = await TestSchool.empty(database, { clock: new ManualClock() });
    school.queries = 0;
    for (const value of ['x', 'token', '../../etc', 'A'.repeat(200), `${'A'.repeat(42)}!`]) {
      const answer = await school.browser().send('POST', '/api/welcome/check', { token: value });
      assert.deepEqual([answer.status, answer.body['code']], [404, 'link_unknown'], value);
    }
    assert.equal(school.queries, 0);
  });

  test('cause no query with a control character in the e-mail', async () => {
    const school = await TestSchool.empty(database, { clock: new ManualClock() });
    school.queries = 0;
    for (const email of ['dana\0@school.example', 'dana\n@school.example', 'dana@school.example\u202e']) {
      const answer = await signIn(school.browser(), 'a wrong password', email);
      assert.deepEqual([answer.status, answer.body['code']], [422, 'invalid_request'], JSON.stringify(email));
      assert.equal(answer.body['detail'], 'Enter an e-mail address such as name@example.ca.');
    }
    assert.equal(school.queries, 0);
  });
});
