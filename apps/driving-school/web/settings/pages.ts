import { definePage, type Page } from '../platform/define-page.ts';
import { settingsEntries } from './settings-entries.ts';

const settingsPage = definePage({
  path: '/settings',
  title: 'Settings',
  access: ['owner', 'office'],
  navigation: { icon: 'sliders' },
  view: async () => (await import('./settings-page.tsx')).SettingsPage,
});

/** The settings, one section of the navigation. */
export const settingsPages: readonly Page[] = [settingsPage, ...settingsEntries.map(({ page }) => page)];
