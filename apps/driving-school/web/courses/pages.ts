import { definePage } from '../platform/define-page.ts';

export const productsPage = definePage({
  path: '/settings/courses',
  title: 'Courses',
  access: ['owner', 'office'],
  view: async () => (await import('./products-page.tsx')).ProductsPage,
});
