import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { CircuitBreaker, Registry } from 'dualbrake';
import { ManualClock, seededRandom } from 'dualbrake/testing';
import { consoleKit, noon, type ConsoleKit } from '../testing/console-kit.ts';
import type { ConfigView, ProblemView, RevisionView, SettingChange, ValidationView } from '../contract.ts';

const directory = mkdtempSync(join(tmpdir(), 'console-config-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const mail = 'letters.mail';
const database = 'reads.database';

function kitFor(context: TestContext, options?: Parameters<typeof consoleKit>[0]): ConsoleKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  return kit;
}

async function save(
  kit: ConsoleKit,
  settings: Record<string, Record<string, number | null>>,
  etag: string,
  more: object = {},
): Promise<Response> {
  return kit.order('PATCH', 'config', { settings, reason: 'as we agreed', ...more }, { 'if-match': etag });
}

async function saved(...parts: Parameters<typeof save>): Promise<RevisionView> {
  const response = await save(...parts);
  const body: unknown = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body as RevisionView;
}

test('a saved setting takes effect at once and survives a restart; null restores the value in the code', async (context) => {
  const path = join(directory, 'restart.sqlite');
  const first = consoleKit({ store: { path } });
  const { etag } = await first.get<ConfigView>('config');
  await saved(first, { [mail]: { failureThreshold: 7 } }, etag);
  assert.equal(first.mail.settings.values['failureThreshold'], 7);
  first.console.close();

  const second = kitFor(context, { store: { path } });
  assert.equal(second.mail.settings.values['failureThreshold'], 7, 'after a restart');
  const after1 = await second.get<ConfigView>('config');
  assert.deepEqual([after1.revision, after1.persisted], [1, 'file']);
  await saved(second, { [mail]: { failureThreshold: null } }, after1.etag);
  assert.equal(second.mail.settings.values['failureThreshold'], 2);
});

test('a conflicting edit of settings returns the original, the saved and the requested values; nothing is lost', async (context) => {
  const kit = kitFor(context);
  const { etag } = await kit.get<ConfigView>('config');
  kit.user = { id: 'u-2', name: 'Ben', role: 'maintainer' };
  await saved(kit, { [mail]: { failureThreshold: 9, resetTimeoutMs: 8_000 } }, etag);
  kit.user = { id: 'u-1', name: 'Ana', role: 'maintainer' };

  const refused = await save(
    kit,
    { [mail]: { failureThreshold: 4, resetTimeoutMs: 8_000 }, [database]: { failureThreshold: 6 } },
    etag,
  );
  const problem = (await refused.json()) as ProblemView & { current: { revision: number; etag: string } };

  assert.deepEqual([refused.status, problem.code], [412, 'config-conflict']);
  assert.match(problem.detail, /Ben saved revision 1/);
  assert.deepEqual(
    problem.errors?.map(({ pointer, code, base, theirs, yours }) => [pointer, code, base, theirs, yours]),
    [
      ['/settings/letters.mail/failureThreshold', 'conflict', 2, 9, 4],
      ['/settings/letters.mail/resetTimeoutMs', 'same', 5_000, 8_000, 8_000],
      ['/settings/reads.database/failureThreshold', 'yours', 2, 2, 6],
    ],
  );
  assert.deepEqual(
    [kit.mail.settings.values['failureThreshold'], kit.database.settings.values['failureThreshold']],
    [9, 2],
  );

  // Ana has read it and saves again.
  assert.equal(refused.headers.get('etag'), problem.current.etag);
  await saved(kit, { [database]: { failureThreshold: 6 } }, problem.current.etag);
  assert.deepEqual(
    [kit.mail.settings.values['failureThreshold'], kit.database.settings.values['failureThreshold']],
    [9, 6],
  );
});

test('nothing is saved without If-Match; two simultaneous requests with one key make one revision', async (context) => {
  const kit = kitFor(context);
  const body = { settings: { [mail]: { failureThreshold: 3 } }, reason: 'sent twice' };
  const without = await kit.order('PATCH', 'config', body);
  const headers = { 'idempotency-key': 'the same', 'if-match': '"c-0"' };
  const [one, other] = await Promise.all([
    kit.order('PATCH', 'config', body, headers),
    kit.order('PATCH', 'config', body, headers),
  ]);
  const { revisions } = await kit.get<{ revisions: RevisionView[] }>('config/revisions');
  const { records } = await kit.get<{ records: { action: string; phase: string }[] }>('audit?action=config.saved');

  assert.deepEqual([without.status, one.status, other.status], [428, 200, 200]);
  assert.deepEqual(await one.json(), await other.json());
  assert.equal(revisions.length, 1);
  assert.deepEqual(
    records.map(({ phase }) => phase),
    ['result', 'intent'],
  );
});

test('all problems of a draft are reported at once with their pointers; nothing is saved', async (context) => {
  const kit = kitFor(context);
  const settings = {
    [mail]: { failureThreshold: -1, noSuchSetting: 3, resetTimeoutMs: 8_000 },
    'no.such': { failureThreshold: 3 },
  };
  const refused = await save(kit, settings, '*');
  const { errors } = (await refused.json()) as ProblemView;
  const validation = await kit.order('POST', 'config/validate', { settings });

  assert.equal(refused.status, 422);
  const places = errors?.map(({ pointer }) => pointer).toSorted();
  assert.deepEqual(places, [
    '/settings/letters.mail/failureThreshold',
    '/settings/letters.mail/noSuchSetting',
    '/settings/no.such',
  ]);
  assert.deepEqual(
    ((await validation.json()) as ValidationView).errors.map(({ pointer }) => pointer).toSorted(),
    places,
  );
  assert.equal(kit.mail.settings.values['resetTimeoutMs'], 5_000);
  assert.equal((await kit.get<ConfigView>('config')).revision, 0);
});

test('revisions can be compared and restored, including the values in the code', async (context) => {
  const kit = kitFor(context);
  await saved(kit, { [mail]: { failureThreshold: 3 } }, '*');
  await saved(kit, { [mail]: { failureThreshold: 4 }, [database]: { resetTimeoutMs: 9_000 } }, '*');

  const { changes } = await kit.get<{ changes: SettingChange[] }>('config/revisions/1/diff/2');
  const restored = await kit.order(
    'POST',
    'config/revisions/1/restore',
    { reason: 'it was better' },
    { 'if-match': '"c-2"' },
  );
  const inForce = { ...kit.mail.settings.values };
  const toCode = await kit.order(
    'POST',
    'config/revisions/0/restore',
    { reason: 'as the code says' },
    { 'if-match': '"c-3"' },
  );
  const nothing = await kit.order('POST', 'config/revisions/77/restore', { reason: 'not there' }, { 'if-match': '*' });

  assert.deepEqual(
    changes.map(({ pointer, from, to }) => [pointer, from, to]),
    [
      ['/settings/letters.mail/failureThreshold', 3, 4],
      ['/settings/reads.database/resetTimeoutMs', 5_000, 9_000],
    ],
  );
  assert.equal(((await restored.json()) as RevisionView).restores, 1);
  assert.deepEqual([inForce['failureThreshold'], kit.database.settings.values['resetTimeoutMs']], [3, 5_000]);
  assert.deepEqual([toCode.status, kit.mail.settings.values['failureThreshold']], [200, 2]);
  assert.equal(nothing.status, 404);
});

for (const restarts of [false, true]) {
  test(`temporary settings are reverted on time${restarts ? ', also after a restart' : ''}; later changes are kept`, async (context) => {
    const path = join(directory, `tried-${restarts}.sqlite`);
    let now = noon;
    const wallClock = (): number => now;
    let kit = consoleKit({ store: { path }, wallClock });
    const until = { auto_revert_at: new Date(noon + 10 * 60_000).toISOString() };
    await saved(kit, { [mail]: { failureThreshold: 9, resetTimeoutMs: 8_000 } }, '*', until);
    await saved(kit, { [mail]: { resetTimeoutMs: 6_000 } }, '*');
    if (restarts) {
      kit.console.close();
      kit = consoleKit({ store: { path }, wallClock });
    }
    context.after(() => kit.console.close());
    now += 9 * 60_000;
    await kit.clock.advance(2_000);
    const before = { ...kit.mail.settings.values };
    now += 2 * 60_000;
    await kit.clock.advance(2_000);

    assert.equal(before['failureThreshold'], 9);
    assert.equal(kit.mail.settings.values['failureThreshold'], 2, 'tried and taken back');
    assert.equal(kit.mail.settings.values['resetTimeoutMs'], 6_000, 'somebody has meant this since');
    const [newest] = (await kit.get<{ revisions: RevisionView[] }>('config/revisions')).revisions;
    assert.deepEqual([newest?.reverts, newest?.author], [1, 'system']);
    await kit.clock.advance(10_000);
    assert.equal((await kit.get<ConfigView>('config')).revision, 3, 'once');
  });
}

test('temporary settings are reverted after any number of later revisions, unless a person has already reverted them', async (context) => {
  const kit = kitFor(context);
  const until = (minutes: number) => ({ auto_revert_at: new Date(noon + minutes * 60_000).toISOString() });
  await saved(kit, { [database]: { failureThreshold: 8 } }, '*', until(5));
  await kit.order('POST', 'config/revisions/0/restore', { reason: 'it was no good' }, { 'if-match': '*' });
  await saved(kit, { [database]: { failureThreshold: 8 } }, '*');
  await saved(kit, { [mail]: { failureThreshold: 9 } }, '*', until(10));
  for (let count = 0; count < 40; count += 1) await saved(kit, { [mail]: { resetTimeoutMs: 6_000 + count } }, '*');
  const before = (await kit.get<ConfigView>('config')).revision;
  await kit.clock.advance(11 * 60_000);

  assert.equal(kit.database.settings.values['failureThreshold'], 8);
  assert.equal(kit.mail.settings.values['failureThreshold'], 2);
  assert.equal((await kit.get<ConfigView>('config')).revision, before + 1);
});

test('the preview matches a real breaker with the proposed settings and the same calls', async (context) => {
  const random = seededRandom(21);
  for (let round = 0; round < 20; round += 1) {
    const kit = kitFor(context);
    // Never opens, so that all outcomes are known.
    kit.registry.change('letters', 'mail', { failureThreshold: 1_000 });
    const calls: { at: number; ok: boolean }[] = [];
    for (let call = 0; call < 200; call += 1) {
      // Records are exact to 100 ms.
      await kit.clock.advance(100 * Math.floor(random() * 15));
      const ok = random() < 0.55;
      calls.push({ at: kit.clock.now(), ok });
      await (ok ? kit.mail.execute(async () => undefined) : kit.fail(kit.mail));
    }
    const failureThreshold = 1 + Math.floor(random() * 4);
    const answer = await kit.order('POST', 'config/validate', {
      settings: { [mail]: { failureThreshold, resetTimeoutMs: 2_000 } },
    });
    const { previews } = (await answer.json()) as ValidationView;

    const clock = new ManualClock();
    const proposed = new CircuitBreaker({ name: 'mail', failureThreshold, resetTimeoutMs: 2_000, clock });
    new Registry({ clock }).pipeline('letters', [proposed]);
    let refused = 0;
    let failures = 0;
    let openings = 0;
    for (const { at, ok } of calls) {
      await clock.advance(at - clock.now());
      const before = proposed.state;
      const lost = Object.assign(new Error('lost'), { code: 'ECONNREFUSED', syscall: 'connect' });
      let ran = false;
      await proposed
        .execute(() => {
          ran = true;
          return ok ? Promise.resolve() : Promise.reject(lost);
        })
        .catch(() => {});
      if (!ran) refused += 1;
      else if (!ok) failures += 1;
      if (before !== 'open' && proposed.state === 'open') openings += 1;
    }
    assert.deepEqual(
      { calls: previews[0]?.calls, ...previews[0]?.proposed, open_ms: 0, successes_refused: 0 },
      { calls: 200, openings, refused, failures_let_through: failures, open_ms: 0, successes_refused: 0 },
      `round ${round}`,
    );
    kit.console.close();
  }
});

test('a draft lists the windows that it empties, and they are empty afterwards; a viewer can validate but not save', async (context) => {
  const kit = kitFor(context);
  const texts = new CircuitBreaker({ name: 'sms', window: 'count', windowCalls: 20, failureRatio: 1 });
  const calls = new CircuitBreaker({ name: 'voice', window: 'time', windowMs: 10_000, failureRatio: 1 });
  kit.registry.pipeline('messages', [texts]);
  kit.registry.pipeline('calls', [calls]);
  for (const breaker of [texts, calls]) for (let count = 0; count < 5; count += 1) await kit.fail(breaker);
  const settings = {
    'messages.sms': { windowCalls: 40 },
    'calls.voice': { windowMs: 20_000 },
    [mail]: { resetTimeoutMs: 6_000 },
  };
  const draft = await kit.order('POST', 'config/validate', { settings });
  await saved(kit, settings, '*');
  kit.user = { id: 'u-3', name: 'Kim', role: 'viewer' };
  const asked = await kit.order('POST', 'config/validate', { settings });
  const refused = await save(kit, { [mail]: { resetTimeoutMs: 7_000 } }, '*');

  assert.deepEqual(((await draft.json()) as ValidationView).empties_windows, ['calls.voice']);
  const ratioAfterOneMore = async (breaker: CircuitBreaker): Promise<unknown> => {
    await breaker.execute(async () => undefined);
    return breaker.report(kit.clock.now())['failureRatio'];
  };
  assert.deepEqual([await ratioAfterOneMore(texts), await ratioAfterOneMore(calls)], [5 / 6, 0]);
  assert.deepEqual([asked.status, refused.status], [200, 403]);
});
