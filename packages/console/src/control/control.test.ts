import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { RecoverableService } from 'dualbrake';
import { consoleKit, noon, type ConsoleKit } from '../testing/console-kit.ts';
import type { BreakerList, BreakerView, BulkView, OperationView, ProblemView } from '../contract.ts';

function kitFor(context: TestContext, options?: Parameters<typeof consoleKit>[0]): ConsoleKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  return kit;
}

function temporaryPath(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'console-control-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'console.sqlite');
}

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

const mail = 'breakers/letters.mail';

test('an override has a reason, an owner and an end; it survives a restart and ends on time', async (context) => {
  const path = temporaryPath(context);
  const first = consoleKit({ store: { path } });
  const endsAt = new Date(noon + 60 * 60_000).toISOString();
  await first.order('PUT', `${mail}/override`, { mode: 'isolated', reason: 'the server is moved', expires_at: endsAt });
  assert.equal(first.mail.state, 'open');
  first.console.close();

  const second = kitFor(context, { store: { path } });
  await second.clock.advance(1_000);
  const { override, state } = await second.get<BreakerView>(mail);
  assert.deepEqual(
    [state, override?.mode, override?.reason, override?.actor, override?.ends_at],
    ['open', 'isolated', 'the server is moved', 'Ana', endsAt],
  );
  await second.clock.advance(60 * 60_000);
  assert.equal((await second.get<BreakerView>(mail)).override, null);
  assert.equal(second.mail.state, 'closed');
  const { records } = await second.get<{ records: { action: string }[] }>('audit');
  const actions = records.map(({ action }) => action);
  for (const action of ['breaker.override.restored', 'breaker.override.expired'])
    assert.ok(actions.includes(action), action);
});

test('a repeated action gets the same response word for word, even after later changes', async (context) => {
  const kit = kitFor(context);
  const requests: readonly (readonly [method: string, path: string, body: object, headers: Record<string, string>])[] =
    [
      ['PUT', `${mail}/override`, { mode: 'isolated', reason: 'the server is moved' }, {}],
      ['DELETE', `${mail}/override`, { reason: 'it is back' }, {}],
      ['POST', `${mail}/actions`, { action: 'trip', reason: 'once more' }, {}],
      [
        'PATCH',
        'config',
        { settings: { 'letters.mail': { failureThreshold: 3 } }, reason: 'one more' },
        { 'if-match': '*' },
      ],
    ];
  for (const [place, [method, path, body, headers]] of requests.entries()) {
    const key = { ...headers, 'idempotency-key': `again-${place}` };
    const first = await kit.order(method, path, body, key);
    const answer = await first.text();
    await kit.clock.advance(3_000);
    kit.mail.trip('meanwhile');
    const again = await kit.order(method, path, body, key);
    assert.deepEqual(
      [again.status, await again.text(), again.headers.get('etag')],
      [first.status, answer, first.headers.get('etag')],
      path,
    );
  }
});

test('administrators can hold closed for 30 minutes; isolation lasts a day at most; no override is unlimited', async (context) => {
  const kit = kitFor(context);
  const put = async (mode: string, minutes?: number): Promise<number> => {
    const end = minutes === undefined ? {} : { expires_at: new Date(noon + minutes * 60_000).toISOString() };
    return (await kit.order('PUT', `${mail}/override`, { mode, reason: 'to see how long', ...end })).status;
  };

  assert.deepEqual(
    [await put('held_closed', 31), await put('isolated', 24 * 60 + 1), await put('isolated', -1), await put('observe')],
    [422, 422, 422, 422],
  );
  assert.deepEqual([await put('held_closed', 30), await put('isolated', 24 * 60)], [200, 200]);
  await put('held_closed');
  const { override } = await kit.get<BreakerView>(mail);
  assert.equal(override?.ends_at, new Date(noon + 30 * 60_000).toISOString(), 'the default is 30 minutes');
  kit.user = { id: 'u-2', name: 'Ben', role: 'maintainer' };
  assert.equal(await put('held_closed', 5), 403);
});

test('an action is refused if the breaker has changed since it was read; a dry run changes nothing', async (context) => {
  const kit = kitFor(context);
  const seen = (await kit.get<BreakerView>(mail)).version;
  const dry = await kit.order('POST', `${mail}/actions`, { action: 'trip', reason: 'only to see', dry_run: true });
  const stateAfterDryRun = kit.mail.state;
  kit.mail.trip('meanwhile');
  const stale = await kit.order(
    'POST',
    `${mail}/actions`,
    { action: 'reset', reason: 'as I saw it' },
    { 'if-match': `"${seen}"` },
  );

  assert.deepEqual([dry.status, stateAfterDryRun], [200, 'closed']);
  assert.equal((await json<{ would_be: string }>(dry)).would_be, 'open');
  assert.deepEqual([stale.status, (await json<ProblemView>(stale)).code], [412, 'version-changed']);
  assert.equal(kit.mail.state, 'open');
});

