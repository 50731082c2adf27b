import './breakers.css';
import type { PageProps } from '../../page-props.ts';
import { BreakerPage } from './breaker-page.tsx';
import { BreakersPage } from './breakers-page.tsx';

/** All breakers, or the one that the address names. */
export function BreakersPages({ rest }: PageProps) {
  const [id] = rest;
  return id === undefined ? <BreakersPage /> : <BreakerPage id={id} />;
}
