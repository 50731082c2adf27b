import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function IncidentsPages(_props: PageProps) {
  return <Page title="IncidentsPages">{null}</Page>;
}
