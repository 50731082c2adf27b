import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function RetriesPages(_props: PageProps) {
  return <Page title="RetriesPages">{null}</Page>;
}
