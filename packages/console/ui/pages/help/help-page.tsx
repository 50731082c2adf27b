import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function HelpPage(_props: PageProps) {
  return <Page title="HelpPage">{null}</Page>;
}
