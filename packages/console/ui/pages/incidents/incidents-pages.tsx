import './incidents.css';
import type { PageProps } from '../../page-props.ts';
import { IncidentPage } from './incident-page.tsx';
import { IncidentsPage } from './incidents-page.tsx';

/** All incidents, or the one whose number the address names. */
export function IncidentsPages({ rest }: PageProps) {
  const [number] = rest;
  return number === undefined ? <IncidentsPage /> : <IncidentPage number={number} />;
}
