import type { Classification, Classifier, ClassifyContext, ErrorClass } from '../classification.ts';
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

/** Looks for these, all that are given. */
export interface ErrorPattern {
  readonly class?: ErrorClass;
  /** `code` of the error, or of one of its causes. */
  readonly code?: string;
  /** Coarse label of the classification, such as `timeout` or `rate-limit`. */
  readonly kind?: string;
  /** The classification rule that decided, such as `http.503`. */
  readonly rule?: string;
}

/**
 * Which errors a rule is for: a class, code, kind or rule by its name, several of them at once, or a function. A function
 * that throws, or that answers anything but `true`, is for none.
 */
export type ErrorCondition =
  ErrorClass | (string & {}) | ErrorPattern | ((error: unknown, classification: Classification) => boolean);

/**
 * An `ErrorCondition` whose function may also be async, for policies that can wait for the answer. A promise that
 * rejects is a "no".
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

/** Causes that are looked through for a code. */
const DEEPEST_CAUSE = 5;

/** Whether the condition holds, at once: a promise is a "no". Never throws. */
export function holds(condition: ErrorCondition, error: unknown, found: Classification): boolean {
  if (typeof condition !== 'function') return matches(condition, error, found);
  try {
    return answersYes(condition(error, found));
  } catch {
    return false;
  }
}

/**
 * Whether the condition holds, perhaps later: a promise only if the condition is a function that answers one. Never
 * throws, never rejects.
 */
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

/** What is wrong with a condition, if anything. An async function is right only where its answer is waited for. */
export function conditionIssue(name: string, condition: unknown, mayBeAsync = true): string | undefined {
  if (typeof condition === 'function') return (mayBeAsync ? generatorIssue : asyncIssue)(name, condition);
  if (typeof condition === 'string' && condition !== '') return undefined;
  const names = typeof condition === 'object' && condition !== null ? Object.keys(condition) : [];
  const known = ['class', 'code', 'kind', 'rule'];
  if (names.length > 0 && names.every((given) => known.includes(given))) return undefined;
  return `${name} must be a class, code, kind or rule, an object with some of ${known.join(', ')}, or a function`;
}

/** The usual condition for answering in place of a call: a persistent error is an answer itself. */
export function isUnavailable(_error: unknown, { class: kind }: Classification): boolean {
  return kind === 'transient' || kind === 'system' || kind === 'refused';
}

/**
 * What a classifier of the user's own says of an error. It must not replace the error that it was asked about: if it
 * throws, or answers nothing, a promise or no classification, our own rules say it; so they do for each member that is
 * missing or wrong.
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
    // Decided by our own rules below.
  }
  return classify(error, context);
}

/**
 * What a judge of answers says of one; `undefined` when nothing is wrong with it. A judge that throws, or answers a
 * promise or no classification, has said nothing; members that are missing or wrong are as our own rules say.
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

/** What each member of a classification may be. */
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
export function isClassification(value: unknown): value is Classification {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return memberNames.every((name) => members[name](given[name]));
}

/** What is wrong with what a rule says of an error, one sentence each. The rule's own name is not a part of it. */
export function verdictIssues(name: string, verdict: unknown): string[] {
  if (typeof verdict !== 'object' || verdict === null) return [`${name} must be an object`];
  const known = memberNames.filter((member) => member !== 'rule');
  return Object.entries(verdict).flatMap(([member, value]) => {
    const found = known.find((one) => one === member);
    if (found === undefined) return [`${name}.${member} is no part of a classification; those are ${known.join(', ')}`];
    return value === undefined || members[found](value) ? [] : [`${name}.${member} cannot be ${String(value)}`];
  });
}

/** Those members of an answer that can be used. */
export function validMembers(answer: object): Partial<Classification> {
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
