import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function ServicesPages(_props: PageProps) {
  return <Page title="ServicesPages">{null}</Page>;
}
