import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { CircuitBreaker } from 'dualbrake';
import type { BreakerView, IncidentDetail, IncidentView } from '../contract.ts';
import { consoleKit, noon, origin, type ConsoleKit } from '../testing/console-kit.ts';

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

/** A failure that does not open anything. */
async function failOnce(kit: ConsoleKit): Promise<void> {
  await kit.fail(kit.database);
  await kit.database.execute(async () => undefined);
}

const detailOf = (kit: ConsoleKit, number = 1): Promise<IncidentDetail> =>
  kit.get<IncidentDetail>(`incidents/${number}`);

async function exported(kit: ConsoleKit): Promise<string> {
  const request = new Request(`${origin}/admin/api/v1/incidents/1/export?format=markdown`);
  return (await kit.console(request)).text();
}

/** A service whose state a test sets. */
function aService() {
  const listeners = new Set<() => void>();
  let now = { state: 'up', reason: 'started' };
  return {
    service: {
      id: 'store',
      name: 'store',
      dependants: ['database'],
      report: () => now,
      subscribe: (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)),
      actions: {},
    },
    enter(state: string, reason: string): void {
      now = { state, reason };
      for (const tell of listeners) tell();
    },
  };
}

test('errors before an incident and minutes after it do not belong to it', async (context) => {
  const kit = kitFor(context);
  await failOnce(kit);
  await kit.clock.advance(10_000);
  await open(kit, kit.database);
  const during = await detailOf(kit);
  await recover(kit, kit.database);
  await kit.clock.advance(30_000);
  await failOnce(kit);
  await kit.clock.advance(31_000);
  await failOnce(kit);

  const [error, ...others] = (await detailOf(kit)).errors;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [during.errors[0]?.count, error?.source, error?.type, error?.count],
    [2, 'reads.database', 'node.ECONNREFUSED', 2],
  );
  const at = (ms: number): string => new Date(noon + ms).toISOString();
  assert.deepEqual([error?.first_seen_at, error?.last_seen_at], [at(10_000), at(10_300)]);
  assert.match(await exported(kit), /## Errors during the incident[\s\S]*ECONNREFUSED \| 2 \|/);
});

test('errors between a closing and a reopening within a minute belong to the incident', async (context) => {
  const kit = kitFor(context);
  await open(kit, kit.database);
  await recover(kit, kit.database);
  await kit.clock.advance(10_000);
  await failOnce(kit);
  await kit.clock.advance(10_000);
  await open(kit, kit.database);
  await recover(kit, kit.database);
  await kit.clock.advance(62_000);

  assert.equal((await detailOf(kit)).errors[0]?.count, 5);
});

test('errors of an incident survive a restart, and counting continues', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'console-errors-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'console.sqlite');
  const first = consoleKit({ store: { path } });
  await open(first, first.database);
  await first.clock.advance(1_000);
  first.console.close();

  const second = kitFor(context, { store: { path } });
  await second.fail(second.database);
  await second.clock.advance(1_000);
  assert.equal((await detailOf(second)).errors[0]?.count, 3);
});

