import { PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { settingsEntries } from './settings-entries.ts';
import './settings.css';

/** Links to every page of the settings. */
export function SettingsPage(): JSX.Element {
  return (
    <div class="page page-form">
      <PageHeader title="Settings" description="How your school works. Changes apply to everyone." />
      <ul class="settings-list">
        {settingsEntries.map(({ page, about }) => (
          <li key={page.path} class="card">
            <a class="settings-link" href={page.path}>
              {page.title}
            </a>
            <p class="muted">{about}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}
