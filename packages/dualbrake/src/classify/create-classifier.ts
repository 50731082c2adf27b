import type { Classification, Classifier, ErrorClass } from '../classification.ts';
import { InvalidSettingsError } from '../errors.ts';
import { classify } from './classify.ts';
import { conditionIssue, holds, verdictIssues, type ErrorCondition } from './condition.ts';
import { classificationTable } from './table.ts';

/** A rule of the user's own, asked before ours. */
export interface ClassifierRule {
  /** A class, code, kind or rule by its name, several of them at once, or a function. One that throws is for none. */
  readonly when: ErrorCondition;
  /** What differs from what our rules say. */
  readonly verdict: Partial<Omit<Classification, 'rule'>>;
}

/** What may be changed in a row of the table. A row cannot be made to say that nothing was sent. */
export interface Override {
  readonly class?: Exclude<ErrorClass, 'cancelled' | 'refused'>;
  readonly retryable?: boolean;
  readonly countsAgainstBreaker?: boolean;
  readonly scope?: Classification['scope'];
}

/** Rules to ask first, and rows to change. All of it is optional. */
export interface ClassifierOptions {
  /** The first that fits decides. Default: none. */
  readonly rules?: readonly ClassifierRule[];
  /** Changed rows, by the name of the rule: `{ 'http.404': { class: 'transient', retryable: true } }`. Default: none. */
  readonly overrides?: Readonly<Record<string, Override>>;
  /** What an error is that no rule knows. Default `transient`: retryable and counted, as every peer has it. */
  readonly unknown?: 'transient' | 'persistent';
}

/** A classifier that can be changed while it is in use. */
export interface AdjustableClassifier extends Classifier {
  /** What is changed at present, by rule. */
  readonly overrides: Readonly<Record<string, Override>>;
  /**
   * Changes what a rule of the table says from now on; `undefined` makes it say again what the table says.
   *
   * @throws InvalidSettingsError with every problem at once; then nothing is changed
   */
  override(rule: string, change: Override | undefined): void;
}

/**
 * A classifier with rules of your own, and ours for the rest:
 *
 *     createClassifier({ rules: [{ when: 'E_BUSY', verdict: { class: 'transient', retryable: true } }] })
 *
 * @throws InvalidSettingsError with every problem at once
 */
export function createClassifier(options: ClassifierOptions = {}): AdjustableClassifier {
  if (!isRecord(options)) throw new InvalidSettingsError('classifier', ['options must be an object']);
  const { rules = [], unknown = 'transient', overrides: given = {} } = options;
  const overrides = new Map<string, Override>();
  const issues = [
    ...unknownOptions(options),
    ...(Array.isArray(rules) ? rules.flatMap(ruleIssues) : ['rules must be a list']),
    ...(unknown === 'transient' || unknown === 'persistent'
      ? []
      : [`unknown must be 'transient' or 'persistent', got ${String(unknown)}`]),
    ...(isRecord(given)
      ? Object.entries(given).flatMap(([rule, change]) => overrideIssues(rule, change))
      : ['overrides must be an object of changes by the names of rules']),
  ];
  if (issues.length > 0) throw new InvalidSettingsError('classifier', issues);
  for (const [rule, change] of Object.entries(given)) overrides.set(rule, { ...change });

  const classifier: Classifier = (error, context) => {
    const found = classify(error, context);
    // What the caller has decided is not ours to judge.
    if (found.class === 'cancelled') return found;
    const own = rules.findIndex(({ when }) => holds(when, error, found));
    const rule = rules[own];
    if (rule !== undefined) return { ...found, ...rule.verdict, rule: nameOf(rule, own) };
    if (found.rule === 'unknown' && unknown === 'persistent') return { ...found, ...persistent };
    const change = overrides.size === 0 ? undefined : overrides.get(found.rule);
    return change === undefined ? found : { ...found, ...change };
  };
  const override = (rule: string, change: Override | undefined): void => {
    const wrong = change === undefined ? overrideIssues(rule, {}) : overrideIssues(rule, change);
    if (wrong.length > 0) throw new InvalidSettingsError('classifier', wrong);
    if (change === undefined) overrides.delete(rule);
    else overrides.set(rule, { ...change });
  };
  const adjustable = Object.assign(classifier, { override });
  return Object.defineProperty(adjustable, 'overrides', {
    get: () => Object.fromEntries(overrides),
    enumerable: true,
  }) as unknown as AdjustableClassifier;
}

const persistent = { class: 'persistent', retryable: false, countsAgainstBreaker: false } as const;

function nameOf({ when }: ClassifierRule, place: number): string {
  return typeof when === 'string' ? `custom.${when}` : `custom.${place + 1}`;
}

function unknownOptions(options: object): string[] {
  const known = ['rules', 'overrides', 'unknown'];
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${name} is not a known option; the options are ${known.join(', ')}`);
}

function ruleIssues(rule: unknown, place: number): string[] {
  if (!isRecord(rule)) return [`rules[${place}] must be an object with when and verdict`];
  const { when, verdict }: { readonly when?: unknown; readonly verdict?: unknown } = rule;
  const condition = conditionIssue(`rules[${place}].when`, when, false);
  return [...(condition === undefined ? [] : [condition]), ...verdictIssues(`rules[${place}].verdict`, verdict)];
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const choices: Readonly<Record<keyof Override, readonly unknown[]>> = {
  class: ['transient', 'persistent', 'system'],
  retryable: [true, false],
  countsAgainstBreaker: [true, false],
  scope: ['dependency', 'local', 'request'],
};

function overrideIssues(rule: string, change: Override): string[] {
  const row = classificationTable.flatMap(({ rows }) => rows).find(({ verdict }) => verdict.rule === rule);
  if (row === undefined)
    return [`'${rule}' is no rule of the table; rules are named like 'postgres.23505' or 'http.404'`];
  if (typeof change !== 'object' || change === null) return [`${rule}: the change must be an object`];
  const issues = Object.entries(change).flatMap(([field, value]) => {
    const allowed = choices[field as keyof Override];
    if (allowed === undefined)
      return [`${rule}: ${field} cannot be changed; what can is ${Object.keys(choices).join(', ')}`];
    return allowed.includes(value)
      ? []
      : [`${rule}: ${field} must be one of ${allowed.join(', ')}, got ${String(value)}`];
  });
  const changed = { ...row.verdict, ...change };
  if (changed.class === 'persistent' && changed.retryable)
    issues.push(`${rule}: what is persistent is not retryable; change both`);
  return issues;
}
