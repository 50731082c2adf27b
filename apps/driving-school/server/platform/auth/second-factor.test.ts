import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from 'dualbrake/testing';
import type { Role } from '../../../contract/session.ts';
import { sharedDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import type { IdentityTables } from './identity-tables.ts';
import { Authenticator } from './testing/authenticator.ts';
import { ownerPassword, TestSchool, type Browser } from './testing/test-school.ts';

let database: TestDatabase;
before(async () => {
  database = await sharedDatabase();
});
after(() => database[Symbol.asyncDispose]());

/** An empty school on the shared database, with manual clocks. */
const emptySchool = (): Promise<TestSchool> => TestSchool.empty(database, { clock: new ManualClock() });

/** Turns a user's second factor on. */
async function enrol(school: TestSchool, browser: Browser): Promise<{ app: Authenticator; recoveryCodes: string[] }> {
  const secret = await browser.send('POST', '/api/account/second-factor/secret');
  assert.equal(secret.status, 200, JSON.stringify(secret.body));
  const app = new Authenticator(String(secret.body['uri']), school.wallClock);
  const enabled = await browser.send('PUT', '/api/account/second-factor', { code: app.code() });
  assert.equal(enabled.status, 200, JSON.stringify(enabled.body));
  return { app, recoveryCodes: enabled.body['recovery_codes'] as unknown as string[] };
}

const signIn = (browser: Browser, email = 'dana@school.example', password = ownerPassword) =>
  browser.send('POST', '/api/session', { email, password });

const isSignedIn = async (browser: Browser) => (await browser.send('GET', '/api/session')).status === 200;

async function auditActions(): Promise<string[]> {
  const rows = await database.kysely
    .withTables<{ audit_entries: { id: string; action: string } }>()
    .selectFrom('audit_entries')
    .select('action')
    .orderBy('id')
    .execute();
  return rows.map(({ action }) => action);
}

describe('setting up a second factor', () => {
  test('gives the app a secret, requires its first code, and shows ten recovery codes once', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const { app, recoveryCodes } = await enrol(school, owner);
    assert.deepEqual([app.issuer, app.label], ['Driving school', 'dana@school.example']);
    assert.equal(new Set(recoveryCodes).size, 10);
    for (const code of recoveryCodes) assert.match(code, /^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);

    const account = await owner.send('GET', '/api/account');
    assert.deepEqual(account.body['second_factor'], {
      enabled: true,
      enabled_at: '2026-06-01T12:00:00.000Z',
      recovery_codes_left: 10,
      required: false,
      rule: false,
    });
    const tables = database.kysely.withTables<IdentityTables>();
    const stored = JSON.stringify([
      await tables.selectFrom('second_factors').selectAll().execute(),
      await tables.selectFrom('recovery_codes').selectAll().execute(),
    ]);
    for (const code of recoveryCodes) assert.equal(stored.includes(code), false);
    assert.deepEqual((await auditActions()).slice(-1), ['second_factor.enabled']);
  });

  test('has no effect without a code of the app', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    await owner.send('POST', '/api/account/second-factor/secret');
    const wrong = await owner.send('PUT', '/api/account/second-factor', { code: '000000' });
    assert.deepEqual(
      [wrong.status, wrong.body['errors']],
      [
        422,
        [
          {
            pointer: '/code',
            code: 'wrong_code',
            message:
              'This is not the code that the app shows now. Check that the device’s clock is right and try again.',
          },
        ],
      ],
    );
    assert.equal((await signIn(school.browser())).status, 200);
  });

  test('must be finished within ten minutes', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const secret = await owner.send('POST', '/api/account/second-factor/secret');
    const app = new Authenticator(String(secret.body['uri']), school.wallClock);
    school.wallClock.advance({ minutes: 10, seconds: 1 });
    await owner.send('POST', '/api/session/confirm', { password: ownerPassword });
    const late = await owner.send('PUT', '/api/account/second-factor', { code: app.code() });
    assert.deepEqual([late.status, late.body['code']], [409, 'setup_expired']);
  });
});

