import { definePage } from '../platform/define-page.ts';

export const locationsPage = definePage({
  path: '/settings/locations',
  title: 'Locations',
  access: ['owner', 'office'],
  view: async () => (await import('./locations-page.tsx')).LocationsPage,
});
