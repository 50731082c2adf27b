import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function AuditPage(_props: PageProps) {
  return <Page title="AuditPage">{null}</Page>;
}
