import { definePage } from '../platform/define-page.ts';

export const welcomePages = [
  definePage({
    path: '/welcome',
    title: 'Welcome',
    access: 'anyone',
    view: async () => (await import('./welcome-page.tsx')).WelcomePage,
  }),
];
