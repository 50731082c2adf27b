import { signal } from '@preact/signals';
import type { ConfigView } from '../../../src/contract.ts';
import { bare, keyOf, type Draft } from './draft.ts';

/** Kept while the page is open, also when another one is looked at meanwhile. */
export const draft = signal<Draft | undefined>(undefined);

/** The newest revision that has been seen: an order to save is done when it is among them. */
export const seenRevision = signal(0);

/** Puts what was typed into the draft; `undefined` takes the entry out. */
export function type(config: ConfigView, member: string, setting: string, text: string | null | undefined): void {
  const base = config.members.find(({ id }) => id === member)?.values[setting];
  if (base === undefined) return;
  const now = draft.value ?? { revision: config.revision, etag: bare(config.etag), entries: [] };
  const others = now.entries.filter((entry) => keyOf(entry) !== keyOf({ member, setting }));
  // What stands there again as it was is no change.
  const entries = text === undefined || text === String(base) ? others : [...others, { member, setting, text, base }];
  draft.value = entries.length === 0 ? undefined : { ...now, entries };
}
