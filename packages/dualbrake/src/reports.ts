import type { ErrorClass } from './classification.ts';
import type { CircuitState, StopReason, TransitionTrigger } from './events.ts';
import type { HistogramSnapshot } from './histogram.ts';
import type { MemberReport } from './registry.ts';

/**
 * A built-in policy as `registry.report()` returns it.
 *
 * @example
 * ```ts
 * const describe = ({ id, report }: MemberOfKind<'circuit-breaker'>): string => `${id} is ${report.state}: ${report.reason}`;
 * const members = defaultRegistry.report().flatMap((group) => group.members);
 * for (const member of members) if (isOfKind(member, 'circuit-breaker')) log.info(describe(member));
 * ```
 */
export interface MemberOfKind<K extends keyof ReportByKind> extends MemberReport {
  readonly kind: K;
  readonly report: ReportByKind[K];
}

/**
 * Whether a member of a report is a built-in policy of one kind. Narrows the type of its `report`. Comparing `kind` can't do that,
 * because kinds of your own are strings, too. False if its report could not be read.
 *
 * @example
 * ```ts
 * const retries = defaultRegistry.report().flatMap(({ members }) => members.filter((member) => isOfKind(member, 'retry')));
 * for (const { id, report } of retries) log.info(`${id}: ${report.retries} retries in ${report.calls} calls`);
 * ```
 */
export function isOfKind<K extends keyof ReportByKind>(member: MemberReport, kind: K): member is MemberOfKind<K> {
  return member.kind === kind && member.report['state'] !== 'unknown';
}

/**
 * What the built-in policies report, by their `kind`. A member of your own with one of these kinds must report the same shape.
 *
 * @example
 * ```ts
 * const describe = (report: ReportByKind['timeout']): string => `${report.timeouts} of ${report.calls} calls took too long`;
 * log.info(describe(timeout({ limitMs: 500 }).report()));
 * ```
 */
export interface ReportByKind {
  readonly bulkhead: BulkheadReport;
  readonly 'circuit-breaker': CircuitBreakerReport;
  readonly fallback: FallbackReport;
  readonly 'fault-injection': FaultInjectionReport;
  readonly hedge: HedgeReport;
  readonly 'keyed-breakers': KeyedBreakersReport;
  readonly measure: MeasureReport;
  readonly 'rate-limit': RateLimitReport;
  readonly retry: RetryReport;
  readonly 'retry-budget': RetryBudgetReport;
  readonly 'stale-cache': StaleCacheReport;
  readonly timeout: TimeoutReport;
}

/**
 * State and counts of a circuit breaker. Ages and durations are in milliseconds.
 *
 * @example
 * ```ts
 * const { state, reason, retryAfterMs }: CircuitBreakerReport = circuitBreaker({ name: 'students-db' }).report();
 * log.info(`${state}: ${reason}, next probe in ${retryAfterMs ?? 0} ms`);
 * ```
 */
export type CircuitBreakerReport = Readonly<{
  /** What calls meet: the override if there is one, otherwise the circuit. */
  state: CircuitState;
  /** The automatic state, which is also kept under an override. */
  circuit: CircuitState;
  /** How failures are counted: in a row, over the last calls, or over the last time. */
  window: 'consecutive' | 'count' | 'time';
  /** Since the override was set or the circuit changed. */
  sinceMs: number;
  reason: string;
  /** The operator's override, if there is one. */
  order:
    | Readonly<{ kind: 'isolate' | 'hold-closed'; reason: string; actor: string | undefined; endsInMs: number }>
    | undefined;
  rampingUp: boolean;
  /** Changes with every change of the circuit's state. */
  generation: number;
  consecutiveFailures: number;
  /** Shares of the window, 0 to 1; `undefined` without a window and while it is empty. */
  failureRatio: number | undefined;
  slowRatio: number | undefined;
  calls: number;
  successes: number;
  failures: number;
  /** Calls that counted neither as a success nor as a failure. */
  neutral: number;
  /** Calls that the breaker rejected. */
  refused: number;
  slow: number;
  running: number;
  /** Share of successes among successes and failures, 0 to 1; `undefined` before the first one. */
  successRate: number | undefined;
  openings: number;
  recoveries: number;
  averageRecoveryMs: number | undefined;
  lastRecoveryMs: number | undefined;
  /** Until the next probe; only while the circuit is open. */
  retryAfterMs: number | undefined;
  /** The last failure that counted. */
  lastFailure: Readonly<{ class: ErrorClass; kind: string; rule: string; agoMs: number }> | undefined;
  /** Newest first. */
  transitions: readonly Readonly<{
    from: CircuitState;
    to: CircuitState;
    trigger: TransitionTrigger;
    reason: string;
    agoMs: number;
  }>[];
}>;

