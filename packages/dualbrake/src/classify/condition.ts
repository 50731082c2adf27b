import type { Classification, Classifier, ClassifyContext, ErrorClass } from '../classification.ts';
import { show } from '../show.ts';
import {
  answersYes,
  answersYesLater,
  asyncIssue,
  dropRejection,
  generatorIssue,
  isThenable,
} from '../user-function.ts';
import { classify } from './classify.ts';
import { read } from './safe-read.ts';

/**
 * Matches errors that have all of the given properties.
 *
 * @example
 * ```ts
 * const pattern: ErrorPattern = { class: 'transient', kind: 'rate-limit' };
 * const reads = fallback({ to: undefined, when: pattern });
 * ```
 */
export interface ErrorPattern {
  readonly class?: ErrorClass;
  /** `code` or `status` of the error or of one of its causes. */
  readonly code?: string;
  /** Kind of the classification, such as `timeout` or `rate-limit`. */
  readonly kind?: string;
  /** Rule of the classification, such as `http.503`. */
  readonly rule?: string;
}

/**
 * Which errors something applies to: the name of a class, code, kind or rule, an `ErrorPattern` with several of them, or a function. A
 * function that throws or returns anything but `true` does not match.
 *
 * @example
 * ```ts
 * const isDeadlock: ErrorCondition = 'postgres.40P01';
 * const isLocal: ErrorCondition = (_error, { scope }) => scope === 'local';
 * const classifier = createClassifier({ rules: [{ when: isDeadlock, verdict: { retryable: true } }] });
 * ```
 */
export type ErrorCondition =
  ErrorClass | (string & {}) | ErrorPattern | ((error: unknown, classification: Classification) => boolean);

/**
 * An `ErrorCondition` whose function may also be async, for policies that can await it. A rejection does not match.
 *
 * @example
 * ```ts
 * const isMaintenance: AsyncErrorCondition = async (error) => {
 *   const page = await fetch('https://status.example.com/api');
 *   return page.ok && error instanceof Error;
 * };
 * const readStudent = fallback({ to: 'a copy', when: isMaintenance });
 * ```
 */
export type AsyncErrorCondition =
  ErrorCondition | ((error: unknown, classification: Classification) => boolean | PromiseLike<boolean>);

/** Maximum depth of causes that are searched for a code. */
const DEEPEST_CAUSE = 5;

/** Whether the condition matches. A promise does not match. Never throws. */
export function holds(condition: ErrorCondition, error: unknown, found: Classification): boolean {
  if (typeof condition !== 'function') return matches(condition, error, found);
  try {
    return answersYes(condition(error, found));
  } catch {
    return false;
  }
}

/** Whether the condition matches. A promise if the condition is a function that returns one. Never throws or rejects. */
export function holdsLater(
  condition: AsyncErrorCondition,
  error: unknown,
  found: Classification,
): boolean | Promise<boolean> {
  if (typeof condition !== 'function') return matches(condition, error, found);
  try {
    return answersYesLater(condition(error, found));
  } catch {
    return false;
  }
}

function matches(condition: string | ErrorPattern, error: unknown, found: Classification): boolean {
  if (typeof condition === 'string') {
    return [found.class, found.kind, found.rule].includes(condition) || hasCode(error, condition);
  }
  return (
    (condition.class === undefined || condition.class === found.class) &&
    (condition.kind === undefined || condition.kind === found.kind) &&
    (condition.rule === undefined || condition.rule === found.rule) &&
    (condition.code === undefined || hasCode(error, condition.code))
  );
}

/** The problem with a condition, if any. An async function is only valid where it is awaited. */
export function conditionIssue(name: string, condition: unknown, mayBeAsync = true): string | undefined {
  if (typeof condition === 'function') return (mayBeAsync ? generatorIssue : asyncIssue)(name, condition);
  if (typeof condition === 'string' && condition !== '') return undefined;
  const names = typeof condition === 'object' && condition !== null ? Object.keys(condition) : [];
  const known = ['class', 'code', 'kind', 'rule'];
  if (names.length > 0 && names.every((given) => known.includes(given))) return undefined;
  return `${name} must be a class, code, kind or rule, an object with some of ${known.join(', ')}, or a function`;
}

