import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CircuitBreaker, retry } from 'dualbrake';
import { seededRandom } from 'dualbrake/testing';
import { consoleKit, noon, type ConsoleKit } from '../testing/console-kit.ts';
import type { FunnelView, HistoryPoint, HistoryView } from '../contract.ts';

function kitFor(context: TestContext, options?: Parameters<typeof consoleKit>[0]): ConsoleKit {
  const kit = consoleKit(options);
  context.after(() => kit.console.close());
  return kit;
}

const outcomes = ['success', 'failure', 'rejected_open', 'timeout', 'slow', 'ignored', 'cancelled'] as const;

function sumOf(points: readonly HistoryPoint[]): Record<string, number> {
  return Object.fromEntries(outcomes.map((name) => [name, points.reduce((sum, point) => sum + point[name], 0)]));
}

test('funnels of any window balance, attempt by attempt, under random traffic with running calls', async (context) => {
  const kit = kitFor(context);
  const random = seededRandom(13);
  const unstable = new CircuitBreaker({ name: 'unstable', failureThreshold: 8, resetTimeoutMs: 500, clock: kit.clock });
  const pipeline = kit.registry.pipeline('orders', [
    retry({ strategy: 'exponential', maxAttempts: 8, baseMs: 50, maxMs: 2_000, clock: kit.clock }),
    unstable,
  ]);
  const refused = (): Error =>
    random() < 0.8
      ? Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      : Object.assign(new Error('no'), { statusCode: 400 });
  let checked = 0;
  for (let step = 0; step < 400; step += 1) {
    const leaving = new AbortController();
    const durationMs = Math.floor(random() * 3_000);
    pipeline
      .execute(
        async () => {
          await new Promise<void>((resolve) => kit.clock.after(durationMs, resolve));
          if (random() < 0.55) throw refused();
        },
        { signal: leaving.signal },
      )
      .catch(() => {});
    if (random() < 0.1) kit.clock.after(Math.floor(random() * 2_000), () => leaving.abort());
    await kit.clock.advance(Math.floor(random() * 900));
    if (step % 10 !== 0) continue;
    for (const window of ['', '?window=15', '?window=60', '?window=300']) {
      balances(await kit.get<FunnelView>(`retries/orders.retry/funnel${window}`));
      checked += 1;
    }
  }
  await kit.clock.advance(60_000);
  const all = await kit.get<FunnelView>('retries/orders.retry/funnel');
  balances(all);
  assert.deepEqual([all.operations, all.in_flight], [400, 0]);
  assert.ok(
    all.endings.after_retry > 20 && all.endings.aborted > 5 && all.rows.length === 6,
    JSON.stringify(all.endings),
  );
  assert.equal(checked, 160);
});

/** Checks every row of the funnel, and the rows against each other. */
function balances(funnel: FunnelView): void {
  const { operations, in_flight: now, in_flight_before: before, endings, rows, attempts } = funnel;
  const ended = Object.values(endings).reduce((sum, count) => sum + count, 0);
  assert.equal(operations + before, ended + now, 'operations');
  assert.equal(
    rows.reduce((sum, { started }) => sum + started, 0),
    attempts,
    'attempts',
  );
  for (const [place, row] of rows.entries()) {
    const settled = row.succeeded + row.not_retryable + row.abandoned + row.retryable;
    assert.equal(row.started + row.running_before, settled + row.running, `attempt ${row.attempt}`);
    const decided =
      row.continued + row.exhausted + row.denied_budget + row.denied_deadline + row.denied_breaker + row.left_waiting;
    assert.equal(row.retryable + row.waiting_before, decided + row.waiting, `after attempt ${row.attempt}`);
    const next = rows[place + 1];
    const own = next?.attempt === '6+' ? next.continued : 0;
    if (next !== undefined)
      assert.equal(next.started, row.continued + own, `between ${row.attempt} and ${next.attempt}`);
    for (const count of Object.values(row))
      if (typeof count === 'number') assert.ok(count >= 0, `${row.attempt}: ${count}`);
  }
}

test('points of any resolution add up to the calls made, and durations to the calls with a duration', async (context) => {
  const kit = kitFor(context);
  const random = seededRandom(17);
  const actual = { success: 0, failure: 0, rejected_open: 0, timeout: 0, slow: 0, ignored: 0, cancelled: 0 };
  for (let step = 0; step < 600; step += 1) {
    await kit.clock.advance(Math.floor(random() * 1_000));
    const before = kit.mail.report(kit.clock.now());
    if (random() < 0.7) await kit.mail.execute(async () => undefined).catch(() => {});
    else await kit.fail(kit.mail);
    const after = kit.mail.report(kit.clock.now());
    if (after['refused'] !== before['refused']) actual.rejected_open += 1;
    else if (after['failures'] !== before['failures']) actual.failure += 1;
    else actual.success += 1;
  }
  await kit.clock.advance(61_000);
  const to = new Date(noon + kit.clock.now()).toISOString();

  for (const step of [10, 60, 300]) {
    const history = await kit.get<HistoryView>(
      `breakers/letters.mail/history?from=${new Date(noon).toISOString()}&to=${to}&step=${step}`,
    );
    assert.equal(history.resolution_s % 10, 0);
    assert.deepEqual(sumOf(history.points), actual, `step ${step} is told in ${history.resolution_s} s`);
    const timed = history.points.reduce(
      (sum, { durations }) => sum + durations.reduce((all, count) => all + count, 0),
      0,
    );
    assert.equal(timed, actual.success + actual.failure);
    const times = history.points.map(({ at }) => at);
    assert.deepEqual(times, [...new Set(times)].toSorted());
  }
});

test('minutes survive a restart, and missing records are reported', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'console-history-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'console.sqlite');
  const first = consoleKit({ store: { path } });
  for (let call = 0; call < 5; call += 1) await first.mail.execute(async () => undefined);
  await first.clock.advance(2_000);
  first.console.close();

  const later = noon + 3 * 3_600_000;
  const second = kitFor(context, { store: { path }, wallClock: () => later });
  const span = (from: number): string => `from=${new Date(from).toISOString()}&to=${new Date(later).toISOString()}`;
  const history = await second.get<HistoryView>(`breakers/letters.mail/history?${span(noon)}&step=60`);
  const earlier = await second.get<HistoryView>(`breakers/letters.mail/history?${span(noon - 86_400_000)}&step=3600`);
  const none = await second.get<HistoryView>(`breakers/reads.database/history?${span(noon)}`);

  assert.equal(sumOf(history.points)['success'], 5);
  assert.equal(earlier.partial, true);
  assert.equal(sumOf(none.points)['success'], 0);
});
