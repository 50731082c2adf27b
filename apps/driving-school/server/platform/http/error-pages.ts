import { errorPage, isNavigation, plainPolicy, type ErrorPage } from '@dualbrake/console';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem, type ProblemError } from './problems.ts';
import { headersWithoutHooks } from './security-headers.ts';

/** Where pages about errors lead. */
export interface PageLinks {
  /** Name of the application. */
  readonly application: string;
  readonly homePath: string;
  readonly signInPath: string;
  /** Takes a form that ends the session. */
  readonly signOutPath: string;
}

/** Titles for people, where the ones for programs say less. */
const titles: Readonly<Record<string, string>> = {
  not_found: 'Page not found',
  not_permitted: 'You don’t have access',
  not_signed_in: 'You’re not signed in',
};

/** What may pass by itself. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/** Sends problems as whoever asks can read them: a page for a person, `application/problem+json` for a program. */
export function problemSender(
  links: PageLinks,
): (request: FastifyRequest, reply: FastifyReply, problem: ProblemError) => FastifyReply {
  return (request, reply, problem) => {
    const { headers, method } = request;
    // Two answers at one address: no cache may take the one for the other.
    reply.header('vary', 'accept, sec-fetch-mode');
    // Some problems are answered before the hooks that set these have run.
    for (const [name, value] of Object.entries(headersWithoutHooks(request))) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
    const fetchMode = headers['sec-fetch-mode'];
    const asked = { method, accept: headers.accept, fetchMode: typeof fetchMode === 'string' ? fetchMode : undefined };
    if (!isNavigation(asked)) return sendProblem(request, reply, problem);
    return reply
      .code(problem.status)
      .headers(problem.headers)
      .headers(pageHeaders)
      .send(
        errorPage({
          status: problem.status,
          title: titles[problem.code] ?? problem.title,
          detail: problem.detail,
          application: links.application,
          links: waysOn(problem, request, links),
          signOutPath: problem.code === 'not_permitted' ? links.signOutPath : undefined,
          correlationId: request.id,
        }),
      );
  };
}

/** Headers of a page without a script. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': plainPolicy,
  'cache-control': 'no-store',
  // Without a referrer browsers send forms as if they came from nowhere.
  'referrer-policy': 'same-origin',
} as const;

function waysOn({ code, status }: ProblemError, request: FastifyRequest, links: PageLinks): ErrorPage['links'] {
  // Under a wrong name no address leads anywhere.
  if (code === 'wrong_host' || code === 'two_hosts') return [];
  if (code === 'not_signed_in') return [{ href: links.signInPath, text: 'Sign in' }];
  const home = { href: links.homePath, text: `Go to ${links.application}` };
  const path = request.url.split('?', 1)[0] ?? '/';
  const again = passing.has(status) && request.method === 'GET' && path.startsWith('/') && !path.startsWith('//');
  return again ? [{ href: path, text: 'Try again' }, home] : [home];
}
