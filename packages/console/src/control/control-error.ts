import type { ProblemCode } from '../contract/problem.ts';
import type { ProblemView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';

/** Facts that go with the message of a `ControlError`. */
export interface ControlErrorDetails {
  /** Every problem of an invalid request. */
  readonly issues?: ProblemView['errors'];
  /** When the same request can succeed. */
  readonly retryAfterSeconds?: number;
  /** Current version of the target. */
  readonly version?: string;
  /** Further facts for programs, by wire name. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The control plane refused a request, for a reason that the caller may read. `http/problem.ts` maps it to HTTP. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ProblemCode;
  readonly title: string;
  readonly details: ControlErrorDetails;

  constructor(code: ProblemCode, title: string, message: string, details: ControlErrorDetails = {}) {
    // Messages repeat input, which may contain secrets.
    super(redactText(message));
    this.code = code;
    this.title = title;
    this.details = details;
  }
}

/** @param what completes the sentence "There is no ..." */
export function notFound(what: string): ControlError {
  return new ControlError('not-found', 'Not found', `There is no ${what}.`);
}

export function notPossible(message: string, facts: Readonly<Record<string, unknown>> = {}): ControlError {
  return new ControlError('not-legal', 'Not possible now', message, { facts });
}

/** @param pointer JSON pointer to the invalid value, such as `/expires_at` */
export function invalid(title: string, pointer: string, code: string, message: string): ControlError {
  return new ControlError('invalid-order', title, message, { issues: [{ pointer, code, message }] });
}
