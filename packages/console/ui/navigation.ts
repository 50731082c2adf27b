import type { IconName } from '@dualbrake/kit';

/** A page of the console, as the navigation, the keyboard and the router know it. */
export interface PageEntry {
  /** First part of the address; empty for *Now*. */
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** Second key after `g`. */
  readonly key: string;
}

export const pages: readonly PageEntry[] = [
  { path: '', label: 'Now', icon: 'pulse', key: 'n' },
  { path: 'incidents', label: 'Incidents', icon: 'warning', key: 'i' },
  { path: 'breakers', label: 'Breakers', icon: 'breaker', key: 'b' },
  { path: 'services', label: 'Services', icon: 'server', key: 's' },
  { path: 'retries', label: 'Retries', icon: 'refresh', key: 'r' },
  { path: 'errors', label: 'Errors', icon: 'danger', key: 'e' },
  { path: 'logs', label: 'Logs', icon: 'file', key: 'l' },
  { path: 'map', label: 'Map', icon: 'map', key: 'm' },
  { path: 'settings', label: 'Settings', icon: 'sliders', key: 'c' },
  { path: 'drills', label: 'Drills', icon: 'drill', key: 'd' },
  { path: 'audit', label: 'Audit', icon: 'audit', key: 'a' },
  { path: 'help', label: 'Glossary', icon: 'help', key: 'h' },
];
