import { problemTypes, type ProblemCode } from '../contract/problem.ts';
import type { ProblemView } from '../contract.ts';
import { ControlError } from '../control/control-error.ts';
import { redactText } from '../logs/redact.ts';

/** What a problem has besides its text. */
export interface ProblemExtras {
  readonly errors?: ProblemView['errors'];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** An error response. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly title: string;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, title: string, detail: string, extras: ProblemExtras = {}) {
    // Details repeat input, which may contain secrets.
    super(redactText(detail));
    this.code = code;
    this.title = title;
    this.extras = extras;
  }

  get status(): number {
    return problemTypes[this.code][0];
  }
}

/** The one place where errors of the control plane become HTTP. @returns undefined for unexpected errors */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof ControlError)) return undefined;
  const { issues, retryAfterSeconds, version, facts } = error.details;
  return new Problem(error.code, error.title, error.message, {
    headers: {
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...(version === undefined ? {} : { etag: `"${version}"` }),
    },
    ...(issues === undefined ? {} : { errors: issues }),
    ...(facts === undefined ? {} : { more: facts }),
  });
}

export function notFound(what: string): Problem {
  return new Problem('not-found', 'Not found', `There is no ${what}.`);
}

export function methodNotAllowed(allowed: readonly string[]): Problem {
  return new Problem('method', 'Method not allowed', `This URL accepts ${allowed.join(' and ')}.`, {
    headers: { allow: allowed.join(', ') },
  });
}

/** @returns undefined when the header is missing, or not safe to repeat */
export function correlationIdOf(request: Request): string | undefined {
  const id = request.headers.get('x-correlation-id') ?? '';
  return /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}

/** `application/problem+json` */
export function problemResponse(problem: Problem, request: Request): Response {
  const correlationId = correlationIdOf(request);
  const { errors, headers = {}, more = {} } = problem.extras;
  const body: ProblemView = {
    type: `urn:dualbrake:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: pathOf(request),
    code: problem.code,
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
    ...(errors === undefined ? {} : { errors }),
    ...more,
  };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

/** Without secrets that somebody has put into the path. */
function pathOf(request: Request): string {
  const { pathname } = new URL(request.url);
  try {
    return encodeURI(redactText(decodeURIComponent(pathname)));
  } catch {
    return '/';
  }
}
