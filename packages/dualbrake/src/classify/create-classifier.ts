import type { Classification, Classifier, ErrorClass } from '../classification.ts';
import { InvalidSettingsError } from '../errors.ts';
import { show } from '../show.ts';
import { classify } from './classify.ts';
import { conditionIssue, holds, verdictIssues, type ErrorCondition } from './condition.ts';
import { classificationTable } from './table.ts';

/**
 * A custom rule, applied before the built-in rules.
 *
 * @example
 * ```ts
 * const isBusy: ClassifierRule = { when: 'E_BUSY', verdict: { class: 'transient', retryable: true } };
 * const classifier = createClassifier({ rules: [isBusy] });
 * ```
 */
export interface ClassifierRule {
  /** Which errors the rule applies to. A function that throws does not match. */
  readonly when: ErrorCondition;
  /** Replaces these properties of the built-in classification. */
  readonly verdict: Partial<Omit<Classification, 'rule'>>;
}

/**
 * A change of a built-in rule. `reachedServer` and `applied` can't be changed, because they require proof.
 *
 * @example
 * ```ts
 * const retryNotFound: Override = { class: 'transient', retryable: true };
 * const classifier = createClassifier({ overrides: { 'http.404': retryNotFound } });
 * ```
 */
export interface Override {
  readonly class?: Exclude<ErrorClass, 'cancelled' | 'refused'>;
  readonly retryable?: boolean;
  readonly countsAgainstBreaker?: boolean;
  readonly scope?: Classification['scope'];
}

/**
 * Options of `createClassifier`. All are optional.
 *
 * @example
 * ```ts
 * const options: ClassifierOptions = {
 *   rules: [{ when: 'E_BUSY', verdict: { class: 'transient', retryable: true } }],
 *   overrides: { 'http.404': { class: 'transient', retryable: true } },
 *   unknown: 'persistent',
 * };
 * const breaker = circuitBreaker({ classify: createClassifier(options) });
 * ```
 */
export interface ClassifierOptions {
  /** Custom rules; the first match decides. Default: none. */
  readonly rules?: readonly ClassifierRule[];
  /** Changes of built-in rules, by name: `{ 'http.404': { class: 'transient', retryable: true } }`. Default: none. */
  readonly overrides?: Readonly<Record<string, Override>>;
  /** The class of errors that no rule matches. Default `transient`: retryable and counted, as in similar libraries. */
  readonly unknown?: 'transient' | 'persistent';
}

/**
 * A classifier whose rules can be changed while it is in use.
 *
 * @example
 * ```ts
 * const classifier: AdjustableClassifier = createClassifier();
 * classifier.override('http.404', { class: 'transient', retryable: true });
 * log.info(classifier.overrides);
 * classifier.override('http.404', undefined); // back to the built-in rule
 * ```
 */
export interface AdjustableClassifier extends Classifier {
  /** The current changes, by rule. */
  readonly overrides: Readonly<Record<string, Override>>;
  /**
   * Changes a built-in rule from now on; `undefined` restores it.
   *
   * @throws InvalidSettingsError with every problem at once; then nothing is changed
   */
  override(rule: string, change: Override | undefined): void;
}

/**
 * Creates a classifier with custom rules, and the built-in rules for everything else.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const classifier = createClassifier({
 *   rules: [{ when: 'E_BUSY', verdict: { class: 'transient', retryable: true } }],
 * });
 * const students = pipeline('students', [retry({ classify: classifier }), circuitBreaker({ classify: classifier })]);
 * ```
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
      : [`unknown must be 'transient' or 'persistent', got ${show(unknown)}`]),
    ...(isRecord(given)
      ? Object.entries(given).flatMap(([rule, change]) => overrideIssues(rule, change))
      : ['overrides must be an object of changes by the names of rules']),
  ];
  if (issues.length > 0) throw new InvalidSettingsError('classifier', issues);
  for (const [rule, change] of Object.entries(given)) overrides.set(rule, { ...change });

  const classifier: Classifier = (error, context) => {
    const found = classify(error, context);
    // Custom rules don't apply to calls that the caller has cancelled.
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
    return [`'${rule}' is not a built-in rule; their names are like 'postgres.23505' or 'http.404'`];
  if (typeof change !== 'object' || change === null) return [`${rule}: the change must be an object`];
  const issues = Object.entries(change).flatMap(([field, value]) => {
    const allowed = choices[field as keyof Override];
    if (allowed === undefined)
      return [`${rule}: ${field} cannot be changed; these can: ${Object.keys(choices).join(', ')}`];
    return allowed.includes(value)
      ? []
      : [`${rule}: ${field} must be one of ${allowed.join(', ')}, got ${show(value)}`];
  });
  const changed = { ...row.verdict, ...change };
  if (changed.class === 'persistent' && changed.retryable)
    issues.push(`${rule}: persistent errors are not retryable; change both class and retryable`);
  return issues;
}
