import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CircuitBreaker } from 'dualbrake';
import { faultInjection } from 'dualbrake/faults';
import { consoleKit, origin, type ConsoleKit } from '../testing/console-kit.ts';
import type { BreakerView, IncidentDetail, IncidentView } from '../contract.ts';

function kitFor(context: TestContext, options?: Parameters<typeof consoleKit>[0]): ConsoleKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  return kit;
}

async function open(kit: ConsoleKit, breaker: CircuitBreaker): Promise<void> {
  await kit.fail(breaker);
  await kit.clock.advance(300);
  await kit.fail(breaker);
}

async function recover(kit: ConsoleKit, breaker: CircuitBreaker): Promise<void> {
  await kit.clock.advance(5_000);
  await breaker.execute(async () => undefined);
}

async function list(kit: ConsoleKit, query = ''): Promise<IncidentView[]> {
  return (await kit.get<{ incidents: IncidentView[] }>(`incidents${query}`)).incidents;
}

test('an incident is opened, acknowledged and resolved, with times to detect, acknowledge and recover', async (context) => {
  const kit = kitFor(context);
  await kit.clock.advance(10_000);
  await open(kit, kit.database);
  await kit.clock.advance(2_000);
  const acknowledged = await kit.order('POST', 'incidents/1/acknowledge', { note: 'I am working on it' });
  await recover(kit, kit.database);
  await kit.clock.advance(59_000);
  const [stable] = await list(kit);
  await kit.clock.advance(2_000);
  const [over] = await list(kit);

  assert.equal(acknowledged.status, 200);
  assert.equal(stable?.state, 'acknowledged');
  assert.deepEqual(
    [
      over?.state,
      over?.resolved_by,
      over?.first_cause,
      over?.severity,
      over?.detect_ms,
      over?.acknowledge_ms,
      over?.recover_ms,
    ],
    ['resolved', 'rule', 'reads.database', 'minor', 300, 2_000, 7_000],
  );
  const { recovery } = await kit.get<BreakerView>('breakers/reads.database');
  assert.deepEqual(recovery, { count: 1, mean_ms: 7_000, p95_ms: 7_000, longest_ms: 7_000, flaps: 0 });
});

test('a breaker that reopens before its incident is resolved flaps within it', async (context) => {
  const kit = kitFor(context);
  await open(kit, kit.database);
  await recover(kit, kit.database);
  await kit.clock.advance(30_000);
  await open(kit, kit.database);
  await recover(kit, kit.database);
  await kit.clock.advance(61_000);

  const all = await list(kit);
  assert.deepEqual(
    all.map(({ number, flaps, state }) => [number, flaps, state]),
    [[1, 1, 'resolved']],
  );
  assert.ok((all[0]?.recover_ms ?? 0) > 40_000, 'it took until the last closing');
});

test('breakers of one pipeline share an incident, those of others do not', async (context) => {
  const kit = kitFor(context);
  const sms = new CircuitBreaker({ name: 'sms', failureThreshold: 2 });
  kit.registry.pipeline('texts', [kit.database, sms]);
  await open(kit, kit.database);
  await open(kit, sms);
  await open(kit, kit.mail);

  const all = await list(kit);
  assert.deepEqual(
    all.map(({ severity, members }) => [severity, members.map(({ breaker }) => breaker)]),
    [
      ['minor', ['letters.mail']],
      ['major', ['reads.database', 'texts.sms']],
    ],
  );
});

