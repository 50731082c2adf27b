import { PageHeader } from '@dualbrake/kit';
import type { ComponentChildren, JSX } from 'preact';
import { currentPath } from '../navigation.ts';
import { settingsEntries } from './settings-entries.ts';
import './settings.css';

/** The header of a page of the settings, with links to the others. */
export function SettingsHeader({
  title,
  description,
  actions,
}: {
  readonly title: string;
  readonly description: ComponentChildren;
  readonly actions?: ComponentChildren;
}): JSX.Element {
  return (
    <>
      <nav class="settings-tabs" aria-label="Settings">
        <ul>
          {settingsEntries.map(({ page }) => (
            <li key={page.path}>
              <a href={page.path} aria-current={page.match(currentPath.value) === undefined ? undefined : 'page'}>
                {page.title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <PageHeader title={title} description={description} actions={actions} />
    </>
  );
}
