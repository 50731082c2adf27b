import type { ComponentType } from 'preact';
import { lazyPage, type IconName } from '@dualbrake/kit';
import type { Permission } from './live/context.ts';
import { NowPage } from './pages/now/now-page.tsx';

/** Parts of the URL behind the page's own. */
export interface PageProps {
  readonly rest: readonly string[];
}

/** A page of the console as navigation, shortcuts and router use it. */
export interface PageDefinition {
  /** First part of the URL; empty for *Now*. */
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** Second key after `g`. */
  readonly key: string;
  /** Omitted when every user of the console may open the page. */
  readonly permission?: Permission;
  readonly View: ComponentType<PageProps>;
  /** Loads the code of the page before it is opened. */
  readonly preload?: () => void;
}

function definePage(
  page: Omit<PageDefinition, 'View' | 'preload'>,
  load: () => Promise<ComponentType<PageProps>>,
): PageDefinition {
  const { Page, preload } = lazyPage(load);
  return { ...page, View: Page, preload };
}

export const pages: readonly PageDefinition[] = [
  { path: '', label: 'Now', icon: 'pulse', key: 'n', View: NowPage },
  definePage(
    { path: 'incidents', label: 'Incidents', icon: 'warning', key: 'i' },
    async () => (await import('./pages/incidents/incidents-page.tsx')).IncidentsPage,
  ),
  definePage(
    { path: 'breakers', label: 'Breakers', icon: 'breaker', key: 'b' },
    async () => (await import('./pages/breakers/breakers-page.tsx')).BreakersPage,
  ),
  definePage(
    { path: 'services', label: 'Services', icon: 'server', key: 's' },
    async () => (await import('./pages/services/services-page.tsx')).ServicesPage,
  ),
  definePage(
    { path: 'retries', label: 'Retries', icon: 'refresh', key: 'r' },
    async () => (await import('./pages/retries/retries-page.tsx')).RetriesPage,
  ),
  definePage(
    { path: 'errors', label: 'Errors', icon: 'danger', key: 'e' },
    async () => (await import('./pages/errors/errors-page.tsx')).ErrorsPage,
  ),
  definePage(
    { path: 'logs', label: 'Logs', icon: 'file', key: 'l' },
    async () => (await import('./pages/logs/logs-page.tsx')).LogsPage,
  ),
  definePage(
    { path: 'map', label: 'Map', icon: 'map', key: 'm' },
    async () => (await import('./pages/map/map-page.tsx')).MapPage,
  ),
  definePage(
    { path: 'settings', label: 'Settings', icon: 'sliders', key: 'c' },
    async () => (await import('./pages/settings/settings-page.tsx')).SettingsPage,
  ),
  definePage(
    { path: 'drills', label: 'Drills', icon: 'drill', key: 'd' },
    async () => (await import('./pages/drills/drills-page.tsx')).DrillsPage,
  ),
  definePage(
    { path: 'audit', label: 'Audit', icon: 'audit', key: 'a', permission: 'audit:read-own' },
    async () => (await import('./pages/audit/audit-page.tsx')).AuditPage,
  ),
  definePage(
    { path: 'help', label: 'Glossary', icon: 'help', key: 'h' },
    async () => (await import('./pages/help/help-page.tsx')).HelpPage,
  ),
];
