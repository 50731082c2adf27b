import { conditionIssue, type ErrorCondition } from '../classify/condition.ts';
import { numberIssues, unknownNames } from '../settings.ts';

/** How to retry one kind of error. What is not said is as for all. */
export interface RetryRule {
  /** Which errors; the first rule whose condition holds applies. */
  readonly when: ErrorCondition;
  /** Milliseconds to wait, drawn from by the retry's jitter; 0 for at once. */
  readonly delayMs?: number;
  /** `immediate` does not wait; `exponential` waits longer each time. */
  readonly strategy?: 'immediate' | 'exponential';
  /** Milliseconds that the first exponential delay is drawn from. */
  readonly baseMs?: number;
  /** Most calls of the operation when it fails like this, the first one included; 1 for no retry. */
  readonly maxAttempts?: number;
}

/**
 * What `adaptive` does unless told otherwise: a lost race for a lock is over in a moment, a rate limit needs more
 * patience than a lost packet, and a resource that is unwell takes time to come back.
 */
export const adaptiveRules: readonly RetryRule[] = [
  { when: { kind: 'conflict' }, delayMs: 50, maxAttempts: 5 },
  { when: { kind: 'lock' }, delayMs: 50, maxAttempts: 5 },
  { when: { kind: 'rate-limit' }, strategy: 'exponential', baseMs: 5_000 },
  { when: { class: 'system' }, strategy: 'exponential', baseMs: 2_000 },
];

const spec = {
  delayMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
  baseMs: { min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 0 },
  maxAttempts: { min: 1, max: 1_000, unit: 'attempts', default: 3 },
} as const;

/** What is wrong with a list of rules, one sentence each. */
export function ruleIssues(rules: unknown): string[] {
  if (rules === undefined) return [];
  if (!Array.isArray(rules)) return ['rules must be a list'];
  return rules.flatMap((rule: unknown, place) => {
    const at = `rules[${place}]`;
    if (typeof rule !== 'object' || rule === null) return [`${at} must be an object`];
    const { when, strategy, ...numbers } = rule as { readonly when?: unknown; readonly strategy?: unknown };
    const condition = conditionIssue(`${at}.when`, when);
    return [
      ...(condition === undefined ? [] : [condition]),
      ...(strategy === undefined || strategy === 'immediate' || strategy === 'exponential'
        ? []
        : [`${at}.strategy must be 'immediate' or 'exponential'`]),
      ...unknownNames(Object.keys(numbers), Object.keys(spec)).map((issue) => `${at}.${issue}`),
      ...numberIssues(spec, numbers).map((issue) => `${at}.${issue}`),
    ];
  });
}
