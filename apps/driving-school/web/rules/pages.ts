import { definePage } from '../platform/define-page.ts';

export const rulesPage = definePage({
  path: '/settings/rules',
  title: 'Rules',
  access: ['owner', 'office'],
  navigation: { icon: 'sliders' },
  view: async () => (await import('./rules-page.tsx')).RulesPage,
});

export const rulePages = [rulesPage];
