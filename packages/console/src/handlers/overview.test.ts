import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { OverviewView } from '../contract.ts';
import { consoleKit, origin, type ConsoleKit } from '../testing/console-kit.ts';

function kitFor(context: TestContext, options?: Parameters<typeof consoleKit>[0]): ConsoleKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  return kit;
}

async function textOf(kit: ConsoleKit, path: string, accept: string): Promise<string> {
  return (await kit.console(new Request(`${origin}/admin/${path}`, { headers: { accept } }))).text();
}

test('API, plain page and terminal table list the same items that need attention', async (context) => {
  let state = 'up';
  const report = () => ({ state, reason: 'killed' });
  const kit = kitFor(context, { services: [{ id: 'db', name: 'store', report, actions: {} }] });
  const listed = async () => (await kit.get<OverviewView>('overview')).attention;

  assert.deepEqual(await listed(), []);
  await kit.fail(kit.database);
  await kit.fail(kit.database);
  await kit.clock.advance(5_000);
  await kit.database.execute(async () => undefined);
  state = 'down';
  await kit.order(
    'PATCH',
    'config',
    {
      settings: { 'reads.database': { resetTimeoutMs: 1_000 } },
      reason: 'test sooner',
      auto_revert_at: new Date(Date.UTC(2026, 10, 23, 17, 30)).toISOString(),
    },
    { 'if-match': '*' },
  );
  await kit.clock.advance(1_000);

  const attention = await listed();
  assert.deepEqual(
    attention.map(({ kind, text }) => [kind, text]),
    [
      ['service', 'The service store is down: killed.'],
      ['incident', 'Incident 1 is not acknowledged: database blocked calls. Its breakers are closed again.'],
      ['trial', 'Ana is trying the settings of revision 1. They are reverted automatically.'],
    ],
  );
  const plain = await textOf(kit, 'plain', 'text/html');
  const terminal = await textOf(kit, 'api/v1/overview', 'text/plain');
  for (const { text } of attention) {
    assert.ok(plain.includes(text), `the plain page says: ${text}`);
    assert.ok(terminal.includes(text), `the terminal table says: ${text}`);
  }
  assert.match(plain, /reverted automatically\. Ends in 29 min/);
});

test('a breaker whose report fails needs attention as unknown, because no list can contain it', async (context) => {
  const kit = kitFor(context);
  Object.assign(kit.mail, {
    report: () => {
      throw new Error('no numbers');
    },
  });

  const { attention, breakers, verdict } = await kit.get<OverviewView>('overview');

  assert.deepEqual(
    breakers.map(({ name }) => name),
    ['database'],
  );
  assert.deepEqual(
    attention.map(({ kind, tone, target, text }) => [kind, tone, target, text]),
    [['unknown', 'warning', 'letters.mail', 'The state of mail is unknown because its report failed.']],
  );
  assert.equal(verdict.tone, 'warning');
  assert.equal(verdict.text, attention[0]?.text);
});
