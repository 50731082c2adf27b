import type { SettingSpec, SettingsSpec, ValuesOf } from '../settings.ts';
import type { CircuitLimits } from './circuit.ts';
import { CountWindow } from './count-window.ts';
import { TimeWindow } from './time-window.ts';
import type { Window } from './window.ts';

/**
 * What a circuit breaker counts: consecutive failures, the last `windowCalls` calls, or the calls of the last `windowMs`
 * milliseconds.
 *
 * @example
 * ```ts
 * const window: WindowKind = 'count';
 * const breaker = circuitBreaker({ window, windowCalls: 50 });
 * ```
 */
export type WindowKind = 'consecutive' | 'count' | 'time';

const LONGEST_MS = Number.MAX_SAFE_INTEGER;

const common = {
  resetTimeoutMs: { min: 1, max: LONGEST_MS, unit: 'ms', default: 60_000 },
  resetTimeoutFactor: { min: 1, max: 100, unit: 'factor', default: 1 },
  maxResetTimeoutMs: { min: 1, max: LONGEST_MS, unit: 'ms', default: 600_000 },
  resetJitter: { min: 0, max: 1, unit: 'ratio', default: 0 },
  halfOpenCalls: { min: 1, max: 10_000, unit: 'calls', default: 1 },
  rampUpMs: { min: 0, max: LONGEST_MS, unit: 'ms', default: 0 },
  slowCallMs: { min: 0, max: LONGEST_MS, unit: 'ms', default: 0 },
} as const satisfies SettingsSpec;

const shares = {
  failureThreshold: { min: 0, max: 1_000_000, unit: 'calls', default: 0 },
  failureRatio: { min: 0, max: 1, unit: 'ratio', default: 0.5 },
  slowCallRatio: { min: 0.001, max: 1, unit: 'ratio', default: 0.5 },
  minimumCalls: { min: 1, max: 1_000_000, unit: 'calls', default: 20 },
  consecutiveFailures: { min: 0, max: 1_000_000, unit: 'calls', default: 20 },
} as const satisfies SettingsSpec;

/** The settings of a breaker, by kind of window. 0 turns a setting off where 0 is allowed. */
export const breakerSpecs = {
  consecutive: {
    failureThreshold: { min: 1, max: 1_000_000, unit: 'calls', default: 5 },
    ...common,
  },
  count: {
    ...shares,
    windowCalls: { min: 1, max: 100_000, unit: 'calls', default: 100 },
    ...common,
  },
  time: {
    ...shares,
    windowMs: { min: 1, max: LONGEST_MS, unit: 'ms', default: 10_000 },
    ...common,
  },
} as const satisfies Record<WindowKind, SettingsSpec>;

/** Every setting that a breaker may have. Which of them it has depends on its window. */
export type BreakerSpec = Readonly<
  Record<keyof (typeof breakerSpecs)['count'] | keyof (typeof breakerSpecs)['time'], SettingSpec>
>;

/** The values in force. Settings that the window does not have are absent. */
export type BreakerValues = Partial<ValuesOf<BreakerSpec>>;

/** Problems that depend on several settings. */
export function breakerIssues(values: Readonly<Record<string, number>>): readonly string[] {
  const { minimumCalls, windowCalls = Infinity, failureThreshold = 0 }: BreakerValues = values;
  return [
    ...(minimumCalls !== undefined && minimumCalls > windowCalls
      ? [`minimumCalls must be at most windowCalls (${windowCalls}), got ${minimumCalls}`]
      : []),
    ...(failureThreshold > windowCalls
      ? [`failureThreshold must be at most windowCalls (${windowCalls}), got ${failureThreshold}`]
      : []),
  ];
}

/** The same for a breaker without a rule that can open it. */
export function issuesWithoutRules(values: Readonly<Record<string, number>>): readonly string[] {
  const { failureThreshold = 0, failureRatio = 0, consecutiveFailures = 0, slowCallMs = 0 }: BreakerValues = values;
  const opens = failureThreshold > 0 || failureRatio > 0 || consecutiveFailures > 0 || slowCallMs > 0;
  return opens ? breakerIssues(values) : [...breakerIssues(values), NOTHING_OPENS_IT];
}

const NOTHING_OPENS_IT =
  'nothing could ever open the circuit: set failureThreshold, failureRatio or consecutiveFailures above 0, ' +
  'slowCallMs, or a rule with a failureThreshold';

/** Converts settings to the limits of a circuit. */
export function circuitLimits(values: BreakerValues, kind: WindowKind): CircuitLimits {
  const { failureThreshold = 0, failureRatio = 0, slowCallRatio = 1, minimumCalls = 1 } = values;
  const { resetTimeoutMs = 0, resetTimeoutFactor = 1, maxResetTimeoutMs = 0, halfOpenCalls = 1, rampUpMs = 0 } = values;
  return {
    run: kind === 'consecutive' ? failureThreshold : (values.consecutiveFailures ?? 0),
    failures: kind === 'consecutive' ? 0 : failureThreshold,
    failureRatio,
    slowRatio: slowCallRatio,
    minimumCalls,
    resetTimeoutMs,
    resetTimeoutFactor,
    maxResetTimeoutMs,
    halfOpenCalls,
    rampUpMs,
  };
}

/** Creates the window for the settings; `undefined` if only consecutive failures count. */
export function windowFor(values: BreakerValues, now: number): Window | undefined {
  if (values.windowCalls !== undefined) return new CountWindow(values.windowCalls);
  return values.windowMs === undefined ? undefined : new TimeWindow(values.windowMs, now);
}
