import type { Classification, Classifier, ClassifyContext, ErrorClass } from '../classification.ts';
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
 * Which errors a rule is for: a class, code, kind or rule by its name, several of them at once, or a function. One that
 * throws is for none.
 */
export type ErrorCondition =
  ErrorClass | (string & {}) | ErrorPattern | ((error: unknown, classification: Classification) => boolean);

/** Causes that are looked through for a code. */
const DEEPEST_CAUSE = 5;

/** Whether the condition holds. Never throws. */
export function holds(condition: ErrorCondition, error: unknown, found: Classification): boolean {
  if (typeof condition === 'function') {
    try {
      return condition(error, found);
    } catch {
      return false;
    }
  }
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

/** What is wrong with a condition, if anything. */
export function conditionIssue(name: string, condition: unknown): string | undefined {
  if (typeof condition === 'function' || (typeof condition === 'string' && condition !== '')) return undefined;
  const names = typeof condition === 'object' && condition !== null ? Object.keys(condition) : [];
  const known = ['class', 'code', 'kind', 'rule'];
  if (names.length > 0 && names.every((given) => known.includes(given))) return undefined;
  return `${name} must be a class, code, kind or rule, an object with some of ${known.join(', ')}, or a function`;
}

/** The usual condition for answering in place of a call: a persistent error is an answer itself. */
export function isUnavailable(_error: unknown, { class: kind }: Classification): boolean {
  return kind === 'transient' || kind === 'system' || kind === 'refused';
}

/** A classifier of the user's own that throws must not replace the error that it was asked about. */
export function classifyWith(classifier: Classifier, error: unknown, context?: ClassifyContext): Classification {
  if (classifier === classify) return classify(error, context);
  try {
    return classifier(error, context);
  } catch {
    return classify(error, context);
  }
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
