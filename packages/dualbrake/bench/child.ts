/** A measuring process: gets one order, sends one answer. */
import type { AgainstEntry, AgainstOrder } from './measure-against.ts';
import type { ClassifyEntry } from './classify.ts';
import type { MemoryEntry, MemoryKind } from './memory.ts';
import type { Entry, RowOrder } from './measure-row.ts';
import type { OutageEntry } from './outage.ts';
import type { Share } from './profile.ts';
import type { RouteEntry } from './route.ts';
import type { RowName } from './rows.ts';

/** What a child can be asked. */
export interface Orders {
  readonly row: { readonly order: RowOrder; readonly answer: readonly Entry[] };
  readonly against: { readonly order: AgainstOrder; readonly answer: AgainstEntry };
  readonly memory: { readonly order: MemoryKind; readonly answer: MemoryEntry };
  readonly classify: { readonly order: 'all'; readonly answer: readonly ClassifyEntry[] };
  readonly route: { readonly order: 'all'; readonly answer: readonly RouteEntry[] };
  readonly profile: { readonly order: RowName; readonly answer: readonly Share[] };
  readonly outage: { readonly order: { readonly phases: number }; readonly answer: readonly OutageEntry[] };
}

/** Only what the order needs is loaded: everything else would be in the way of what is measured. */
const works: { readonly [K in keyof Orders]: (order: Orders[K]['order']) => Promise<Orders[K]['answer']> } = {
  row: async (order) => (await import('./measure-row.ts')).measureRow(order),
  against: async (order) => (await import('./measure-against.ts')).measureAgainst(order),
  memory: async (order) => (await import('./memory.ts')).measureMemory(order),
  classify: async () => (await import('./classify.ts')).measureClassify(),
  route: async () => (await import('./route.ts')).measureRoutes(),
  profile: async (order) => (await import('./profile.ts')).profileRow(order),
  outage: async (order) => (await import('./outage.ts')).simulateOutages(order),
};

process.once('message', ({ kind, order }: { readonly kind: keyof Orders; readonly order: never }) => {
  void works[kind](order).then((answer) => process.send?.(answer, () => process.exit()));
});