describe('signing in with a second factor', () => {
  test('requires the password, then a code; the user is not signed in in between', async () => {
    const school = await emptySchool();
    const { app } = await enrol(school, await school.owner());
    school.wallClock.advance({ minutes: 1 });
    const browser = school.browser();
    const first = await signIn(browser);
    assert.deepEqual([first.status, first.body], [202, { step: 'code', expires_at: '2026-06-01T12:11:00.000Z' }]);
    assert.equal(await isSignedIn(browser), false);
    const second = await browser.send('POST', '/api/session/code', { code: app.code() });
    assert.equal(second.status, 200);
    assert.equal(await isSignedIn(browser), true);
  });

  test('accepts the codes of the previous and next time step, and with a space, and no others', async () => {
    const school = await emptySchool();
    const { app } = await enrol(school, await school.owner());
    for (const steps of [-1, 0, 1]) {
      school.wallClock.advance({ minutes: 5 });
      const browser = school.browser();
      await signIn(browser);
      const code = app.code(steps).replace(/^.../, '$& ');
      assert.equal((await browser.send('POST', '/api/session/code', { code })).status, 200, `${steps}`);
    }
    for (const steps of [-2, 2]) {
      school.wallClock.advance({ minutes: 5 });
      const browser = school.browser();
      await signIn(browser);
      const answer = await browser.send('POST', '/api/session/code', { code: app.code(steps) });
      assert.deepEqual([answer.status, answer.body['code']], [401, 'wrong_code'], `${steps}`);
    }
  });

  test('accepts no code twice, also in concurrent requests', async () => {
    const school = await emptySchool();
    const { app } = await enrol(school, await school.owner());
    school.wallClock.advance({ minutes: 1 });
    const browsers = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const browser = school.browser();
        await signIn(browser);
        return browser;
      }),
    );
    const code = app.code();
    const answers = await Promise.all(browsers.map((browser) => browser.send('POST', '/api/session/code', { code })));
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((one, other) => one - other),
      [200, 401, 401],
    );
  });

  test('does not accept the code that completed the setup', async () => {
    const school = await emptySchool();
    const { app } = await enrol(school, await school.owner());
    const browser = school.browser();
    await signIn(browser);
    assert.equal((await browser.send('POST', '/api/session/code', { code: app.code() })).status, 401);
    assert.equal((await browser.send('POST', '/api/session/code', { code: app.code(1) })).status, 200);
  });

  test('wrong codes count as failed sign-ins, which repeating the password does not reset', async () => {
    const school = await emptySchool();
    await enrol(school, await school.owner());
    const statuses: number[] = [];
    for (let at = 0; at < 6; at += 1) {
      const browser = school.browser(`10.0.1.${at}`);
      const first = await signIn(browser);
      statuses.push(
        first.status === 202
          ? (await browser.send('POST', '/api/session/code', { code: '000000' })).status
          : first.status,
      );
    }
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
  });

  test('fifty consecutive wrong codes lock the codes of the app; a recovery code unlocks them', async () => {
    const school = await emptySchool();
    const { app, recoveryCodes } = await enrol(school, await school.owner());
    await database.kysely.withTables<IdentityTables>().updateTable('second_factors').set({ wrong_codes: 50 }).execute();
    school.wallClock.advance({ minutes: 1 });
    const browser = school.browser();
    await signIn(browser);
    const locked = await browser.send('POST', '/api/session/code', { code: app.code() });
    assert.deepEqual([locked.status, locked.body['code']], [401, 'codes_locked']);
    assert.equal((await browser.send('POST', '/api/session/code', { code: recoveryCodes[0] })).status, 200);
    const again = school.browser();
    await signIn(again);
    assert.equal((await again.send('POST', '/api/session/code', { code: app.code() })).status, 200);
  });

  test('a recovery code works once, in any notation, and the response has the number left', async () => {
    const school = await emptySchool();
    const { recoveryCodes } = await enrol(school, await school.owner());
    const [code = ''] = recoveryCodes;
    const browser = school.browser();
    await signIn(browser);
    const used = await browser.send('POST', '/api/session/code', {
      code: ` ${code.toLowerCase().replaceAll('-', ' ')} `,
    });
    assert.deepEqual([used.status, used.body['recovery_codes_left']], [200, 9]);
    const again = school.browser();
    await signIn(again);
    assert.equal((await again.send('POST', '/api/session/code', { code })).status, 401);
    assert.ok((await auditActions()).includes('recovery_code.used'));
  });

  test('the second step is valid for ten minutes, and ends when the person is changed', async () => {
    const school = await emptySchool();
    const { app } = await enrol(school, await school.owner());
    const slow = school.browser();
    await signIn(slow);
    school.wallClock.advance({ minutes: 10, seconds: 1 });
    const late = await slow.send('POST', '/api/session/code', { code: app.code() });
    assert.deepEqual([late.status, late.body['code']], [401, 'sign_in_again']);

    const waiting = school.browser();
    await signIn(waiting);
    await database.kysely
      .withTables<IdentityTables>()
      .updateTable('users')
      .set((set) => ({ session_epoch: set('session_epoch', '+', 1) }))
      .execute();
    assert.equal((await waiting.send('POST', '/api/session/code', { code: app.code() })).status, 401);
  });

  test('an outage between the two steps uses neither an attempt nor a code, and the step continues after it', async () => {
    const clock = new ManualClock();
    const school = await TestSchool.empty(database, { clock });
    const { app, recoveryCodes } = await enrol(school, await school.owner());
    school.wallClock.advance({ minutes: 1 });
    const browser = school.browser();
    await signIn(browser);
    school.databaseIsDown = true;
    const [recoveryCode = ''] = recoveryCodes;
    for (let at = 0; at < 8; at += 1) {
      const answer = await browser.send('POST', '/api/session/code', { code: at < 4 ? app.code() : recoveryCode });
      assert.equal(answer.status, 503, JSON.stringify(answer.body));
      assert.ok(Number(answer.headers['retry-after']) > 0, JSON.stringify(answer.headers));
    }
    school.databaseIsDown = false;
    await clock.advance(10_000);
    const wrong = await browser.send('POST', '/api/session/code', { code: '000000' });
    assert.deepEqual([wrong.status, wrong.body['code']], [401, 'wrong_code']);
    const right = await browser.send('POST', '/api/session/code', { code: recoveryCode });
    assert.deepEqual([right.status, right.body['recovery_codes_left']], [200, 9]);
  });

  test('the step of the code requires the password', async () => {
    const school = await emptySchool();
    const answer = await school.browser().send('POST', '/api/session/code', { code: '123456' });
    assert.deepEqual([answer.status, answer.body['code']], [401, 'sign_in_again']);
  });

  test('a one-time link for a new password does not bypass the second factor', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const { browser: clerk, id } = await school.invited(owner, 'office');
    const { app } = await enrol(school, clerk);
    school.wallClock.advance({ minutes: 1 });
    const made = await owner.send('POST', `/api/users/${id}/link`);
    const { url } = made.body['link'] as unknown as { url: string };
    const elsewhere = school.browser();
    const welcome = await elsewhere.send('POST', '/api/welcome', {
      token: url.split('#')[1],
      name: 'Some office',
      email: 'office@school.example',
      password: 'a whole new secret of mine',
    });
    assert.deepEqual([welcome.status, welcome.body['step']], [202, 'code']);
    assert.equal(await isSignedIn(elsewhere), false);
    assert.equal((await elsewhere.send('POST', '/api/session/code', { code: app.code() })).status, 200);
  });
});

