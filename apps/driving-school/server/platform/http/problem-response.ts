import { errorPage, isNavigation, plainPolicy, type ErrorPage } from '@dualbrake/console';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemMediaType, type Problem } from '../../../contract/problem.ts';
import type { ProblemError } from './problems.ts';
import { headersWithoutHooks } from './security-headers.ts';

/** The links of error pages. */
export interface PageLinks {
  /** Name of the application. */
  readonly application: string;
  readonly homePath: string;
  readonly signInPath: string;
  /** Accepts a form post that ends the session. */
  readonly signOutPath: string;
}

/** The known parts of the request that failed. There is no path if it could not be parsed. */
interface FailedRequest {
  readonly method: string;
  readonly accept: string | undefined;
  readonly fetchMode: string | undefined;
  readonly path?: string;
  readonly correlationId?: string;
}

interface ProblemResponse {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Titles of pages where the problem's own title is for programs. */
const pageTitles: Readonly<Record<string, string>> = {
  broken_request: 'The request is broken',
  headers_too_large: 'Too many cookies',
  not_found: 'Page not found',
  not_permitted: 'You don’t have access',
  not_signed_in: 'You’re not signed in',
  request_too_slow: 'The request took too long',
};

/** Statuses with which a retry can succeed. */
const retryable = new Set([408, 429, 500, 502, 503, 504]);

/** Headers of a page without scripts. */
const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': plainPolicy,
  'cache-control': 'no-store',
  // Without a referrer, browsers send forms with `Origin: null`.
  'referrer-policy': 'same-origin',
} as const;

/** Writes the response to a problem: a page when a browser navigated to the address, else `application/problem+json`. */
export function problemResponse(problem: ProblemError, request: FailedRequest, links: PageLinks): ProblemResponse {
  if (isNavigation(request)) {
    return { headers: { ...problem.headers, ...pageHeaders }, body: pageOf(problem, request, links) };
  }
  const { status, code, title, detail, errors, members } = problem;
  const body: Omit<Problem, 'instance' | 'correlation_id'> & Partial<Problem> = {
    type: `urn:driving-school:problem:${code}`,
    title,
    status,
    detail,
    ...(request.path === undefined ? {} : { instance: request.path }),
    code,
    ...(request.correlationId === undefined ? {} : { correlation_id: request.correlationId }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...members,
  };
  return {
    headers: { ...problem.headers, 'content-type': `${problemMediaType}; charset=utf-8`, 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

/** Sends a problem. The body is a string, so no response schema can remove members. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: ProblemError,
  links: PageLinks,
): FastifyReply {
  const { headers: sent, method } = request;
  const fetchMode = sent['sec-fetch-mode'];
  const { headers, body } = problemResponse(
    problem,
    {
      method,
      accept: sent.accept,
      fetchMode: typeof fetchMode === 'string' ? fetchMode : undefined,
      path: request.url.split('?', 1)[0] ?? '/',
      correlationId: request.id,
    },
    links,
  );
  // One URL has two representations, which caches must not mix up.
  reply.header('vary', 'accept, sec-fetch-mode');
  // Some problems are sent before the hooks that set these have run.
  for (const [name, value] of Object.entries(headersWithoutHooks(request))) {
    if (!reply.hasHeader(name)) reply.header(name, value);
  }
  return reply.code(problem.status).headers(headers).send(body);
}

function pageOf(problem: ProblemError, request: FailedRequest, links: PageLinks): string {
  return errorPage({
    status: problem.status,
    title: pageTitles[problem.code] ?? problem.title,
    detail: problem.detail,
    application: links.application,
    links: linksOf(problem, request, links),
    ...(problem.code === 'not_permitted' ? { signOutPath: links.signOutPath } : {}),
    ...(request.correlationId === undefined ? {} : { correlationId: request.correlationId }),
  });
}

function linksOf(
  { code, status }: ProblemError,
  { method, path }: FailedRequest,
  links: PageLinks,
): ErrorPage['links'] {
  // Links would lead to the same wrong host.
  if (code === 'wrong_host' || code === 'two_hosts') return [];
  if (code === 'not_signed_in') return [{ href: links.signInPath, text: 'Sign in' }];
  const home = { href: links.homePath, text: `Go to ${links.application}` };
  const canRetry =
    retryable.has(status) && method === 'GET' && path?.startsWith('/') === true && !path.startsWith('//');
  return canRetry ? [{ href: path, text: 'Try again' }, home] : [home];
}
