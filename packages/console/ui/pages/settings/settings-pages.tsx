import './settings.css';
import type { PageProps } from '../../page-props.ts';
import { ComparePage } from './compare-page.tsx';
import { RevisionPage } from './revision-page.tsx';
import { RevisionsPage } from './revisions-page.tsx';
import { SettingsPage } from './settings-page.tsx';

/** What is set, what was set, and one revision of it. */
export function SettingsPages({ rest }: PageProps) {
  const [part, first, second] = rest;
  if (part === 'revisions') return first === undefined ? <RevisionsPage /> : <RevisionPage number={first} />;
  if (part === 'compare' && first !== undefined && second !== undefined)
    return <ComparePage from={first} to={second} />;
  return <SettingsPage />;
}