test('a process killed by a signal is the first likely cause in detail, verdict and export', async (context) => {
  const { service, enter } = aService();
  const kit = kitFor(context, { services: [service] });
  await kit.clock.advance(60_000);
  enter('down', 'the database process was ended by SIGKILL');
  kit.console.log(JSON.stringify({ level: 40, time: noon + 60_000, msg: 'The disk is almost full' }));
  kit.console.log(
    JSON.stringify({ level: 40, time: noon + 60_000, msg: 'Store down: the database process was ended by SIGKILL' }),
  );
  kit.console.log(JSON.stringify({ level: 50, time: noon + 60_000, msg: 'a request', correlation_id: 'c-1' }));
  await kit.clock.advance(400);
  await open(kit, kit.database);
  enter('restarting', 'the database process was ended by SIGKILL');
  await kit.clock.advance(3_000);
  enter('up', 'started');

  const { causes, verdict } = await detailOf(kit);
  assert.deepEqual(
    causes.map(({ kind, text, before_ms: before }) => [kind, text, before]),
    [
      ['service', 'store: up to down (the database process was ended by SIGKILL)', 700],
      ['log', 'The disk is almost full', 700],
      ['error', 'database: first node.ECONNREFUSED (transient)', 300],
      ['failure', 'database: first failure that counted', 300],
    ],
  );
  assert.match(verdict, /Likely cause: store: up to down \(the database process was ended by SIGKILL\)\./);
  assert.match(await exported(kit), /## Likely causes[\s\S]*SIGKILL/);
});

test('an isolation has an operator and a reason, and counts neither as a recovery nor as a failure', async (context) => {
  const kit = kitFor(context);
  await kit.order('PUT', 'breakers/letters.mail/override', { mode: 'isolated', reason: 'the server is moved' });
  await kit.clock.advance(60_000);
  await kit.order('DELETE', 'breakers/letters.mail/override', { reason: 'it is back' });
  await kit.clock.advance(62_000);

  const { verdict, members, title, state } = await detailOf(kit);
  assert.deepEqual([title, state], ['mail isolated by an operator', 'resolved']);
  assert.match(verdict, /Isolated by Ana: the server is moved\./);
  assert.doesNotMatch(verdict, /because of|It opened/);
  assert.deepEqual([members[0]?.cause, members[0]?.actor], ['operator', 'Ana']);
  assert.match(await exported(kit), /Isolated by Ana: the server is moved/);
  const { recovery } = await kit.get<BreakerView>('breakers/letters.mail');
  assert.deepEqual(recovery, { count: 0, mean_ms: null, p95_ms: null, longest_ms: null, flaps: 0 });
  const { recoveries } = await kit.get<{ recoveries: unknown[] }>('breakers/letters.mail/recoveries');
  assert.deepEqual(recoveries, []);
});

test('an isolation that joins an incident does not lengthen its time to recover', async (context) => {
  const kit = kitFor(context, { members: { mail: { dependsOn: ['database'] } } });
  await open(kit, kit.database);
  await kit.order('PUT', 'breakers/letters.mail/override', { mode: 'isolated', reason: 'the server is moved' });
  await recover(kit, kit.database);
  await kit.clock.advance(120_000);
  await kit.order('DELETE', 'breakers/letters.mail/override', { reason: 'it is back' });
  await kit.clock.advance(62_000);

  const { members, state, recover_ms: recoverMs } = await detailOf(kit);
  assert.deepEqual(
    members.map(({ cause }) => cause),
    ['automatic', 'operator'],
  );
  assert.deepEqual([state, recoverMs], ['resolved', 5_000]);
});

test('an incident that was resolved without an acknowledgement needs none', async (context) => {
  const kit = kitFor(context);
  await open(kit, kit.database);
  await recover(kit, kit.database);
  await kit.clock.advance(62_000);

  const { incidents } = await kit.get<{ incidents: IncidentView[] }>('incidents');
  assert.deepEqual([incidents[0]?.state, incidents[0]?.acknowledge_ms], ['resolved', null]);
  assert.match(await exported(kit), /\| Acknowledged \| no \|/);
});

test('flapping is folded into one entry, and every change is still there', async (context) => {
  const kit = kitFor(context);
  await open(kit, kit.database);
  for (let round = 0; round < 65; round += 1) {
    await kit.clock.advance(5_000);
    await kit.fail(kit.database);
  }
  await recover(kit, kit.database);
  await kit.clock.advance(62_000);

  const { timeline, folds } = await detailOf(kit);
  const [fold] = folds;
  const transitions = timeline.filter(({ kind }) => kind === 'transition');
  assert.equal(folds.length, 1);
  assert.match(fold?.text ?? '', /^database: 132 × half-open\/open\/closed$/);
  // The first opening has an entry of its own: the incident begins after it.
  assert.deepEqual(
    [fold?.count, fold?.from, fold?.to],
    [transitions.length - 1, transitions[1]?.at, transitions.at(-1)?.at],
  );
  const rows = (await exported(kit)).split('## Timeline')[1]?.split('\n').length ?? 0;
  assert.ok(rows < 20, `${rows} lines`);
});

test('before an incident is resolved, the report says how long calls were blocked and that the breaker is closed again', async (context) => {
  const kit = kitFor(context);
  await open(kit, kit.database);
  await kit.clock.advance(3_000);
  const during = await detailOf(kit);
  await recover(kit, kit.database);
  await kit.clock.advance(30_000);
  const after = await detailOf(kit);
  assert.equal(after.state, 'triggered');
  assert.match(during.verdict, /^database has blocked calls for 3 s\. /);
  assert.match(after.verdict, /^database blocked calls for 8 s and is closed again\. /);
  assert.ok(after.timeline.some(({ text }) => text.startsWith('Incident 1: breaker closed: database')));
});
