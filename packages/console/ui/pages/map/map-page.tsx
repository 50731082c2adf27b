import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function MapPage(_props: PageProps) {
  return <Page title="MapPage">{null}</Page>;
}