describe('a second factor', () => {
  test('is turned off, moved to another app, and gets new recovery codes, each after re-authentication', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const { app: old, recoveryCodes } = await enrol(school, owner);
    const renewed = await owner.send('POST', '/api/account/second-factor/recovery-codes');
    const fresh = renewed.body['recovery_codes'] as unknown as string[];
    assert.equal(
      fresh.some((code) => recoveryCodes.includes(code)),
      false,
    );
    school.wallClock.advance({ minutes: 1 });
    const { app } = await enrol(school, owner);
    school.wallClock.advance({ minutes: 1 });

    const browser = school.browser();
    await signIn(browser);
    assert.equal((await browser.send('POST', '/api/session/code', { code: old.code() })).status, 401);
    assert.equal((await browser.send('POST', '/api/session/code', { code: recoveryCodes[1] })).status, 401);
    assert.equal((await browser.send('POST', '/api/session/code', { code: app.code() })).status, 200);

    assert.equal((await owner.send('DELETE', '/api/account/second-factor')).status, 204);
    assert.equal((await signIn(school.browser())).status, 200);
    assert.equal((await owner.send('POST', '/api/account/second-factor/recovery-codes')).status, 409);
  });

  test('can be reset by an owner, which signs the person out', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const { browser: clerk, id } = await school.invited(owner, 'office');
    await enrol(school, clerk);
    assert.equal((await clerk.send('DELETE', `/api/users/${id}/second-factor`)).status, 403);
    const reset = await owner.send('DELETE', `/api/users/${id}/second-factor`);
    assert.deepEqual(
      [reset.status, (reset.body['data'] as unknown as { second_factor: boolean }).second_factor],
      [200, false],
    );
    assert.equal(await isSignedIn(clerk), false);
    assert.equal((await signIn(clerk, 'office@school.example', 'a password for the office')).status, 200);
    assert.ok((await auditActions()).includes('second_factor.reset'));
    assert.equal(
      (await owner.send('DELETE', '/api/users/00000000-0000-4000-8000-000000000009/second-factor')).status,
      404,
    );
  });

  test('is turned off by a link that was created for the owner on the server', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    await enrol(school, owner);
    const link = await school.ownerLink();
    const browser = school.browser();
    const welcome = await browser.send('POST', '/api/welcome', {
      token: link.token,
      name: 'Dana Roy',
      email: 'dana@school.example',
      password: 'a whole new secret of mine',
    });
    assert.equal(welcome.status, 200);
    assert.equal(await isSignedIn(browser), true);
    assert.deepEqual((await auditActions()).slice(-3), ['second_factor.reset', 'password.changed', 'person.signed_in']);
  });
});

