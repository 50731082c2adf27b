import type { Classification } from '../classification.ts';
import { conditionIssue, holdsLater, type AsyncErrorCondition } from '../classify/condition.ts';
import { numberIssues, unknownNames } from '../settings.ts';

/** How to retry one kind of error. What is not said is as for all. */
export interface RetryRule {
  /** Which errors; the first rule whose condition holds applies. A function may be async: the retry waits for it. */
  readonly when: AsyncErrorCondition;
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

/**
 * The first rule whose condition holds. Conditions are asked in order, and a promise is waited for before the next one
 * is asked; the result is a promise only then.
 */
export function ruleFor(
  rules: readonly RetryRule[],
  error: unknown,
  found: Classification,
  from = 0,
): RetryRule | undefined | Promise<RetryRule | undefined> {
  for (let place = from; place < rules.length; place += 1) {
    const rule = rules[place];
    const answer = rule !== undefined && holdsLater(rule.when, error, found);
    if (answer === true) return rule;
    if (answer !== false) return answer.then((holds) => (holds ? rule : ruleFor(rules, error, found, place + 1)));
  }
  return undefined;
}

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