test('a drill is a separate incident and does not count towards recovery times', async (context) => {
  const kit = kitFor(context, { drills: { enabled: true } });
  const place = faultInjection({ name: 'drill' });
  const pipeline = kit.registry.pipeline('drilled', [kit.mail, place]);
  const started = await kit.order('POST', 'faults', {
    target: 'drilled.drill',
    kind: 'error',
    class: 'system',
    ttl_ms: 60_000,
    stop_conditions: [{ type: 'loop_delay', above_ms: 60_000 }],
    reason: 'to see it',
  });
  for (let call = 0; call < 2; call += 1) await pipeline.execute(async () => 'well').catch(() => {});
  const [during] = await list(kit);
  await kit.clock.advance(60_000);
  await recover(kit, kit.mail);
  await kit.clock.advance(62_000);
  const [over] = await list(kit);

  assert.equal(started.status, 200, await started.text());
  assert.deepEqual([during?.drill, during?.title], [true, 'Drill: mail blocked calls']);
  assert.equal(over?.state, 'resolved');
  assert.equal((await kit.get<BreakerView>('breakers/letters.mail')).recovery.count, 0);
});

test('an incident and its number survive a restart, and a closed breaker then resolves it', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'console-incidents-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'console.sqlite');
  const first = consoleKit({ store: { path } });
  await open(first, first.database);
  await first.clock.advance(1_000);
  first.console.close();

  const second = kitFor(context, { store: { path } });
  const [kept] = await list(second);
  await second.clock.advance(63_000);
  const [over] = await list(second);
  await open(second, second.mail);
  const [next] = await list(second);

  assert.deepEqual([kept?.number, kept?.state], [1, 'triggered']);
  assert.equal(over?.state, 'resolved');
  assert.equal(next?.number, 2);
});

test('an incident cannot be resolved while calls are blocked; afterwards it can at once', async (context) => {
  const kit = kitFor(context);
  await open(kit, kit.database);
  const early = await kit.order('POST', 'incidents/1/resolve', { reason: 'it is fine' });
  await recover(kit, kit.database);
  const late = await kit.order('POST', 'incidents/1/resolve', { reason: 'it is fine' });
  const again = await kit.order('POST', 'incidents/1/resolve', { reason: 'it is fine' });
  const unknown = await kit.order('POST', 'incidents/9/resolve', { reason: 'it is fine' });

  assert.deepEqual([early.status, late.status, again.status, unknown.status], [409, 200, 409, 404]);
  assert.match(((await early.json()) as { detail: string }).detail, /Calls are still blocked: database/);
  assert.deepEqual(
    (await list(kit)).map(({ resolved_by: by }) => by),
    ['Ana'],
  );
});

test('the timeline has transitions, actions, revisions, errors and notes in order, and so has the export', async (context) => {
  const kit = kitFor(context);
  await open(kit, kit.database);
  await kit.clock.advance(1_000);
  await kit.order('POST', 'incidents/1/notes', { note: 'the | cable <b>was</b> pulled' });
  await kit.clock.advance(1_000);
  await kit.order(
    'PATCH',
    'config',
    { settings: { 'reads.database': { resetTimeoutMs: 1_000 } }, reason: 'test sooner' },
    { 'if-match': '*' },
  );
  await kit.clock.advance(1_000);
  await kit.order('POST', 'breakers/reads.database/actions', { action: 'reset', reason: 'the cable is back' });
  await kit.clock.advance(62_000);

  const detail = await kit.get<IncidentDetail>('incidents/1');
  const exported = async (format: string) =>
    (await kit.console(new Request(`${origin}/admin/api/v1/incidents/1/export?format=${format}`))).text();
  const markdown = await exported('markdown');
  const json = JSON.parse(await exported('json')) as IncidentDetail;

  const times = detail.timeline.map(({ at }) => at);
  assert.deepEqual(times, times.toSorted(), 'in their order');
  const kinds = new Set(detail.timeline.map(({ kind }) => kind));
  for (const kind of ['transition', 'order', 'config', 'error', 'note'] as const)
    assert.ok(kinds.has(kind), `${kind} is among ${[...kinds].join(', ')}`);
  assert.deepEqual(json.timeline, detail.timeline);
  assert.match(markdown, /^# Incident 1: database blocked calls/m);
  assert.match(markdown, /the \\\| cable \\<b\\>was\\<\/b\\> pulled/);
  assert.match(markdown, /the cable is back/);
});
