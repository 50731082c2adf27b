import type { SessionView } from '../contract.ts';
import type { ConsoleOptions, ConsoleUser } from '../options.ts';

/** Where a signed-in person can go from the console. */
export type Menu = SessionView['menu'];

/** A session of the operator's token and a program have no account. */
export function menuOf({ application, signOut }: ConsoleOptions, base: string, user: ConsoleUser): Menu {
  const isTokenSession = user.authentication === 'token-session';
  const hasAccount = !isTokenSession && user.authentication !== 'bearer';
  return {
    home: application === undefined ? null : { name: application.name, path: application.homePath },
    account_path: hasAccount ? (application?.accountPath ?? null) : null,
    sign_out_path: isTokenSession || (hasAccount && signOut !== undefined) ? `${base}/sign-out` : null,
  };
}
