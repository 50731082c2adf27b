import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function BreakersPages(_props: PageProps) {
  return <Page title="BreakersPages">{null}</Page>;
}