describe('the rule that owners and operators need a second factor', () => {
  test('is turned on by an owner who has one', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const early = await owner.send('PUT', '/api/account/second-factor/rule', { required: true });
    assert.deepEqual([early.status, early.body['code']], [409, 'no_second_factor']);
    await enrol(school, owner);
    assert.equal((await owner.send('PUT', '/api/account/second-factor/rule', { required: true })).status, 200);
    const off = await owner.send('DELETE', '/api/account/second-factor');
    assert.deepEqual([off.status, off.body['code']], [409, 'second_factor_required']);
    assert.ok((await auditActions()).includes('second_factor.required'));
  });

  test('applies to the only owner who uses a link created on the server: they set up a new app immediately', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    await enrol(school, owner);
    assert.equal((await owner.send('PUT', '/api/account/second-factor/rule', { required: true })).status, 200);
    const { token } = await school.ownerLink();
    const browser = school.browser();
    const welcome = await browser.send('POST', '/api/welcome', {
      token,
      name: 'Dana Roy',
      email: 'dana@school.example',
      password: 'a whole new secret of mine',
    });
    assert.deepEqual([welcome.status, welcome.body['step']], [202, 'setup']);
    assert.deepEqual([await isSignedIn(browser), await isSignedIn(owner)], [false, false]);
    const secret = await browser.send('POST', '/api/session/setup/secret');
    const app = new Authenticator(String(secret.body['uri']), school.wallClock);
    assert.equal((await browser.send('POST', '/api/session/setup', { code: app.code() })).status, 200);
    assert.equal(await isSignedIn(browser), true);
  });

  for (const [role, next] of [
    ['operator', 202],
    ['owner', 202],
    ['office', 200],
    ['instructor', 200],
  ] as const satisfies readonly (readonly [Role, number])[]) {
    test(`${next === 202 ? 'makes' : 'does not make'} an ${role} set one up at the next sign-in`, async () => {
      const school = await emptySchool();
      const owner = await school.owner();
      await school.invited(owner, role, `${role}2@school.example`);
      await enrol(school, owner);
      await owner.send('PUT', '/api/account/second-factor/rule', { required: true });

      const browser = school.browser();
      const first = await signIn(browser, `${role}2@school.example`, `a password for the ${role}`);
      assert.equal(first.status, next);
      if (next === 200) return;
      assert.equal(first.body['step'], 'setup');
      assert.equal(await isSignedIn(browser), false);
      assert.equal((await browser.send('POST', '/api/session/code', { code: '123456' })).status, 401);
      const secret = await browser.send('POST', '/api/session/setup/secret');
      const app = new Authenticator(String(secret.body['uri']), school.wallClock);
      assert.equal((await browser.send('POST', '/api/session/setup', { code: '000000' })).status, 422);
      const done = await browser.send('POST', '/api/session/setup', { code: app.code() });
      assert.deepEqual([done.status, (done.body['recovery_codes'] as unknown as string[]).length], [200, 10]);
      assert.equal(await isSignedIn(browser), true);
    });
  }
});