/**
 * State and counts of a family of breakers, one per key.
 *
 * @example
 * ```ts
 * const { keys, openKeys }: KeyedBreakersReport = keyedBreakers({ name: 'tenants' }).report();
 * log.info(`${openKeys.length} of ${keys} tenants are blocked: ${openKeys.join(', ')}`);
 * ```
 */
export type KeyedBreakersReport = Readonly<{
  keys: number;
  evictions: number;
  /** Breakers that are not closed. */
  open: number;
  /** Keys of breakers that are not closed, 20 at most. */
  openKeys: readonly string[];
  /** The breaker shared by the keys beyond `maxKeys`, once there are any. */
  others: CircuitBreakerReport | undefined;
}>;

/**
 * Counts of a retry.
 *
 * @example
 * ```ts
 * const { calls, succeededAfterRetry, gaveUp }: RetryReport = retry().report();
 * log.info(`${succeededAfterRetry} of ${calls} calls were saved, ${gaveUp.exhausted ?? 0} ran out of attempts`);
 * ```
 */
export type RetryReport = Readonly<{
  strategy: 'immediate' | 'exponential' | 'adaptive';
  calls: number;
  attempts: number;
  retries: number;
  succeededAfterRetry: number;
  /** Average wait before a retry, in milliseconds; `undefined` before the first one. */
  averageDelayMs: number | undefined;
  /** Failed calls by the reason why they were not tried again. */
  gaveUp: Readonly<Partial<Record<StopReason, number>>>;
  /** Failed attempts by class of error. */
  errors: Readonly<Partial<Record<ErrorClass, number>>>;
}>;

/**
 * State and counts of a retry budget over its last seconds.
 *
 * @example
 * ```ts
 * const budget = retryBudget();
 * const { retries, firstAttempts }: RetryBudgetReport = budget.report(systemClock.now());
 * log.info(`${retries} retries for ${firstAttempts} calls`);
 * ```
 */
export type RetryBudgetReport = Readonly<{
  firstAttempts: number;
  /** Retries that the first attempts paid for. */
  retries: number;
  /** Retries allowed since the start. */
  allowed: number;
  /** Retries denied since the start. */
  denied: number;
}>;

/**
 * Counts of a timeout.
 *
 * @example
 * ```ts
 * const { timeouts, abandoned }: TimeoutReport = timeout({ limitMs: 500 }).report();
 * log.info(`${timeouts} calls took too long; ${abandoned} operations are still running`);
 * ```
 */
export type TimeoutReport = Readonly<{
  calls: number;
  timeouts: number;
  /** Operations that are still running although their callers already have an error. */
  abandoned: number;
}>;

/**
 * State and counts of a bulkhead.
 *
 * @example
 * ```ts
 * const { running, waiting }: BulkheadReport = bulkhead({ limit: 10, queue: 50 }).report();
 * log.info(`${running} calls run and ${waiting} wait`);
 * ```
 */
export type BulkheadReport = Readonly<{
  running: number;
  waiting: number;
  calls: number;
  refused: number;
  /** Calls that had to wait. */
  waited: number;
  /** Calls that left the queue before their turn. */
  left: number;
}>;

