import type { Classification, Classifier } from '../classification.ts';
import { conditionIssue, type ErrorCondition } from '../classify/condition.ts';
import { hostOptions, type HostOptions } from '../host.ts';
import { checkOptions, numberIssues, unknownNames } from '../settings.ts';
import { breakerSpecs, type WindowKind } from './circuit-settings.ts';

/**
 * Says what is wrong with an answer, at once; `undefined` when nothing is. One that throws, or answers a promise, has
 * said nothing.
 */
export type ResultJudge = (value: unknown) => Classification | undefined;

/** Other numbers for some failures. The first rule whose condition holds applies. */
export interface BreakerRule {
  readonly when: ErrorCondition;
  /** Failures of this kind in a row that open the circuit; whole, 1 or more. Default: no threshold of its own. */
  readonly failureThreshold?: number;
  /** Milliseconds that it stays open when such a failure opened it. Default: as for all. */
  readonly resetTimeoutMs?: number;
}

/** How a circuit breaker judges. All of it is optional. */
export interface CircuitBreakerOptions extends HostOptions {
  /** Shown to people, in errors and on metrics. Default `circuit-breaker`. */
  readonly name?: string;
  /**
   * What is counted: failures in a row (`consecutive`), or shares of the last `windowCalls` calls (`count`) or of the
   * calls of the last `windowMs` milliseconds (`time`). Default `consecutive`.
   */
  readonly window?: WindowKind;
  /** `consecutive`: failures in a row that open the circuit, default 5. Others: failures in the window; default 0, off. */
  readonly failureThreshold?: number;
  /**
   * Share of failures in the window that opens it, 0 (off) to 1. Default 0.5, or 0 where `failureThreshold` is given.
   * Not for `consecutive`.
   */
  readonly failureRatio?: number;
  /** Calls that the window must hold before shares mean anything. Default 20, or `windowCalls` if that is less. */
  readonly minimumCalls?: number;
  /** Calls in a `count` window. Default 100. */
  readonly windowCalls?: number;
  /** Milliseconds in a `time` window, counted in ten buckets. Default 10,000. */
  readonly windowMs?: number;
  /**
   * A run of failures that opens a `count` or `time` window at once, however full of successes it is; 0 for off.
   * Default 20: a total outage is seen after 20 calls and not after half a window.
   */
  readonly consecutiveFailures?: number;
  /**
   * Milliseconds after which a call is slow, also while it still runs; 0 for off, the default. In a `consecutive`
   * window, and as a test, a slow call counts as a failed one.
   */
  readonly slowCallMs?: number;
  /** Share of slow calls in the window that opens it, more than 0 to 1. Default 0.5. Not for `consecutive`. */
  readonly slowCallRatio?: number;
  /** Milliseconds that it stays open before it tests; also the lease of a test call. Default 60,000. */
  readonly resetTimeoutMs?: number;
  /** Multiplies the open time after each failed recovery; 1 or more. Default 1: no growth. */
  readonly resetTimeoutFactor?: number;
  /** The most that the open time grows to, in milliseconds. Default 600,000. */
  readonly maxResetTimeoutMs?: number;
  /**
   * Lengthens each open time by chance, by up to this share, 0 to 1, so that not all clients test a recovered server at
   * the same moment. Default 0.
   */
  readonly resetJitter?: number;
  /** Successes needed to close, and the most calls let through meanwhile. Default 1. */
  readonly halfOpenCalls?: number;
  /** Milliseconds after closing during which a share of calls is let through that grows from a tenth to all. Default 0. */
  readonly rampUpMs?: number;
  /** Whether a `Retry-After` on the failure that opens it sets the open time, up to `maxResetTimeoutMs`. Default true. */
  readonly useRetryAfter?: boolean;
  /** Other numbers for some failures. */
  readonly rules?: readonly BreakerRule[];
  /** Judges answers: what it calls a failure is counted as one, and still answered. */
  readonly judge?: ResultJudge;
  /** Decides which failures count. Default `classify`. */
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

/** Known, so that they are told to belong to another window and not to be misspelt. */
const foreignNames: Readonly<Record<string, 'anything'>> = Object.fromEntries(
  Object.values(breakerSpecs).flatMap((spec) => Object.keys(spec).map((name) => [name, 'anything'] as const)),
);

/** A setting of another window would do nothing, which nobody who writes it expects. */
function foreignIssues(window: WindowKind, options: CircuitBreakerOptions): string[] {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(breakerSpecs, window)) return [];
  return Object.keys(options).flatMap((name) => {
    const homes = Object.entries(breakerSpecs).filter(([, spec]) => Object.hasOwn(spec, name));
    if (homes.length === 0 || homes.some(([kind]) => kind === window)) return [];
    return [`${name} means nothing to window '${window}', but to ${homes.map(([kind]) => `'${kind}'`).join(' and ')}`];
  });
}

/** What is written and cannot be meant. Only of what is written: defaults give way. */
function contradictions(window: WindowKind, options: CircuitBreakerOptions): string[] {
  const given = Object(options) as Partial<Record<keyof CircuitBreakerOptions, unknown>>;
  const { slowCallRatio, slowCallMs, maxResetTimeoutMs } = given;
  const { resetTimeoutMs = breakerSpecs.consecutive.resetTimeoutMs.default } = given;
  const areTimes = typeof maxResetTimeoutMs === 'number' && typeof resetTimeoutMs === 'number';
  return [
    ...(window !== 'consecutive' && slowCallRatio !== undefined && slowCallMs === undefined
      ? ['slowCallRatio means nothing without slowCallMs: give the milliseconds after which a call is slow']
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
