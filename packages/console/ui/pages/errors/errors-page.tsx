import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function ErrorsPage(_props: PageProps) {
  return <Page title="ErrorsPage">{null}</Page>;
}
