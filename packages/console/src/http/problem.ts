import type { ProblemView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import type { Problem } from '../problem.ts';

/** @returns undefined when the header is missing, or not safe to repeat */
export function correlationIdOf(request: Request): string | undefined {
  const id = request.headers.get('x-correlation-id') ?? '';
  return /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}

/** `application/problem+json` */
export function problemResponse(problem: Problem, request: Request): Response {
  const { issues, facts } = problem.details;
  const correlationId = correlationIdOf(request);
  const body: ProblemView = {
    type: `urn:dualbrake:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: pathOf(request),
    code: problem.code,
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
    ...(issues === undefined ? {} : { errors: issues }),
    ...facts,
  };
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problemHeaders(problem) },
  });
}

export function problemHeaders({ details: { retryAfterSeconds, version, allow } }: Problem): Record<string, string> {
  return {
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...(version === undefined ? {} : { etag: `"${version}"` }),
    ...(allow === undefined ? {} : { allow: allow.join(', ') }),
  };
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
