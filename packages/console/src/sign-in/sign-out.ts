import { checkOrigin } from '../http/guard.ts';
import { Problem } from '../http/problem.ts';
import type { ConsoleOptions, ConsoleUser } from '../options.ts';
import type { TokenSession, TokenSignIn } from './token-sign-in.ts';

/** Who it was does not matter: signing out must work when nobody can say so. */
const whoever: ConsoleUser = { id: 'unknown', name: 'Unknown', role: 'viewer' };

/**
 * Ends every session that the browser has, the token's and the application's: whoever signs out wants to be out. A form
 * is sent on to the page for signing in; a script is told where that is, as `next`.
 *
 * @throws Problem 403 when it comes from another site, 405
 */
export async function answerSignOut(
  request: Request,
  { signOut, signInPath = '/sign-in' }: ConsoleOptions,
  byToken: TokenSignIn | undefined,
  session: TokenSession | undefined,
  base: string,
): Promise<Response> {
  if (request.method !== 'POST') {
    throw new Problem('method', 'Method not allowed', 'This address accepts POST.', { headers: { allow: 'POST' } });
  }
  checkOrigin(request, whoever);
  const headers = new Headers(await signOut?.(request));
  if (session !== undefined && byToken !== undefined) headers.append('set-cookie', byToken.end(request, session));
  const next = session === undefined ? signInPath : `${base}/sign-in`;
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
  if (!isForm) return Response.json({ next }, { headers });
  headers.set('location', next);
  return new Response(null, { status: 303, headers });
}
