import { definePage } from '../platform/define-page.ts';

export const peoplePages = [
  definePage({
    path: '/people',
    title: 'People',
    access: ['owner'],
    navigation: { icon: 'people' },
    view: async () => (await import('./people-page.tsx')).PeoplePage,
  }),
];
