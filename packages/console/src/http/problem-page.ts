import type { ConsoleOptions } from '../options.ts';
import { pageResponse } from '../plain/document.ts';
import { errorPage, isNavigation, type ErrorPage } from '../plain/error-page.ts';
import type { Problem } from '../problem.ts';
import { correlationIdOf, problemHeaders, problemResponse } from './problem.ts';

/** Titles that differ from those for programs. */
const titles: Readonly<Partial<Record<Problem['code'], string>>> = {
  'not-found': 'Page not found',
  permission: 'You don’t have access',
  'signed-out': 'You’re not signed in',
};

/** Responds with a page to browsers, and with `application/problem+json` to programs. */
export function respondWithProblem(
  problem: Problem,
  request: Request,
  options: ConsoleOptions,
  base: string,
): Response {
  const { headers } = request;
  const sent = { method: request.method, accept: headers.get('accept'), fetchMode: headers.get('sec-fetch-mode') };
  if (!isNavigation(sent)) return problemResponse(problem, request);
  const { application } = options;
  const text = errorPage({
    status: problem.status,
    title: titles[problem.code] ?? problem.title,
    detail: problem.message,
    application: application?.name ?? 'Recovery console',
    links: linksOf(problem, options, base),
    signOutPath: problem.code === 'permission' && options.signOut !== undefined ? `${base}/sign-out` : undefined,
    correlationId: correlationIdOf(request),
  });
  return pageResponse(text, problem.status, problemHeaders(problem));
}

function linksOf(
  { code }: Problem,
  { application, signInPath = '/sign-in' }: ConsoleOptions,
  base: string,
): ErrorPage['links'] {
  // Links would lead to the same wrong host.
  if (code === 'unknown-host') return [];
  if (code === 'signed-out') return [{ href: `${signInPath}?next=${encodeURIComponent(`${base}/`)}`, text: 'Sign in' }];
  const home = application === undefined ? [] : [{ href: application.homePath, text: `Go to ${application.name}` }];
  return [{ href: `${base}/`, text: 'Go to the recovery console' }, ...home];
}
