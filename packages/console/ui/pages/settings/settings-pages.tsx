import type { PageProps } from '../../lazy-page.tsx';
import { Page } from '../../parts/page.tsx';

export function SettingsPages(_props: PageProps) {
  return <Page title="SettingsPages">{null}</Page>;
}
