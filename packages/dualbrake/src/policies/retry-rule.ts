import type { Classification } from '../classification.ts';
import { conditionIssue, holdsLater, type AsyncErrorCondition } from '../classify/condition.ts';
import { numberIssues, unknownNames } from '../settings.ts';

/**
 * How to retry one kind of error. A setting that is left out is the same as the retry's own.
 *
 * @example
 * ```ts
 * const locked: RetryRule = { when: { kind: 'lock' }, delayMs: 50, maxAttempts: 5 };
 * const policy = retry({ rules: [locked, { when: 'ENOTFOUND', maxAttempts: 1 }] });
 * ```
 */
export interface RetryRule {
  /** Which errors the rule applies to. The first rule whose condition holds applies. May be async. */
  readonly when: AsyncErrorCondition;
  /** Delay before jitter, in milliseconds, the same after each attempt; 0 for no delay. */
  readonly delayMs?: number;
  /** `immediate` does not wait; `exponential` waits longer after each attempt. */
  readonly strategy?: 'immediate' | 'exponential';
  /** Base of exponential delays: the first delay before jitter, in milliseconds. */
  readonly baseMs?: number;
  /** Most attempts for such errors, including the first; 1 to 1,000, where 1 means no retry. */
  readonly maxAttempts?: number;
}

/**
 * The built-in rules of the `adaptive` strategy: a lock conflict is resolved in a moment, a rate limit needs a longer
 * wait than a lost packet, and an overloaded resource takes time to recover.
 */
export const adaptiveRules: readonly RetryRule[] = [
  { when: { kind: 'conflict' }, delayMs: 50, maxAttempts: 5 },
  { when: { kind: 'lock' }, delayMs: 50, maxAttempts: 5 },
  { when: { kind: 'rate-limit' }, strategy: 'exponential', baseMs: 5_000 },
  { when: { class: 'system' }, strategy: 'exponential', baseMs: 2_000 },
];

/**
 * The first rule whose condition holds. Conditions are checked in order. A promise is awaited before the next condition
 * is checked; only then is the result a promise.
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

/** Problems of a list of rules, one sentence each. */
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
