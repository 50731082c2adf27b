import { definePage } from '../platform/define-page.ts';

export const accountPages = [
  definePage({
    path: '/account',
    title: 'My account',
    access: 'signed-in',
    view: async () => (await import('./account-page.tsx')).AccountPage,
  }),
];
