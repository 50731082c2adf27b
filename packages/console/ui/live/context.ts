import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Permission } from './permission.ts';
import type { Api } from './api.ts';
import type { Live } from './live.ts';

/** What every part of the page may need. */
export interface ConsoleContext {
  readonly api: Api;
  readonly live: Live;
  /** Where the console is mounted, without a slash at the end. */
  readonly base: string;
}

export const Context = createContext<ConsoleContext | undefined>(undefined);

export function useConsole(): ConsoleContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('This part of the page is outside of the console.');
  return context;
}

/** Whether who looks may do this; while nobody knows who that is, no. */
export function useMay(permission: Permission): boolean {
  const session = useConsole().live.session.value;
  return session !== undefined && session.permissions.includes(permission);
}
