/**
 * What Prometheus reads, compared with a model that is slow and obvious: it writes down each call, attempt, retry and
 * change of state as somebody sees them who stands around the policies, keeps them all, and counts when it is asked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Registry as Register } from 'prom-client';
import type { Call, Next } from '../call.ts';
import {
  CircuitBreaker,
  CircuitBreakerOpenError,
  classify,
  Registry,
  retry,
  timeout,
  type CircuitBreakerOptions,
  type Classification,
  type Pipeline,
  type Policy,
  type StopReason,
  type TransitionEvent,
} from '../index.ts';
import { ManualClock, seededRandom } from '../testing/index.ts';
import { exportMetrics } from './index.ts';

/** 2026-01-01T00:00:00Z. */
const EPOCH_MS = 1_767_225_600_000;
const callBounds = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 81_920];
const recoveryBounds = Array.from({ length: 14 }, (_, place) => 1_280 * 2 ** place);
const callOutcomes = ['success', 'slow', 'failure', 'timeout', 'ignored', 'cancelled'] as const;
const rejections = ['rejected_open', 'rejected_override', 'rejected_probe_limit'] as const;
const endings: Readonly<Record<StopReason, string>> = {
  exhausted: 'exhausted',
  persistent: 'not_retryable',
  'not-safe-to-repeat': 'not_retryable',
  'already-retried': 'not_retryable',
  'already-begun': 'not_retryable',
  refused: 'not_retryable',
  budget: 'denied_budget',
  deadline: 'denied_deadline',
  'retry-after-too-long': 'denied_deadline',
  'circuit-open': 'denied_breaker',
  aborted: 'aborted',
};
const attemptOutcomes = ['success', 'retried', ...new Set(Object.values(endings))];

/** A call that a breaker let through, and that has ended. */
interface SeenCall {
  readonly outcome: (typeof callOutcomes)[number];
  readonly tookMs: number;
  readonly isTest: boolean;
  readonly found: Classification | undefined;
}

/** An operation under a retry. */
interface SeenOperation {
  readonly startedAt: number;
  /** Those that have ended. */
  readonly attempts: { readonly number: number; readonly tookMs: number; readonly found: Classification | undefined }[];
  /** By the number of the attempt that had failed. */
  readonly delaysMs: Map<number, number>;
  end: { readonly at: number; readonly ok: boolean; readonly stoppedBy: StopReason | undefined } | undefined;
}

/** All that has happened in one pipeline: a retry, and a breaker in it. */
interface Journal {
  readonly name: string;
  readonly breaker: CircuitBreaker;
  readonly slowCallMs: number;
  readonly pipeline: Pipeline;
  readonly members: readonly Policy[];
  isListed: boolean;
  readonly calls: SeenCall[];
  readonly rejected: (typeof rejections)[number][];
  readonly transitions: TransitionEvent[];
  readonly transitionsAt: number[];
  readonly operations: SeenOperation[];
  isolation: { readonly endsAt: number } | undefined;
}

const operationOf = (call: Pick<Call<unknown>, 'attributes'>) => call.attributes['operation'] as SeenOperation;

/** Stands between the retry and the breaker: sees each attempt, and what the breaker refuses. */
function attemptsSeen(clock: ManualClock, journal: () => Journal): Policy {
  return {
    name: 'attempts-seen',
    async run<T>(call: Call<T>, next: Next<T>) {
      const startedAt = clock.now();
      const ended = (found: Classification | undefined): void => {
        operationOf(call).attempts.push({ number: call.attempt, tookMs: clock.now() - startedAt, found });
      };
      try {
        const value = await next(call);
        ended(undefined);
        return value;
      } catch (error) {
        if (error instanceof CircuitBreakerOpenError) {
          const isByOrder = error.reason.startsWith('isolated');
          const { retryAfterMs } = error;
          journal().rejected.push(
            isByOrder ? 'rejected_override' : retryAfterMs > 0 ? 'rejected_open' : 'rejected_probe_limit',
          );
        }
        ended(classify(error, call.classifyContext()));
        throw error;
      }
    },
  };
}

/** Stands inside of the breaker: sees each call that it lets through. */
function callsSeen(clock: ManualClock, journal: () => Journal): Policy {
  return {
    name: 'calls-seen',
    async run<T>(call: Call<T>, next: Next<T>) {
      const startedAt = clock.now();
      const { breaker, slowCallMs, calls } = journal();
      const isTest = breaker.state === 'half-open';
      const ended = (found: Classification | undefined): void => {
        const tookMs = clock.now() - startedAt;
        calls.push({ outcome: outcomeOf(found, slowCallMs > 0 && tookMs >= slowCallMs), tookMs, isTest, found });
      };
      try {
        const value = await next(call);
        ended(undefined);
        return value;
      } catch (error) {
        ended(classify(error, call.classifyContext()));
        throw error;
      }
    },
  };
}

