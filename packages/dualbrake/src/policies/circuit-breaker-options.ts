import type { Classification, Classifier } from '../classification.ts';
import { conditionIssue, type ErrorCondition } from '../classify/condition.ts';
import { hostOptions, type HostOptions } from '../host.ts';
import { checkOptions, numberIssues, unknownNames } from '../settings.ts';
import { breakerSpecs, type WindowKind } from './circuit-settings.ts';

/**
 * Decides whether a result counts as a failure: returns the failure's classification, or `undefined` if the result is
 * good. Must be synchronous: a judge that throws or returns a promise counts as `undefined`.
 *
 * @example
 * ```ts
 * const unavailable = classify({ status: 503 });
 * const judge: ResultJudge = (value) => (value instanceof Response && value.status === 503 ? unavailable : undefined);
 * const breaker = circuitBreaker({ judge });
 * ```
 */
export type ResultJudge = (value: unknown) => Classification | undefined;

/**
 * A different threshold or reset timeout for certain failures. The first rule whose condition holds applies.
 *
 * @example
 * ```ts
 * const unknownHost: BreakerRule = { when: 'ENOTFOUND', failureThreshold: 1, resetTimeoutMs: 300_000 };
 * const breaker = circuitBreaker({ failureThreshold: 5, rules: [unknownHost] });
 * ```
 */
export interface BreakerRule {
  /** Which failures the rule applies to. */
  readonly when: ErrorCondition;
  /** Consecutive failures of this kind that open the circuit; a whole number, 1 or more. Default: no extra threshold. */
  readonly failureThreshold?: number;
  /** Milliseconds to stay open when such a failure has opened the circuit. Default: the breaker's `resetTimeoutMs`. */
  readonly resetTimeoutMs?: number;
}

/**
 * Options of a circuit breaker: what counts as a failure, when it opens, and how it recovers. All are optional.
 *
 * @example
 * ```ts
 * const options: CircuitBreakerOptions = {
 *   name: 'students-db',
 *   window: 'time',
 *   windowMs: 30_000,
 *   failureRatio: 0.3,
 *   slowCallMs: 2_000,
 * };
 * const breaker = circuitBreaker(options);
 * ```
 */
export interface CircuitBreakerOptions extends HostOptions {
  /** Shown in reports, errors and metrics. Default `circuit-breaker`. */
  readonly name?: string;
  /**
   * What is counted: consecutive failures (`consecutive`), the last `windowCalls` calls (`count`), or the calls of the
   * last `windowMs` milliseconds (`time`). Default `consecutive`.
   */
  readonly window?: WindowKind;
  /**
   * `consecutive`: consecutive failures that open the circuit; 1 or more, default 5. `count` and `time`: failures in the
   * window that open it; default 0, off.
   */
  readonly failureThreshold?: number;
  /**
   * Share of failures in the window that opens the circuit, 0 (off) to 1. Default 0.5, or 0 if `failureThreshold` is
   * given. Not for `consecutive`.
   */
  readonly failureRatio?: number;
  /** Calls in the window before ratios are evaluated. Default 20, or `windowCalls` if that is less. Not for `consecutive`. */
  readonly minimumCalls?: number;
  /** Size of a `count` window in calls; 1 to 100,000. Default 100. */
  readonly windowCalls?: number;
  /** Length of a `time` window in milliseconds, counted in ten buckets. Default 10,000. */
  readonly windowMs?: number;
  /**
   * Consecutive failures that open a `count` or `time` window at once, no matter how many successes it holds; 0 for off.
   * Default 20: a total outage opens the circuit after 20 calls, not after half a window.
   */
  readonly consecutiveFailures?: number;
  /**
   * Milliseconds after which a call counts as slow, even while it is still running; 0 for off. Default 0. In a
   * `consecutive` window, and for a probe, a slow call counts as a failure.
   */
  readonly slowCallMs?: number;
  /** Share of slow calls in the window that opens the circuit, 0.001 to 1. Default 0.5. Not for `consecutive`. */
  readonly slowCallRatio?: number;
  /** Milliseconds to stay open before probing; also the longest time a probe may take. Default 60,000. */
  readonly resetTimeoutMs?: number;
  /** Multiplies the open time after each failed recovery; 1 to 100. Default 1: no growth. */
  readonly resetTimeoutFactor?: number;
  /** Upper limit of the growing open time, in milliseconds. Default 600,000. */
  readonly maxResetTimeoutMs?: number;
  /**
   * Lengthens each open time by a random share of up to this value, 0 to 1, so that clients do not all probe a recovered
   * server at the same moment. Default 0.
   */
  readonly resetJitter?: number;
  /** Successful probes needed to close, and the most calls let through until then; 1 to 10,000. Default 1. */
  readonly halfOpenCalls?: number;
  /** Milliseconds after closing in which the share of calls let through grows from a tenth to all; 0 for off. Default 0. */
  readonly rampUpMs?: number;
  /** Whether `Retry-After` on the failure that opens the circuit sets the open time, up to `maxResetTimeoutMs`. Default true. */
  readonly useRetryAfter?: boolean;
  /** Different thresholds and reset timeouts for certain failures. */
  readonly rules?: readonly BreakerRule[];
  /** Checks results. A result that it classifies as a failure counts as one, but is still returned to the caller. */
  readonly judge?: ResultJudge;
  /** Classifies errors, and so decides which failures count. Must be synchronous. Default `classify`. */
  readonly classify?: Classifier;
}