describe('sensitive actions', () => {
  test('require the password or a code within the last ten minutes', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const { id } = await school.invited(owner, 'office');
    school.wallClock.advance({ minutes: 10, seconds: 1 });
    const acts = [
      ['POST', '/api/users', { name: 'New', email: 'new@school.example', role: 'office' }],
      ['POST', `/api/users/${id}/link`, undefined],
      ['PATCH', `/api/users/${id}`, { role: 'instructor' }],
      ['PATCH', `/api/users/${id}`, { disabled: true }],
      ['DELETE', `/api/users/${id}/second-factor`, undefined],
      ['PUT', '/api/account/second-factor/rule', { required: false }],
      ['POST', '/api/account/second-factor/secret', undefined],
      ['PUT', '/api/account/second-factor', { code: '123456' }],
      ['DELETE', '/api/account/second-factor', undefined],
      ['POST', '/api/account/second-factor/recovery-codes', undefined],
    ] as const;
    for (const [method, url, body] of acts) {
      const answer = await owner.send(method, url, body);
      assert.deepEqual([answer.status, answer.body['code']], [403, 'reauthentication_required'], `${method} ${url}`);
    }
    assert.equal((await owner.send('PATCH', `/api/users/${id}`, { name: 'New Name' })).status, 200);

    const wrong = await owner.send('POST', '/api/session/confirm', { password: 'not my password' });
    assert.deepEqual([wrong.status, wrong.body['code']], [401, 'wrong_password']);
    assert.equal((await owner.send('PATCH', `/api/users/${id}`, { role: 'instructor' })).status, 403);
    assert.equal((await owner.send('POST', '/api/session/confirm', { password: ownerPassword })).status, 204);
    assert.equal((await owner.send('PATCH', `/api/users/${id}`, { role: 'instructor' })).status, 200);
  });

  test('can be confirmed with a code, and wrong passwords count as failed sign-ins', async () => {
    const school = await emptySchool();
    const owner = await school.owner();
    const { app } = await enrol(school, owner);
    school.wallClock.advance({ minutes: 11 });
    assert.equal((await owner.send('POST', '/api/session/confirm', {})).status, 422);
    assert.equal((await owner.send('POST', '/api/session/confirm', { code: app.code() })).status, 204);
    assert.equal((await owner.send('POST', '/api/account/second-factor/recovery-codes')).status, 200);
    const statuses = [];
    for (let at = 0; at < 6; at += 1)
      statuses.push((await owner.send('POST', '/api/session/confirm', { password: `guess ${at}` })).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
  });
});
