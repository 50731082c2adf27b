import type { ConsoleOptions, ConsoleUser } from '../options.ts';

/** Where whoever is signed in can go from the console. */
export interface Menu {
  readonly home: { readonly name: string; readonly path: string } | null;
  readonly accountPath: string | null;
  /** Where *Sign out* is sent with POST; nothing when the console cannot end the session. */
  readonly signOutPath: string | null;
}

/** The links of the menu for somebody. Whoever has only the token has no account. */
export function menuOf({ application, signOut }: ConsoleOptions, base: string, user: ConsoleUser): Menu {
  const hasAccount = user.authentication !== 'token-session' && user.authentication !== 'bearer';
  const canSignOut = user.authentication === 'token-session' || (hasAccount && signOut !== undefined);
  return {
    home: application === undefined ? null : { name: application.name, path: application.homePath },
    accountPath: hasAccount ? (application?.accountPath ?? null) : null,
    signOutPath: canSignOut ? `${base}/sign-out` : null,
  };
}
