import type { ConsoleOptions, ConsoleUser } from '../options.ts';

/** Where a signed-in person can go from the console. */
export interface Menu {
  readonly home: { readonly name: string; readonly path: string } | null;
  readonly accountPath: string | null;
  /** Target of *Sign out*, with POST; `null` if the console can't end the session. */
  readonly signOutPath: string | null;
}

/** A session of the operator's token and a program have no account. */
export function menuOf({ application, signOut }: ConsoleOptions, base: string, user: ConsoleUser): Menu {
  const isTokenSession = user.authentication === 'token-session';
  const hasAccount = !isTokenSession && user.authentication !== 'bearer';
  return {
    home: application === undefined ? null : { name: application.name, path: application.homePath },
    accountPath: hasAccount ? (application?.accountPath ?? null) : null,
    signOutPath: isTokenSession || (hasAccount && signOut !== undefined) ? `${base}/sign-out` : null,
  };
}
