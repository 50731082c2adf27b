import './retries.css';
import type { PageProps } from '../../page-props.ts';
import { RetriesPage } from './retries-page.tsx';
import { RetryPage } from './retry-page.tsx';

/** All retries, or the one that the address names. */
export function RetriesPages({ rest }: PageProps) {
  const [id] = rest;
  return id === undefined ? <RetriesPage /> : <RetryPage id={id} />;
}