async function bulk(kit: ConsoleKit, order: object): Promise<[number, BulkView]> {
  const response = await kit.order('POST', 'bulk-operations', { reason: 'all at once', ...order });
  return [response.status, await json<BulkView>(response)];
}

async function ended(kit: ConsoleKit, id: string): Promise<BulkView> {
  for (;;) {
    const view = await kit.get<BulkView>(`bulk-operations/${id}`);
    if (view.state !== 'running') return view;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a bulk operation acts on the versions that were read: changed breakers are skipped, and each action is audited', async (context) => {
  const kit = kitFor(context);
  const { breakers } = await kit.get<BreakerList>('breakers');
  const targets = breakers.map(({ id, version }) => ({ id, version }));
  kit.database.trip('meanwhile');
  const [, planned] = await bulk(kit, { action: 'isolate', targets, dry_run: true });
  const stateAfterDryRun = kit.mail.state;
  const [status, begun] = await bulk(kit, { action: 'isolate', targets });
  const done = await ended(kit, begun.id);
  const { records } = await kit.get<{ records: { action: string; target: { id: string } }[] }>('audit');

  assert.deepEqual([planned.state, planned.skipped, stateAfterDryRun], ['planned', 1, 'closed']);
  assert.equal(status, 202);
  assert.deepEqual([done.done, done.skipped, done.failed], [1, 1, 0]);
  const items = Object.fromEntries(done.items.map(({ id, state }) => [id, state]));
  assert.deepEqual(items, { 'reads.database': 'skipped', 'letters.mail': 'done' });
  assert.equal(kit.mail.state, 'open');
  assert.equal(records.filter(({ target }) => target.id === 'letters.mail').length, 2, 'intent and result');
});

test('a filter must match the expected number of breakers', async (context) => {
  const kit = kitFor(context);
  kit.mail.trip('now');
  const [refused] = await bulk(kit, { action: 'reset', filter: { state: 'open' }, expected_count: 2 });
  const [without] = await bulk(kit, { action: 'reset', filter: { state: 'open' } });
  const [accepted, begun] = await bulk(kit, { action: 'reset', filter: { state: 'open' }, expected_count: 1 });
  await ended(kit, begun.id);

  assert.deepEqual([refused, without, accepted], [409, 422, 202]);
  assert.equal(kit.mail.state, 'closed');
});

test('automatic recovery and operators share one lock', async (context) => {
  let finish = (): void => {};
  const kit = kitFor(context, {
    services: [
      {
        id: 'database',
        name: 'database',
        report: () => ({ state: 'up' }),
        actions: {
          restart: {
            timeLimitMs: 10_000,
            coolDownMs: 0,
            run: () => new Promise<void>((resolve) => (finish = resolve)),
          },
        },
      },
    ],
  });
  let resets = 0;
  let endReset = (): void => {};
  const service: RecoverableService = {
    isHealthy: async () => true,
    needsRecovery: () => true,
    reset: () => new Promise<void>((resolve) => ((resets += 1), (endReset = resolve))),
  };
  const guarded = kit.console.guard('database', service);
  const restart = () => kit.order('POST', 'services/database/actions', { action: 'restart', reason: 'by hand' });

  const recovering = guarded.reset();
  const during = await restart();
  endReset();
  await recovering;
  const begun = await restart();
  const needed = guarded.needsRecovery?.();
  await guarded.reset();
  finish();

  assert.deepEqual([during.status, (await json<ProblemView>(during)).code], [409, 'operation-running']);
  assert.equal(begun.status, 202);
  assert.deepEqual([needed, resets], [false, 1]);
  const { id } = await json<OperationView>(begun);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await kit.get<OperationView>(`operations/${id}`)).state, 'applied');
});

test('the actions of a user in a minute are limited', async (context) => {
  const kit = kitFor(context, { actionsPerMinute: 3 });
  const statuses = [];
  for (let count = 0; count < 5; count += 1)
    statuses.push((await kit.order('POST', `${mail}/actions`, { action: 'reset', reason: 'again and again' })).status);
  await kit.clock.advance(60_000);
  statuses.push((await kit.order('POST', `${mail}/actions`, { action: 'reset', reason: 'a minute later' })).status);

  assert.deepEqual(statuses, [200, 200, 200, 429, 429, 200]);
});
