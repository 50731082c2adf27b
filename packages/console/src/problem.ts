import type { ProblemView } from './contract.ts';

/** An answer that says no, thrown by handlers. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: ProblemView['errors'];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    { errors, headers = {} }: { errors?: ProblemView['errors']; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
    this.errors = errors;
    this.headers = headers;
  }
}

/** An id is repeated only when it looks like one. */
const plainId = /^[\w.:-]{1,128}$/;

/** `application/problem+json`. */
export function problemResponse(problem: Problem, request: Request): Response {
  const correlationId = request.headers.get('x-correlation-id') ?? '';
  const body: ProblemView = {
    type: `urn:dualbrake:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: new URL(request.url).pathname,
    code: problem.code,
    ...(plainId.test(correlationId) ? { correlation_id: correlationId } : {}),
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
  });
}

/** There is no such thing. Looking for it has made none. */
export function notFound(what: string): Problem {
  return new Problem(404, 'not-found', 'Not found', `There is no ${what}.`);
}
