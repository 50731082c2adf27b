import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function LogsPage(_props: PageProps) {
  return <Page title="LogsPage">{null}</Page>;
}
