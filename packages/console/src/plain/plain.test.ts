import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { CircuitBreaker } from 'dualbrake';
import { consoleKit, origin, type ConsoleKit } from '../testing/console-kit.ts';
import type { AuditRecord } from '../contract.ts';

function kitFor(context: TestContext, options?: Parameters<typeof consoleKit>[0]): ConsoleKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  return kit;
}

const plain = `${origin}/admin/plain`;

function open(kit: ConsoleKit, below = ''): Promise<Response> {
  return kit.console(new Request(plain + below));
}

function send(
  kit: ConsoleKit,
  below: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return kit.console(
    new Request(plain + below, {
      method: 'POST',
      headers: { origin, host: 'school.test', 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams(fields),
    }),
  );
}

/** The hidden fields of a page's form. */
async function formOf(response: Response): Promise<Record<string, string>> {
  const text = await response.text();
  return Object.fromEntries(
    [...text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
}

test('one request shows what is broken, since when and why, without scripts or other resources', async (context) => {
  const kit = kitFor(context);
  await kit.fail(kit.database);
  await kit.fail(kit.database);
  await kit.clock.advance(2_000);
  const response = await open(kit);
  const text = await response.text();

  assert.equal(response.status, 200);
  assert.match(text, /1 of 2 breakers is blocking calls: database\./);
  assert.match(text, /open, next probe in 3 s/);
  assert.match(text, /2 consecutive failures/);
  assert.match(text, /As of 17:00:02 UTC/);
  assert.doesNotMatch(text, /<script|src=|https?:|href="(?!data:|\/admin\/plain)/);
  assert.match(
    response.headers.get('content-security-policy') ?? '',
    /default-src 'none'; style-src 'sha256-[\w+/]+=*'/,
  );
});

test('forms isolate and release a breaker, with their reasons in the audit log', async (context) => {
  const kit = kitFor(context);
  const form = await formOf(await open(kit, '/isolate?breaker=letters.mail'));
  const isolated = await send(kit, '/isolate', { ...form, reason: 'the server is moved', minutes: '15' });
  const stateThen = kit.mail.state;
  const shown = await (await open(kit)).text();
  const back = await formOf(await open(kit, '/release?breaker=letters.mail'));
  const released = await send(kit, '/release', { ...back, reason: 'it is back' });

  assert.deepEqual([isolated.status, isolated.headers.get('location'), stateThen], [303, '/admin/plain', 'open']);
  assert.match(shown, /isolated, 15 min 0 s left/);
  assert.match(shown, /<td data-label="Why">Ana: the server is moved<\/td>/);
  assert.deepEqual([released.status, kit.mail.state], [303, 'closed']);
  const { records } = await kit.get<{ records: AuditRecord[] }>('audit');
  assert.deepEqual(
    records.filter(({ phase }) => phase === 'result').map(({ action, reason }) => [action, reason]),
    [
      ['breaker.override.release', 'it is back'],
      ['breaker.override.set', 'the server is moved'],
    ],
  );
});

test('a form sent twice is one action; a changed form is another', async (context) => {
  const kit = kitFor(context);
  const form = { ...(await formOf(await open(kit, '/isolate?breaker=letters.mail'))), reason: 'the server is moved' };
  const first = await send(kit, '/isolate', { ...form, minutes: '15' });
  await kit.clock.advance(3_000);
  const again = await send(kit, '/isolate', { ...form, minutes: '15' });
  const longer = await send(kit, '/isolate', { ...form, minutes: '60' });
  const { records } = await kit.get<{ records: AuditRecord[] }>('audit?action=breaker.override.set');

  assert.deepEqual([first.status, again.status, longer.status], [303, 303, 303]);
  assert.equal(records.length, 4, 'two orders with two lines each');
});

test('a problem is shown on the form, which keeps its values; nothing changes', async (context) => {
  const kit = kitFor(context);
  const form = await formOf(await open(kit, '/isolate?breaker=letters.mail'));
  const refused = await send(kit, '/isolate', { ...form, reason: '"x', minutes: '60' });
  const text = await refused.text();

  assert.equal(refused.status, 422);
  assert.match(text, /role="alert">Enter a reason of 3 to 500 characters\./);
  assert.match(text, /name="reason"\s+value="&quot;x"/);
  assert.match(text, /<option value="60"\s+selected>/);
  assert.equal(kit.mail.state, 'closed');
});

test('forms from other sites, without permission, in read-only mode and for unknown breakers do nothing', async (context) => {
  const kit = kitFor(context);
  const fields = { breaker: 'letters.mail', key: 'made up', reason: 'from elsewhere', minutes: '15' };
  const foreign = await send(kit, '/isolate', fields, { origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' });
  const unknown = await open(kit, '/isolate?breaker=nobody');
  const nowhere = await open(kit, '/explode');
  kit.user = { id: 'u-4', name: 'Lee', role: 'viewer' };
  const viewer = await send(kit, '/isolate', fields);
  const seen = await (await open(kit)).text();
  kit.user = undefined;
  const stranger = await open(kit);
  const readOnly = kitFor(context, { readOnly: true });
  const refused = await send(readOnly, '/isolate', fields);

  assert.deepEqual(
    [foreign.status, unknown.status, nowhere.status, viewer.status, refused.status],
    [403, 404, 404, 403, 405],
  );
  assert.deepEqual([kit.mail.state, readOnly.mail.state], ['closed', 'closed']);
  assert.match(seen, /view-only/);
  assert.deepEqual([stranger.status, stranger.headers.get('location')], [302, '/sign-in?next=%2Fadmin%2Fplain']);
});

test('names and reasons that look like markup are escaped', async (context) => {
  const kit = kitFor(context);
  const name = `"><img src=x onerror=alert(1)>'&`;
  const hostile = new CircuitBreaker({ name });
  kit.registry.pipeline('hostile', [hostile]);
  hostile.trip('<script>alert(1)</script>');
  const { breakers } = await kit.get<{ breakers: { id: string; name: string }[] }>('breakers');
  const id = breakers.find((breaker) => breaker.name === name)?.id ?? assert.fail('it is listed');
  const pages = [await open(kit), await open(kit, `/isolate?breaker=${encodeURIComponent(id)}`)];
  for (const response of pages) {
    const text = await response.text();
    assert.equal(response.status, 200);
    assert.doesNotMatch(text, /<img|<script/);
    assert.match(text, /&quot;&gt;&lt;img src=x/);
  }
});
