/** The sign-in page's address, which carries the address to return to. */
export function signInPath(from: string): string {
  // Without the search of the student list: the next person at this screen starts with all students.
  return from === '/' || from.startsWith('/?') || from.startsWith('/sign-in') || from.startsWith('/welcome')
    ? '/sign-in'
    : `/sign-in?next=${encodeURIComponent(from)}`;
}

/**
 * Where to go after signing in. Only paths of this site are accepted, so that a crafted link can't lead elsewhere.
 *
 * @param next the `next` parameter, as received
 */
export function returnPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return '/';
  const { origin, pathname, search } = new URL(next, 'http://here.invalid');
  if (origin !== 'http://here.invalid') return '/';
  return pathname.startsWith('/sign-in') || pathname.startsWith('/api') ? '/' : `${pathname}${search}`;
}
