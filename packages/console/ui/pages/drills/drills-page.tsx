import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function DrillsPage(_props: PageProps) {
  return <Page title="DrillsPage">{null}</Page>;
}
