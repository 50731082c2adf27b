import { definePage } from '../platform/define-page.ts';

const office = ['owner', 'office'] as const;

export const bookPage = definePage({
  path: '/students/:studentId/book',
  title: 'Book a lesson',
  access: office,
  view: async () => (await import('./book-page.tsx')).BookPage,
});

export const planPage = definePage({
  path: '/students/:studentId/plan',
  title: 'Plan course',
  access: office,
  view: async () => (await import('./plan-page.tsx')).PlanPage,
});

export const planningPages = [bookPage, planPage];