function outcomeOf(found: Classification | undefined, isSlow: boolean): SeenCall['outcome'] {
  const answered = isSlow ? 'slow' : 'success';
  if (found === undefined) return answered;
  if (found.class === 'cancelled') return 'cancelled';
  if (found.countsAgainstBreaker && found.class !== 'refused') return found.kind === 'timeout' ? 'timeout' : 'failure';
  return found.class === 'persistent' && found.reachedServer === 'yes' ? answered : 'ignored';
}

/** By name and labels in order, such as `recovery_errors_total class=transient,source=db`. */
type Series = Record<string, number>;

function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return `${name} ${pairs.toSorted().join(',')}`;
}

/** What Prometheus should read of all that is listed. */
function expectedSeries(journals: readonly Journal[], now: number): Series {
  const series: Series = {};
  const add = (name: string, labels: Readonly<Record<string, string>>, value: number): void => {
    assert.ok(!(seriesName(name, labels) in series));
    series[seriesName(name, labels)] = value;
  };
  const addDurations = (
    name: string,
    labels: Readonly<Record<string, string>>,
    durationsMs: readonly number[],
    bounds = callBounds,
  ): void => {
    for (const bound of [...bounds, Infinity]) {
      const le = bound === Infinity ? '+Inf' : String(bound / 1_000);
      add(`${name}_bucket`, { ...labels, le }, durationsMs.filter((duration) => duration <= bound).length);
    }
    add(`${name}_sum`, labels, sum(durationsMs) / 1_000);
    add(`${name}_count`, labels, durationsMs.length);
  };
  const addErrors = (source: string, found: readonly (Classification | undefined)[]): void => {
    const kinds = found.flatMap((one) => (one === undefined ? [] : [`${one.class} ${one.rule}`]));
    for (const kind of new Set(kinds)) {
      const [errorClass = '', type = ''] = kind.split(' ');
      const count = kinds.filter((one) => one === kind).length;
      add('recovery_errors_total', { source, class: errorClass, error_type: type }, count);
    }
  };
  for (const journal of journals.filter(({ isListed }) => isListed)) {
    const breaker = `${journal.name}.db`;
    const { calls, rejected, transitions, transitionsAt, operations, isolation } = journal;
    const isIsolated = isolation !== undefined && isolation.endsAt > now;
    const state = isIsolated ? 'open' : stateAfter(transitions.at(-1), transitionsAt.at(-1) ?? 0, now);
    for (const one of ['closed', 'open', 'half_open']) {
      add('recovery_breaker_state', { breaker, state: one }, one === state ? 1 : 0);
    }
    add('recovery_breaker_override', { breaker, mode: 'isolated' }, isIsolated ? 1 : 0);
    add('recovery_breaker_override', { breaker, mode: 'held_closed' }, 0);
    if (isIsolated) {
      const seconds = (EPOCH_MS + isolation.endsAt) / 1_000;
      add('recovery_breaker_override_expiry_timestamp_seconds', { breaker }, seconds);
    }
    for (const outcome of callOutcomes) {
      add(
        'recovery_breaker_calls_total',
        { breaker, outcome },
        calls.filter((call) => call.outcome === outcome).length,
      );
    }
    for (const outcome of rejections) {
      add('recovery_breaker_calls_total', { breaker, outcome }, rejected.filter((one) => one === outcome).length);
    }
    const groups = { success: ['success', 'slow'], failure: ['failure', 'timeout'], neutral: ['ignored', 'cancelled'] };
    for (const [group, members] of Object.entries(groups)) {
      const inGroup = calls.filter(({ outcome }) => members.includes(outcome));
      add('recovery_breaker_probes_total', { breaker, outcome: group }, inGroup.filter(({ isTest }) => isTest).length);
      if (group === 'neutral') continue;
      const tookMs = inGroup.map((call) => call.tookMs);
      addDurations('recovery_breaker_call_duration_seconds', { breaker, outcome: group }, tookMs);
    }
    const kinds = transitions.map(({ from, to, trigger }) => [from, to, trigger].join(' '));
    for (const kind of new Set(kinds)) {
      const [from = '', to = '', trigger = ''] = kind.replaceAll('-', '_').split(' ');
      const count = kinds.filter((one) => one === kind).length;
      add('recovery_breaker_transitions_total', { breaker, from, to, trigger }, count);
    }
    const lastAt = transitionsAt.at(-1);
    if (lastAt !== undefined) {
      add('recovery_breaker_last_transition_timestamp_seconds', { breaker }, (EPOCH_MS + lastAt) / 1_000);
    }
    const recoveriesMs = recoveriesOf(transitions, transitionsAt);
    addDurations('recovery_breaker_recovery_duration_seconds', { breaker }, recoveriesMs, recoveryBounds);
    addErrors(
      breaker,
      calls.map(({ found }) => found),
    );

    const policy = `${journal.name}.retry`;
    const ended = operations.flatMap(({ end, startedAt, attempts }) =>
      end === undefined
        ? []
        : [{ tookMs: end.at - startedAt, ending: end.ok ? answeredAt(attempts.length) : endingOf(end.stoppedBy) }],
    );
    for (const outcome of ['first_try', 'after_retry', ...new Set(Object.values(endings))]) {
      const count = ended.filter(({ ending }) => ending === outcome).length;
      add('recovery_retry_operations_total', { policy, outcome }, count);
    }
    const attempts = operations.flatMap((operation) =>
      operation.attempts.map(({ number, tookMs, found }) => ({
        row: number > 5 ? '6+' : String(number),
        tookMs,
        found,
        outcome:
          found === undefined
            ? 'success'
            : operation.delaysMs.has(number)
              ? 'retried'
              : endingOf(operation.end?.stoppedBy),
      })),
    );
    // A row is there from its first attempt on, which may still run: one more than were retried without a wait left.
    const begun = new Set(['1', ...attempts.map(({ row }) => row), ...startedRows(operations, now)]);
    for (const row of begun) {
      for (const outcome of attemptOutcomes) {
        const count = attempts.filter((one) => one.row === row && one.outcome === outcome).length;
        add('recovery_retry_attempts_total', { policy, attempt: row, outcome }, count);
      }
    }
    addDurations(
      'recovery_retry_attempt_duration_seconds',
      { policy },
      attempts.map(({ tookMs }) => tookMs),
    );
    addDurations(
      'recovery_retry_operation_duration_seconds',
      { policy },
      ended.map(({ tookMs }) => tookMs),
    );
    addDurations(
      'recovery_retry_delay_seconds',
      { policy },
      operations.flatMap(({ delaysMs }) => [...delaysMs.values()]),
    );
    addErrors(
      policy,
      attempts.map(({ found }) => found),
    );
  }
  return series;
}