const ruleSpec = {
  failureThreshold: { min: 1, max: 1_000_000, unit: 'calls', default: 1 },
  resetTimeoutMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 1 },
} as const;

/** @throws InvalidSettingsError with every problem at once */
export function checkBreakerOptions(subject: string, options: CircuitBreakerOptions): void {
  const { window = 'consecutive', rules } = Object(options) as CircuitBreakerOptions;
  const spec = Object.hasOwn(breakerSpecs, window) ? breakerSpecs[window] : breakerSpecs.consecutive;
  checkOptions(
    subject,
    options,
    spec,
    {
      name: 'string',
      window: ['consecutive', 'count', 'time'],
      useRetryAfter: 'boolean',
      rules: 'anything',
      judge: 'sync function',
      classify: 'sync function',
      ...hostOptions,
      ...foreignNames,
    },
    [...foreignIssues(window, options), ...ruleIssues(rules), ...contradictions(window, options)],
  );
}

/** Settings of all windows, so that one of another window is reported as such, not as misspelled. */
const foreignNames: Readonly<Record<string, 'anything'>> = Object.fromEntries(
  Object.values(breakerSpecs).flatMap((spec) => Object.keys(spec).map((name) => [name, 'anything'] as const)),
);

/** Settings of another window are refused: they would have no effect. */
function foreignIssues(window: WindowKind, options: CircuitBreakerOptions): string[] {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(breakerSpecs, window)) return [];
  return Object.keys(options).flatMap((name) => {
    const homes = Object.entries(breakerSpecs).filter(([, spec]) => Object.hasOwn(spec, name));
    if (homes.length === 0 || homes.some(([kind]) => kind === window)) return [];
    return [`${name} has no effect on window '${window}', only on ${homes.map(([kind]) => `'${kind}'`).join(' and ')}`];
  });
}

/** Explicit settings that contradict each other. A default never causes a contradiction: it gives way. */
function contradictions(window: WindowKind, options: CircuitBreakerOptions): string[] {
  const given = Object(options) as Partial<Record<keyof CircuitBreakerOptions, unknown>>;
  const { slowCallRatio, slowCallMs, maxResetTimeoutMs } = given;
  const { resetTimeoutMs = breakerSpecs.consecutive.resetTimeoutMs.default } = given;
  const areTimes = typeof maxResetTimeoutMs === 'number' && typeof resetTimeoutMs === 'number';
  return [
    ...(window !== 'consecutive' && slowCallRatio !== undefined && slowCallMs === undefined
      ? ['slowCallRatio has no effect without slowCallMs: set the milliseconds after which a call is slow']
      : []),
    ...(areTimes && maxResetTimeoutMs >= 1 && maxResetTimeoutMs < resetTimeoutMs
      ? [`maxResetTimeoutMs must be at least resetTimeoutMs (${resetTimeoutMs}), got ${maxResetTimeoutMs}`]
      : []),
  ];
}

function ruleIssues(rules: unknown): string[] {
  if (rules === undefined) return [];
  if (!Array.isArray(rules)) return ['rules must be a list'];
  return rules.flatMap((rule: unknown, place) => {
    if (typeof rule !== 'object' || rule === null) return [`rules[${place}] must be an object`];
    const { when, ...numbers } = rule as { readonly when?: unknown };
    const condition = conditionIssue(`rules[${place}].when`, when, false);
    return [
      ...(condition === undefined ? [] : [condition]),
      ...unknownNames(Object.keys(numbers), Object.keys(ruleSpec)).map((issue) => `rules[${place}].${issue}`),
      ...numberIssues(ruleSpec, numbers).map((issue) => `rules[${place}].${issue}`),
    ];
  });
}
