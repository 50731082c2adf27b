import { definePage } from '../platform/define-page.ts';

export const rulesPage = definePage({
  path: '/settings/rules',
  title: 'Rules',
  access: ['owner', 'office'],
  view: async () => (await import('./rules-page.tsx')).RulesPage,
});
