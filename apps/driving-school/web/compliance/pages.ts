import { definePage } from '../platform/define-page.ts';

export const compliancePage = definePage({
  path: '/compliance',
  title: 'Expiring soon',
  access: ['owner', 'office'],
  navigation: { icon: 'warning' },
  view: async () => (await import('./compliance-page.tsx')).CompliancePage,
});

export const compliancePages = [compliancePage];
