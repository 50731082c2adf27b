import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ConfigView } from '../../../src/contract.ts';
import { seenRevision } from '../../actions/settings-actions.ts';
import { useResource, type Resource } from '../../live/resource.ts';
import { keyOf, type Draft } from './draft.ts';

/** Kept while the user visits other pages. */
export const draft = signal<Draft | undefined>(undefined);

/** The active settings; records their revision as seen. */
export function useConfig(): Resource<ConfigView> {
  const config = useResource<ConfigView>('config');
  const revision = config.data?.revision ?? 0;
  useEffect(() => {
    seenRevision.value = Math.max(seenRevision.value, revision);
  }, [revision]);
  return config;
}

/** Puts a value into the draft. @param text as typed; `null`: the code default; `undefined`: no change */
export function edit(config: ConfigView, member: string, setting: string, text: string | null | undefined): void {
  const base = config.members.find(({ id }) => id === member)?.values[setting];
  if (base === undefined) return;
  const now = draft.value ?? { revision: config.revision, entries: [] };
  const others = now.entries.filter((entry) => keyOf(entry) !== keyOf({ member, setting }));
  // The active value typed again is no change.
  const entries = text === undefined || text === String(base) ? others : [...others, { member, setting, text, base }];
  draft.value = entries.length === 0 ? undefined : { ...now, entries };
}
