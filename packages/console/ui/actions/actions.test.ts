import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BreakerView, OperationView, OverviewView, ServiceView } from '../../src/contract.ts';
import { breakerAction, bulkAction } from './breaker-actions.ts';
import { serviceAction } from './service-actions.ts';

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

test('an action is done only when a newer report shows it', () => {
  const trip = breakerAction(breaker, 'trip', undefined);
  const tone = (overview: OverviewView | undefined): string => trip.progress(overview, { before, answer: {} }).tone;

  assert.equal(tone(undefined), 'info');
  assert.equal(tone(report(before, { circuit: 'open', state: 'open' })), 'info', 'an old report doesn’t show it');
  assert.equal(tone(report(later)), 'info', 'not open yet');
  assert.equal(tone(report(later, { circuit: 'open', state: 'open' })), 'success');
  const over = { from: 'closed', to: 'open', trigger: 'operator', reason: '', at: later } as const;
  assert.equal(tone(report(later, { circuit: 'half-open', transitions: [over] })), 'success', 'it is probing already');
  assert.equal(tone(report(later, { transitions: [{ ...over, at: before }] })), 'info', 'an earlier action');
  assert.equal(
    tone(report(later, { transitions: [{ ...over, trigger: 'automatic' }] })),
    'info',
    'the breaker’s own transition',
  );
});

test('a probe is visible by any change of the breaker', () => {
  const open = { ...breaker, state: 'open', circuit: 'open' } as const;
  const probe = breakerAction(open, 'probe', undefined);
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

test('an override is visible in the report and can be released', () => {
  const isolate = breakerAction(breaker, 'isolate', undefined);
  const override = { mode: 'isolated', reason: 'moved', actor: 'Ana', since: later, ends_at: later } as const;
  const held = report(later, { override, state: 'open' });

  assert.equal(
    isolate.progress(report(later, { state: 'open', circuit: 'open' }), { before, answer: {} }).tone,
    'info',
  );
  assert.equal(isolate.progress(held, { before, answer: {} }).tone, 'success');
  assert.equal(isolate.undo?.(held)?.confirmLabel, 'Release database');
  assert.equal(breakerAction(breaker, 'hold_closed', undefined).confirmName, 'database');
  assert.equal(breakerAction(breaker, 'release', undefined).progress(held, { before, answer: {} }).tone, 'info');
});

test('the dialog of a release follows the report: another operator isolates again, or has already released', () => {
  const override = { mode: 'isolated', reason: 'moved', actor: 'Ana', since: before, ends_at: later } as const;
  const held = { ...breaker, override, state: 'open' } as const;
  const asked = breakerAction(held, 'release', report(before, held));
  const renewed = asked.renew?.(report(later, { override: { ...override, actor: 'Ben', reason: 'again' } }));
  const released: OverviewView = {
    ...report(later),
    changes: [
      {
        id: 'e-1',
        at: later,
        kind: 'override',
        target: breaker.id,
        target_name: 'database',
        what: 'release',
        why: 'it is back',
        actor: 'Ben',
        trigger: 'operator',
        correlation_id: null,
      },
    ],
  };
  const obsolete = asked.renew?.(released);

  assert.match(String(asked.current), /isolated by Ana/i);
  assert.match(String(renewed?.current), /isolated by Ben.*again/i);
  assert.equal(renewed?.obsolete, undefined);
  assert.match(obsolete?.obsolete ?? '', /^Ben has already released database, at /);
  assert.doesNotMatch(String(obsolete?.current), /isolated/i);
});

test('a restart is done when the operation has been applied and the service is up; a failure is shown', () => {
  const restart = serviceAction(service, 'restart', undefined);
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
  assert.equal(at({ id: 'o-2', state: 'applied' }, 'up').tone, 'info', 'another operator’s operation');
  assert.match(restart.undoText, /Times out after 60 s/);
});

test('a drain is done when a report from after its end shows draining, not as soon as the operation ends', () => {
  const web = {
    ...service,
    id: 'web',
    name: 'web server',
    state: 'up',
    reason: 'answers requests',
    actions: ['drain'],
  };
  const ended: OperationView = {
    ...operation,
    service: 'web',
    action: 'drain',
    state: 'applied',
    ended_at: later,
    steps: [],
    message: 'No request is under way.',
  };
  const drain = serviceAction(web, 'drain', undefined);
  const at = (now: string, state: string) =>
    drain.progress(report(now, {}, [{ ...web, state, since: later, operation: ended }]), { before, answer: ended });

  // The stream reports the end at once; the state is from the report before.
  const early = at('2026-11-23T17:00:00.500Z', 'up');
  assert.equal(early.tone, 'info');
  assert.doesNotMatch(early.text, /Seen|up since/);
  assert.equal(at(later, 'draining').tone, 'success');
  assert.match(at(later, 'draining').text, /draining since/i);

  const own = serviceAction({ ...web, actions: ['flush-cache'] }, 'flush-cache', undefined);
  const flushed = (now: string) =>
    own.progress(report(now, {}, [{ ...web, operation: { ...ended, action: 'flush-cache' } }]), {
      before,
      answer: ended,
    });
  assert.equal(flushed('2026-11-23T17:00:00.500Z').tone, 'info', 'a report from before its end doesn’t show it');
  assert.equal(flushed(later).tone, 'success');
});

test('a bulk action names exactly the breakers that were shown, and lists the skipped ones', () => {
  const bulk = bulkAction([breaker], 'isolate', undefined, () => {});
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
  assert.equal(bulk.progressPath?.({ ...answer, state: 'running' }), 'bulk-operations/k-1');
  assert.equal(bulk.progressPath?.(answer), undefined);
});
