import { definePage } from '../platform/define-page.ts';
import { loadTemporal } from '../temporal.ts';

export const todayPage = definePage({
  path: '/',
  title: 'Today',
  access: ['owner', 'office', 'instructor'],
  navigation: { icon: 'clock' },
  view: async () => {
    await loadTemporal();
    return (await import('./today-page.tsx')).TodayPage;
  },
});

export const todayPages = [todayPage];
