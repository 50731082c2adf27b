import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BreakerView, OperationView, OverviewView, ServiceView } from '../../src/contract.ts';
import { breakerOrder, overrideOrder, releaseOrder } from './breaker-orders.ts';
import { bulkOrder } from './bulk-orders.ts';
import { serviceOrder } from './service-orders.ts';

const before = '2026-11-23T17:00:00.000Z';
const later = '2026-11-23T17:00:01.000Z';

const breaker: BreakerView = {
  id: 'reads.database',
  name: 'database',
  version: 'b-1',
  state: 'closed',
  circuit: 'closed',
  override: null,
  since: before,
  reason: '',
  next_test_at: null,
  last_failure: null,
  window: 'consecutive',
  consecutive_failures: 0,
  failure_ratio: null,
  slow_ratio: null,
  calls: 4,
  running: 0,
  successes: 4,
  failures: 0,
  neutral: 0,
  refused: 0,
  openings: 0,
  recoveries: 0,
  last_recovery_ms: null,
  recovery: { count: 0, mean_ms: null, p95_ms: null, longest_ms: null, flaps: 0 },
  drill: false,
  tags: [],
  description: '',
  used_by: ['reads'],
  neighbours: [],
  settings: {},
  actions: ['trip', 'probe', 'reset'],
  transitions: [],
};

const service: ServiceView = {
  id: 'database',
  name: 'Database',
  state: 'down',
  since: before,
  reason: 'ECONNREFUSED',
  facts: {},
  actions: ['restart'],
  action_details: [
    { name: 'restart', time_limit_ms: 60_000, cool_down_ms: 5_000, cooling_until: null, destructive: true },
  ],
  dependants: ['reads.database'],
  recovering: false,
  operation: null,
};

function report(now: string, change: Partial<BreakerView> = {}, services: readonly ServiceView[] = []): OverviewView {
  return {
    version: 1,
    now,
    environment: '',
    read_only: false,
    attention: [],
    verdict: { tone: 'good', text: '' },
    breakers: [{ ...breaker, ...change }],
    services: [...services],
    retries: [],
    incidents: [],
    faults: [],
    instances: [],
    store: { state: 'ok', kind: 'memory', since: null, reason: '', lost: [] },
    changes: [],
  };
}

test('an order is done only when a newer report shows it', () => {
  const trip = breakerOrder(breaker, 'trip', undefined);
  const tone = (overview: OverviewView | undefined): string => trip.progress(overview, { before, answer: {} }).tone;

  assert.equal(tone(undefined), 'info');
  assert.equal(tone(report(before, { circuit: 'open', state: 'open' })), 'info', 'an old report tells nothing');
  assert.equal(tone(report(later)), 'info', 'not open yet');
  assert.equal(tone(report(later, { circuit: 'open', state: 'open' })), 'success');
  const over = { from: 'closed', to: 'open', trigger: 'operator', reason: '', at: later } as const;
  assert.equal(tone(report(later, { circuit: 'half-open', transitions: [over] })), 'success', 'it tests already');
  assert.equal(tone(report(later, { transitions: [{ ...over, at: before }] })), 'info', 'an order from before');
  assert.equal(tone(report(later, { transitions: [{ ...over, trigger: 'automatic' }] })), 'info', 'by its own rules');
});

test('a test is seen by any outcome: the breaker has changed, whatever to', () => {
  const open = { ...breaker, state: 'open', circuit: 'open' } as const;
  const probe = breakerOrder(open, 'probe', undefined);
  const tone = (change: Partial<BreakerView>): string =>
    probe.progress(report(later, change), { before, answer: {} }).tone;

  assert.deepEqual(
    [
      tone({ circuit: 'open' }),
      tone({ circuit: 'open', since: later }),
      tone({ circuit: 'half-open' }),
      tone({ circuit: 'closed' }),
    ],
    ['info', 'success', 'success', 'success'],
  );
});

test('what holds a breaker is seen by its override, and can be taken back', () => {
  const isolate = overrideOrder(breaker, 'isolated', undefined);
  const override = { mode: 'isolated', reason: 'moved', actor: 'Ana', since: later, ends_at: later } as const;
  const held = report(later, { override, state: 'open' });

  assert.equal(
    isolate.progress(report(later, { state: 'open', circuit: 'open' }), { before, answer: {} }).tone,
    'info',
  );
  assert.equal(isolate.progress(held, { before, answer: {} }).tone, 'success');
  assert.equal(isolate.undo?.(held)?.verb, 'Release database');
  assert.equal(overrideOrder(breaker, 'held_closed', undefined).typed, 'database');
  assert.equal(releaseOrder(breaker, undefined).progress(held, { before, answer: {} }).tone, 'info');
});

test('a restart is done when the operation says so and the service is up; a failure is told', () => {
  const operation: OperationView = {
    id: 'o-1',
    service: 'database',
    action: 'restart',
    state: 'applying',
    requested_at: before,
    ended_at: null,
    actor: 'Ana',
    reason: 'it hangs',
    steps: [{ at: later, text: 'stopped' }],
    message: null,
    acknowledgements: [],
  };
  const restart = serviceOrder(service, 'restart', undefined);
  const at = (change: Partial<OperationView>, state: string) =>
    restart.progress(report(later, {}, [{ ...service, state, operation: { ...operation, ...change } }]), {
      before,
      answer: operation,
    });

  assert.equal(at({}, 'restarting').tone, 'info');
  assert.deepEqual(at({}, 'restarting').steps, operation.steps);
  assert.equal(at({ state: 'applied' }, 'restarting').tone, 'info', 'not up yet');
  assert.equal(at({ state: 'applied' }, 'up').tone, 'success');
  const failed = at({ state: 'failed', message: 'it does not start' }, 'down');
  assert.deepEqual([failed.tone, failed.text.trim()], ['danger', 'it does not start.']);
  assert.equal(at({ id: 'o-2', state: 'applied' }, 'up').tone, 'info', 'the operation of somebody else');
  assert.match(restart.wayBack, /Given up after 60\.0 s/);
});

test('an order for several names exactly those that were seen, and tells what was skipped', () => {
  const bulk = bulkOrder([breaker], 'isolate', undefined, () => {});
  const { body } = bulk.request({ reason: 'moved', endsAt: later });
  const answer = {
    id: 'k-1',
    action: 'isolate',
    reason: 'moved',
    actor: 'Ana',
    state: 'done',
    dry_run: false,
    requested_at: before,
    ended_at: later,
    total: 1,
    done: 0,
    skipped: 1,
    failed: 0,
    items: [{ id: 'reads.database', state: 'skipped', detail: 'it has changed' }],
  } as const;

  assert.deepEqual(body['targets'], [{ id: 'reads.database', version: 'b-1' }]);
  assert.equal(body['expires_at'], later);
  const progress = bulk.progress(report(later), { before, answer });
  assert.equal(progress.tone, 'warning');
  assert.match(progress.steps?.[0]?.text ?? '', /database skipped: it has changed\./);
  assert.equal(bulk.follow?.({ ...answer, state: 'running' }), 'bulk-operations/k-1');
  assert.equal(bulk.follow?.(answer), undefined);
});
