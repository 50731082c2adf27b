import { definePage } from '../platform/define-page.ts';

export const closedDaysPage = definePage({
  path: '/settings/closed-days',
  title: 'Closed days',
  access: ['owner', 'office'],
  view: async () => (await import('./closed-days-page.tsx')).ClosedDaysPage,
});
