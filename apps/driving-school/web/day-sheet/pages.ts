import { definePage } from '../platform/define-page.ts';

const readers = ['owner', 'office', 'instructor'] as const;

/** The sheet that is printed now: today’s until 15:00, then tomorrow’s. */
export const nextDaySheetPage = definePage({
  path: '/day-sheet',
  title: 'Day sheet',
  access: readers,
  navigation: { icon: 'file' },
  view: async () => (await import('./day-sheet-page.tsx')).NextDaySheetPage,
});

export const daySheetPage = definePage({
  path: '/day-sheet/:date',
  title: 'Day sheet of a day',
  access: readers,
  view: async () => (await import('./day-sheet-page.tsx')).DaySheetPage,
});

export const daySheetPages = [nextDaySheetPage, daySheetPage];
