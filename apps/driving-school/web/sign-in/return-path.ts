/** The address of the sign-in page, with the address to return to. */
export function signInPath(from: string): string {
  // Omits the search of the student list: the next user of this screen must not see it.
  const kept = from.startsWith('/students?') ? '/students' : from;
  return kept === '/' || kept.startsWith('/?') || kept.startsWith('/sign-in') || kept.startsWith('/welcome')
    ? '/sign-in'
    : `/sign-in?next=${encodeURIComponent(kept)}`;
}

/**
 * The path to open after signing in. Accepts only paths of this site, so that a crafted link can't redirect elsewhere.
 *
 * @param next the `next` parameter, as received
 */
export function returnPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return '/';
  const { origin, pathname, search } = new URL(next, 'http://here.invalid');
  if (origin !== 'http://here.invalid') return '/';
  return pathname.startsWith('/sign-in') || pathname.startsWith('/api') ? '/' : `${pathname}${search}`;
}
