import { problemTypes, type ProblemCode } from './contract/problem.ts';
import type { ProblemView } from './contract.ts';
import { redactText } from './logs/redact.ts';

/** Facts that go with the text of a problem. */
export interface ProblemDetails {
  /** Every problem of an invalid request. */
  readonly issues?: ProblemView['errors'];
  /** When the same request can succeed. */
  readonly retryAfterSeconds?: number;
  /** Current version of the target. */
  readonly version?: string;
  /** Methods that the URL accepts. */
  readonly allow?: readonly string[];
  /** Further facts for programs, by wire name. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** A request was refused, for a reason that the caller may read. `http/problem.ts` makes it a response. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly title: string;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, title: string, message: string, details: ProblemDetails = {}) {
    // Messages repeat input, which may contain secrets.
    super(redactText(message));
    this.code = code;
    this.title = title;
    this.details = details;
  }

  /** The status code of its response. */
  get status(): number {
    return problemTypes[this.code][0];
  }
}

/** @param what completes the sentence "There is no ..." */
export function notFound(what: string): Problem {
  return new Problem('not-found', 'Not found', `There is no ${what}.`);
}

export function notPossible(message: string, facts: Readonly<Record<string, unknown>> = {}): Problem {
  return new Problem('not-legal', 'Not possible now', message, { facts });
}

/** A JSON Pointer, RFC 6901: `/settings/database`. */
export function pointerOf(...parts: readonly string[]): string {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** @param pointer to the invalid value */
export function invalid(title: string, pointer: string, code: string, message: string): Problem {
  return new Problem('invalid-order', title, message, { issues: [{ pointer, code, message }] });
}

export function denied(message: string): Problem {
  return new Problem('permission', 'You don’t have access', message);
}

export function methodNotAllowed(...allow: readonly string[]): Problem {
  return new Problem('method', 'Method not allowed', `This URL accepts ${allow.join(' and ')}.`, { allow });
}
