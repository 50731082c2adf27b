import type { ConsoleUser } from '../options.ts';
import { Problem } from '../problem.ts';

/** Other names reach this host only by DNS rebinding or a wrong link. */
const loopback = ['localhost', '127.0.0.1', '[::1]'];

/** @throws Problem 421 */
export function checkHost(request: Request, allowed: readonly string[] | 'any' = loopback): void {
  if (allowed === 'any') return;
  const name = hostOf(request)
    .replace(/:\d{1,5}$/, '')
    .toLowerCase();
  if (allowed.some((known) => known.toLowerCase() === name)) return;
  throw new Problem('unknown-host', 'Unknown host', 'This console isn’t served under that host name.');
}

/**
 * Accepts changes only from the console's own pages, and from programs with a token. Checks both headers of browsers,
 * because neither is always sent.
 *
 * @throws Problem 403
 */
export function checkOrigin(request: Request, user: ConsoleUser): void {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  const isProgram = user.authentication === 'bearer';
  const isOwnSite = site === null || site === 'same-origin' || (site === 'none' && isProgram);
  const isOwnOrigin = origin === null || (URL.canParse(origin) && new URL(origin).host === hostOf(request));
  const isUnknown = site === null && origin === null;
  if (isOwnSite && isOwnOrigin && (!isUnknown || isProgram)) return;
  throw new Problem('cross-site', 'Not allowed', 'Changes are accepted only from the console’s own pages.');
}

function hostOf(request: Request): string {
  return request.headers.get('host') ?? new URL(request.url).host;
}
