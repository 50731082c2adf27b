import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { SessionView } from '../../src/contract.ts';
import type { Api } from './api.ts';
import type { Live } from './live.ts';

export interface ConsoleContext {
  readonly api: Api;
  readonly live: Live;
  /** Path the console is mounted under, without a trailing slash. */
  readonly base: string;
}

export const Context = createContext<ConsoleContext | undefined>(undefined);

export function useConsole(): ConsoleContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('Render this component inside the console’s context.');
  return context;
}

/** Permissions that the pages check before they offer something. The server checks them again. */
export type Permission =
  | 'audit:read-own'
  | 'audit:read'
  | 'breaker:order'
  | 'breaker:hold-closed'
  | 'service:order'
  | 'incident:edit'
  | 'config:edit'
  | 'fault:start'
  | 'fault:stop';

/** Why the signed-in user can't do something now, in a sentence; `undefined` when they can. */
export function useDenied(permission: Permission): string | undefined {
  return denialOf(useConsole().live.session.value, permission);
}

export function denialOf(session: SessionView | undefined, permission: Permission): string | undefined {
  if (session === undefined) return 'Checking your permissions…';
  if (session.read_only) return 'This console is read-only.';
  return session.denials[permission];
}
