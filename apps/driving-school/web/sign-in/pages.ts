import { definePage } from '../platform/define-page.ts';

export const signInPage = definePage({
  path: '/sign-in',
  title: 'Sign in',
  access: 'anyone',
  view: async () => (await import('./sign-in-page.tsx')).SignInPage,
});

export const signInPages = [signInPage];
