import { definePage } from '../platform/define-page.ts';

export const auditPages = [
  definePage({
    path: '/audit',
    title: 'Audit log',
    access: ['owner'],
    navigation: { icon: 'audit' },
    view: async () => (await import('./audit-page.tsx')).AuditPage,
  }),
];