function stateAfter(last: TransitionEvent | undefined, at: number, now: number): string {
  if (last === undefined) return 'closed';
  if (last.to === 'open' && now >= at + (last.retryAfterMs ?? 0)) return 'half_open';
  return last.to.replace('-', '_');
}

/** From the first opening to the next closing. */
function recoveriesOf(transitions: readonly TransitionEvent[], at: readonly number[]): number[] {
  const found: number[] = [];
  let openedAt: number | undefined;
  for (const [place, { to }] of transitions.entries()) {
    if (to === 'open') openedAt ??= at[place];
    if (to !== 'closed' || openedAt === undefined) continue;
    found.push((at[place] ?? 0) - openedAt);
    openedAt = undefined;
  }
  return found;
}

function answeredAt(attempts: number): string {
  return attempts === 1 ? 'first_try' : 'after_retry';
}

function endingOf(stoppedBy: StopReason | undefined): string {
  return stoppedBy === undefined ? assert.fail('it has not ended') : endings[stoppedBy];
}

/** Rows of attempts that run: the last ones of operations that have not ended and do not wait. */
function startedRows(operations: readonly SeenOperation[], now: number): string[] {
  return operations.flatMap(({ attempts, delaysMs, startedAt, end }) => {
    const waits = sum([...delaysMs.values()]);
    const busyUntil = startedAt + waits + sum(attempts.map(({ tookMs }) => tookMs));
    const runs = end === undefined && busyUntil <= now;
    return runs ? [attempts.length + 1 > 5 ? '6+' : String(attempts.length + 1)] : [];
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Windows, budgets and versions have tests of their own. */
const notModelled = /^recovery_(breaker_window_|breaker_failure_ratio_threshold|retry_budget_|build_info)/;

async function actualSeries(register: Register): Promise<Series> {
  const series: Series = {};
  for (const line of (await register.metrics()).split('\n')) {
    if (line === '' || line.startsWith('#') || notModelled.test(line)) continue;
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(line);
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [label, text] as const);
    series[seriesName(name, Object.fromEntries(pairs))] = Number(value);
  }
  return series;
}

const breakers: Readonly<Record<string, CircuitBreakerOptions>> = {
  plain: { failureThreshold: 3, resetTimeoutMs: 200, slowCallMs: 40 },
  counted: { window: 'count', windowCalls: 10, minimumCalls: 4, resetTimeoutMs: 100, halfOpenCalls: 2 },
  timed: { window: 'time', windowMs: 500, minimumCalls: 3, resetTimeoutMs: 1_500 },
};

const failures: readonly (() => Error)[] = [
  () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  () => Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
  () => Object.assign(new Error('no'), { status: 401 }),
  () => Object.assign(new Error('busy'), { status: 503 }),
  () => new TypeError('x is not a function'),
];

/** @param journalOf finds it by the pipeline's name */
function listen(registry: Registry, journalOf: (pipeline: string) => Journal | undefined): void {
  registry.subscribe((event) => {
    if (event.type === 'retry') operationOf(event).delaysMs.set(event.attempt, event.delayMs);
    if (event.type !== 'transition') return;
    // A change outside of a call is the breaker's own, and names no pipeline.
    const journal = journalOf(event.pipeline) ?? assert.fail(event.pipeline);
    journal.transitions.push(event);
    journal.transitionsAt.push(event.at);
  });
}

test('under random traffic, orders and removals Prometheus reads what a model of everything that happened says', async () => {
  const totals = { lines: 0, transitions: 0, rejections: 0, removals: 0 };
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = seededRandom(seed);
      const chance = (share: number) => random() < share;
      const upTo = (most: number) => Math.floor(random() * most);
      const clock = new ManualClock(1_000);
      const registry = new Registry({ clock, random });
      const register = new Register();
      exportMetrics(registry, { register, wallClock: () => EPOCH_MS + clock.now() });
      const journals: Journal[] = Object.entries(breakers).map(([name, options], place) => {
        const found = (): Journal => journals[place] ?? assert.fail();
        const breaker = new CircuitBreaker({ ...options, name: 'db' });
        const again = retry({ maxAttempts: 2 + upTo(7), baseMs: 10, factor: 2, jitter: 'none' });
        const inside = [callsSeen(clock, found), timeout({ limitMs: 60 })];
        const members = [again, attemptsSeen(clock, found), breaker, ...inside];
        return {
          name,
          breaker,
          slowCallMs: options.slowCallMs ?? 0,
          pipeline: registry.pipeline(name, members),
          members,
          isListed: true,
          calls: [],
          rejected: [],
          transitions: [],
          transitionsAt: [],
          operations: [],
          isolation: undefined,
        };
      });
      let ordered: Journal | undefined;
      listen(registry, (pipeline) => journals.find(({ name }) => name === pipeline) ?? ordered);
      const compare = async (): Promise<void> => {
        await clock.advance(0);
        const expected = expectedSeries(journals, clock.now());
        assert.deepEqual(await actualSeries(register), expected);
        totals.lines += Object.keys(expected).length;
      };
      /** Changes of state by order name no pipeline: who was ordered has changed. */
      const order = (journal: Journal, give: () => void): void => {
        ordered = journal;
        give();
        ordered = undefined;
      };

      await compare();
      for (let step = 0; step < 60; step += 1) {
        const journal = journals[upTo(journals.length)] ?? assert.fail();
        const { breaker, pipeline, name, members } = journal;
        const failureShare = step % 30 < 15 ? 0.7 : 0.1;
        const leaving = new AbortController();
        if (chance(0.1)) clock.after(1 + upTo(100), () => leaving.abort());
        const operation: SeenOperation = { startedAt: clock.now(), attempts: [], delaysMs: new Map(), end: undefined };
        journal.operations.push(operation);
        const work = async (): Promise<void> => {
          await new Promise<void>((resolve) => clock.after(upTo(80), resolve));
          if (chance(failureShare)) throw (failures[upTo(failures.length)] ?? assert.fail())();
        };
        const context = {
          signal: leaving.signal,
          idempotent: chance(0.8),
          attributes: { operation },
          ...(chance(0.2) ? { deadline: clock.now() + 100 } : {}),
        };
        void pipeline.executeOutcome(work, context).then(({ ok, stoppedBy }) => {
          operation.end = { at: clock.now(), ok, stoppedBy };
        });
        if (chance(0.05)) {
          breaker.isolate('a drill', 150);
          journal.isolation = { endsAt: clock.now() + 150 };
        }
        if (chance(0.05)) {
          breaker.release();
          journal.isolation = undefined;
        }
        if (chance(0.05)) order(journal, () => breaker.trip());
        if (chance(0.05)) order(journal, () => breaker.reset());
        if (chance(0.08)) {
          if (journal.isListed) registry.remove(name);
          else registry.add(name, members);
          journal.isListed = !journal.isListed;
          totals.removals += 1;
        }
        await clock.advance(upTo(40));
        if (step % 4 === 0) await compare();
      }
      await clock.advance(60_000);
      await compare();
      totals.transitions += sum(journals.map(({ transitions }) => transitions.length));
      totals.rejections += sum(journals.map(({ rejected }) => rejected.length));
    }),
    { numRuns: 25 },
  );
  // It would be easy to compare nothing.
  for (const [what, total] of Object.entries(totals)) assert.ok(total >= 20, `${total} ${what}`);
});
