import { isForm } from '../http/body.ts';
import { checkOrigin } from '../http/guard.ts';
import { methodNotAllowed } from '../problem.ts';
import type { ConsoleOptions } from '../options.ts';
import { stranger, type TokenSession, type TokenSignIn } from './token-sign-in.ts';

/**
 * Ends all sessions of the browser, the token's and the application's. Needs no user, so that it works while nobody can be
 * identified. Redirects a form to the sign-in page; sends its path to a script as `next`.
 *
 * @throws Problem 403 for requests from other sites, 405
 */
export async function answerSignOut(
  request: Request,
  { signOut, signInPath = '/sign-in' }: ConsoleOptions,
  byToken: TokenSignIn | undefined,
  session: TokenSession | undefined,
  base: string,
): Promise<Response> {
  if (request.method !== 'POST') throw methodNotAllowed('POST');
  checkOrigin(request, stranger);
  const headers = new Headers(await signOut?.(request));
  if (session !== undefined && byToken !== undefined) headers.append('set-cookie', byToken.end(request, session));
  const next = session === undefined ? signInPath : `${base}/sign-in`;
  if (!isForm(request)) return Response.json({ next }, { headers });
  headers.set('location', next);
  return new Response(null, { status: 303, headers });
}
