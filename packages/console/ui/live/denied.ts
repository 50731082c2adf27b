import type { SessionView } from '../../src/contract.ts';
import { useConsole } from './context.ts';
import type { Permission } from './permission.ts';

/**
 * Why something cannot be done by whoever is signed in: the mode of the console, or who may instead, in the words of the
 * application. Nothing when it can be done.
 */
export function useDenied(permission: Permission): string | undefined {
  return denialOf(useConsole().live.session.value, permission);
}

/** The same for a session that is at hand. */
export function denialOf(session: SessionView | undefined, permission: Permission): string | undefined {
  if (session === undefined) return 'Loading who is signed in…';
  if (session.read_only) return 'This console is read-only.';
  return session.denials[permission];
}
