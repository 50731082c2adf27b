import { problemTypes, type ProblemCode } from '../contract/problem.ts';
import type { ProblemView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';

/** What goes with a problem beside its text. */
export interface ProblemExtras {
  readonly errors?: ProblemView['errors'];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the answer. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** An answer that says no, thrown by handlers. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly title: string;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, title: string, detail: string, extras: ProblemExtras = {}) {
    // Details repeat what was sent, which may be anything.
    super(redactText(detail));
    this.code = code;
    this.title = title;
    this.extras = extras;
  }

  get status(): number {
    return problemTypes[this.code][0];
  }
}

/** An id is repeated only when it looks like one. */
const plainId = /^[\w.:-]{1,128}$/;

/** The id under which the application's log tells of a request. */
export function correlationIdOf(request: Request): string | undefined {
  const id = request.headers.get('x-correlation-id') ?? '';
  return plainId.test(id) ? id : undefined;
}

/** `application/problem+json`. */
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

/** The path that was asked for, without secrets that somebody has put into it. */
function pathOf(request: Request): string {
  const { pathname } = new URL(request.url);
  try {
    return encodeURI(redactText(decodeURIComponent(pathname)));
  } catch {
    return '/';
  }
}

/** There is no such thing. Looking for it has made none. */
export function notFound(what: string): Problem {
  return new Problem('not-found', 'Not found', `There is no ${what}.`);
}
