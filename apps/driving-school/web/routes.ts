/** A page of the application, with what its address says. */
export type Route =
  | { readonly page: 'students' }
  | { readonly page: 'student'; readonly studentId: string }
  | { readonly page: 'student-edit'; readonly studentId: string }
  | { readonly page: 'student-new' }
  | { readonly page: 'student-import' }
  | { readonly page: 'people' }
  | { readonly page: 'audit' }
  | { readonly page: 'account' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'welcome' }
  | { readonly page: 'not-found' };

const pages: readonly (readonly [pattern: RegExp, route: (parameter: string) => Route])[] = [
  [/^\/(?:students)?$/, () => ({ page: 'students' })],
  [/^\/students\/new$/, () => ({ page: 'student-new' })],
  [/^\/students\/import$/, () => ({ page: 'student-import' })],
  [/^\/students\/([\w-]+)$/, (studentId) => ({ page: 'student', studentId })],
  [/^\/students\/([\w-]+)\/edit$/, (studentId) => ({ page: 'student-edit', studentId })],
  [/^\/people$/, () => ({ page: 'people' })],
  [/^\/audit$/, () => ({ page: 'audit' })],
  [/^\/account$/, () => ({ page: 'account' })],
  [/^\/sign-in$/, () => ({ page: 'sign-in' })],
  [/^\/welcome$/, () => ({ page: 'welcome' })],
];

/** The page that a path leads to. A slash at the end makes no difference. */
export function matchRoute(path: string): Route {
  const plain = path.length > 1 ? path.replace(/\/$/, '') : path;
  for (const [pattern, route] of pages) {
    const match = pattern.exec(plain);
    if (match !== null) return route(match[1] ?? '');
  }
  return { page: 'not-found' };
}

/** Whether the router shows this path itself. The console and the interface are pages of their own. */
export function isOwnPath(path: string): boolean {
  return !/^\/(?:admin|api|assets|healthz|readyz)(?:\/|$)/.test(path);
}

/** The sign-in page's address, with the way back to where somebody was. */
export function signInPath(from: string): string {
  // The list's search is one person's business: the next one at the same screen begins with all students.
  return from === '/' || from.startsWith('/?') || from.startsWith('/sign-in') || from.startsWith('/welcome')
    ? '/sign-in'
    : `/sign-in?next=${encodeURIComponent(from)}`;
}

/**
 * Where to go after signing in. Only a path of this very site is obeyed, so that a crafted link cannot lead elsewhere.
 *
 * @param next the `next` parameter, as it came
 */
export function returnPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return '/';
  const { origin, pathname, search } = new URL(next, 'http://here.invalid');
  if (origin !== 'http://here.invalid') return '/';
  return pathname.startsWith('/sign-in') || pathname.startsWith('/api') ? '/' : `${pathname}${search}`;
}
