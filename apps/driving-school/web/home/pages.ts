import { definePage } from '../platform/define-page.ts';

export const homePages = [
  definePage({
    path: '/',
    title: 'Driving School',
    access: ['operator'],
    navigation: { label: 'Home', icon: 'wheel' },
    view: async () => (await import('./operator-home.tsx')).OperatorHome,
  }),
];
