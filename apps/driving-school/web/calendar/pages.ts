import { definePage } from '../platform/define-page.ts';
import { loadTemporal } from '../temporal.ts';

export const calendarPage = definePage({
  path: '/calendar',
  title: 'Calendar',
  access: ['owner', 'office', 'instructor'],
  navigation: { icon: 'calendar' },
  view: async () => {
    await loadTemporal();
    return (await import('./calendar-page.tsx')).CalendarPage;
  },
});

export const calendarPages = [calendarPage];