/**
 * State and counts of a rate limit.
 *
 * @example
 * ```ts
 * const { tokens, waiting }: RateLimitReport = rateLimit({ limit: 100, perMs: 60_000 }).report();
 * log.info(`${tokens} calls may start now and ${waiting} wait`);
 * ```
 */
export type RateLimitReport = Readonly<{
  /** Calls that may start now. */
  tokens: number;
  waiting: number;
  calls: number;
  refused: number;
  /** Calls that had to wait. */
  waited: number;
  /** Calls that left the queue before their turn. */
  left: number;
}>;

/**
 * Counts of a fallback.
 *
 * @example
 * ```ts
 * const { fallbacks, calls }: FallbackReport = fallback({ to: () => cache.get(id) }).report();
 * log.info(`${fallbacks} of ${calls} calls were answered from the cache`);
 * ```
 */
export type FallbackReport = Readonly<{
  calls: number;
  /** Calls that a fallback answered. */
  fallbacks: number;
  /** Calls whose fallback failed, too. */
  failed: number;
}>;

/**
 * Counts of a hedge.
 *
 * @example
 * ```ts
 * const { hedges, wonByHedge }: HedgeReport = hedge({ delayMs: 200, idempotent: true }).report();
 * log.info(`${wonByHedge} of ${hedges} extra attempts answered first`);
 * ```
 */
export type HedgeReport = Readonly<{
  calls: number;
  /** Extra attempts. */
  hedges: number;
  /** Calls that an extra attempt answered first. */
  wonByHedge: number;
  /** Extra attempts that the budget denied. */
  denied: number;
}>;

/**
 * State and counts of a stale cache.
 *
 * @example
 * ```ts
 * const students = staleCache({ key: () => id, maxAgeMs: 60_000 });
 * const { stale, missed }: StaleCacheReport = students.report();
 * log.info(`${stale} failed calls were answered from the cache, ${missed} were not`);
 * ```
 */
export type StaleCacheReport = Readonly<{
  entries: number;
  /** Operations that calls wait for right now. */
  running: number;
  calls: number;
  /** Calls that a fresh entry answered. */
  fresh: number;
  /** Calls that waited for an operation of another call. */
  shared: number;
  /** Failed calls that a stale entry answered. */
  stale: number;
  /** Failed calls without an entry. */
  missed: number;
  /** Calls passed through because `key` returned no string. */
  unkeyed: number;
  /** Results that could not be copied, so each caller made a call of its own. */
  unshared: number;
}>;

/**
 * Counts and durations of a measurement point.
 *
 * @example
 * ```ts
 * const { calls, successMs }: MeasureReport = measure({ name: 'attempts' }).report();
 * log.info(`${calls} calls, 95 % of the successful ones within ${successMs.p95} ms`);
 * ```
 */
export type MeasureReport = Readonly<{
  calls: number;
  running: number;
  /** Share of successful calls, 0 to 1; `undefined` before the first one has ended. */
  successRate: number | undefined;
  /** Failed calls by class of error. */
  errors: Readonly<Partial<Record<ErrorClass, number>>>;
  successMs: Readonly<Pick<HistogramSnapshot, keyof HistogramSnapshot>>;
  failureMs: Readonly<Pick<HistogramSnapshot, keyof HistogramSnapshot>>;
}>;

/**
 * State and counts of an injection point for drills.
 *
 * @example
 * ```ts
 * const describe = ({ state, fault }: FaultInjectionReport): string => `${state}: ${fault?.injected ?? 0} calls affected`;
 * log.info(describe({ state: 'idle', injected: { error: 0, delay: 0, hang: 0 }, fault: undefined }));
 * ```
 */
export type FaultInjectionReport = Readonly<{
  state: 'idle' | 'injecting';
  /** Calls affected since the start. */
  injected: Readonly<Record<'error' | 'delay' | 'hang', number>>;
  /** The fault that is being injected, if any. */
  fault:
    | Readonly<{
        kind: 'error' | 'delay' | 'hang';
        class: 'transient' | 'persistent' | 'system';
        delayMs: number;
        ratio: number;
        endsInMs: number;
        injected: number;
      }>
    | undefined;
}>;