/** The default condition of fallbacks. Persistent errors are excluded: they are an answer of the dependency. */
export function isUnavailable(_error: unknown, { class: kind }: Classification): boolean {
  return kind === 'transient' || kind === 'system' || kind === 'refused';
}

/**
 * The classification by a user's classifier. If it throws or returns something other than a classification, `classify` decides instead,
 * so that the original error is never replaced. Missing or invalid properties also come from `classify`.
 */
export function classifyWith(classifier: Classifier, error: unknown, context?: ClassifyContext): Classification {
  if (classifier === classify) return classify(error, context);
  try {
    const found: unknown = classifier(error, context);
    if (isClassification(found)) return found;
    if (typeof found === 'object' && found !== null && !isThenable(found)) {
      const own = classify(error, context);
      return { ...own, ...validMembers(found) };
    }
    dropRejection(found);
  } catch {
    // `classify` decides, see below.
  }
  return classify(error, context);
}

/**
 * The classification of a result by a user's function; `undefined` if the result is a success. That is also the case if the function
 * throws, or returns a promise or something other than a classification. Missing or invalid properties come from `classify`.
 */
export function judgedBy(judge: (value: unknown) => unknown, value: unknown): Classification | undefined {
  try {
    const found = judge(value);
    if (found === undefined || isClassification(found)) return found;
    if (typeof found !== 'object' || found === null || isThenable(found)) {
      dropRejection(found);
      return undefined;
    }
    const valid = validMembers(found);
    return Object.keys(valid).length === 0 ? undefined : { ...classify(value), ...valid };
  } catch {
    return undefined;
  }
}

/** Checks for each property of a classification. */
const members: Readonly<Record<keyof Classification, (value: unknown) => boolean>> = {
  class: oneOf('transient', 'persistent', 'system', 'cancelled', 'refused'),
  retryable: isBoolean,
  countsAgainstBreaker: isBoolean,
  reachedServer: oneOf('no', 'maybe', 'yes'),
  applied: oneOf('no', 'maybe'),
  retryAfterMs: (value) => value === undefined || (typeof value === 'number' && value >= 0 && value < Infinity),
  kind: isText,
  scope: oneOf('dependency', 'local', 'request'),
  rule: isText,
};
const memberNames = Object.keys(members) as (keyof Classification)[];

/** Whether something has every member of a classification, all of them valid. May throw where a getter does. */
function isClassification(value: unknown): value is Classification {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return memberNames.every((name) => members[name](given[name]));
}

/** Problems with the verdict of a custom rule, one sentence each. A verdict has no `rule`. */
export function verdictIssues(name: string, verdict: unknown): string[] {
  if (typeof verdict !== 'object' || verdict === null) return [`${name} must be an object`];
  const known = memberNames.filter((member) => member !== 'rule');
  return Object.entries(verdict).flatMap(([member, value]) => {
    const found = known.find((one) => one === member);
    if (found === undefined)
      return [`${name}.${member} is not part of a classification; its properties are ${known.join(', ')}`];
    return value === undefined || members[found](value) ? [] : [`${name}.${member} cannot be ${show(value)}`];
  });
}

/** Those members of an answer that can be used. */
function validMembers(answer: object): Partial<Classification> {
  const given = answer as Readonly<Record<string, unknown>>;
  const valid = memberNames.filter((name) => given[name] !== undefined && members[name](given[name]));
  return Object.fromEntries(valid.map((name) => [name, given[name]]));
}

function oneOf(...words: readonly string[]): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && words.includes(value);
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function hasCode(error: unknown, code: string): boolean {
  let current = error;
  for (let depth = 0; depth <= DEEPEST_CAUSE && current !== undefined; depth += 1) {
    const found = read(current, 'code') ?? read(current, 'status');
    if (found === code || (typeof found === 'number' && String(found) === code)) return true;
    current = read(current, 'cause');
  }
  return false;
}
