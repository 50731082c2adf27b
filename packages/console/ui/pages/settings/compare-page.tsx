import { Card } from '@dualbrake/kit';
import type { ConfigView, SettingChange } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { ChangeTable } from './change-table.tsx';

/** Two revisions beside each other; 0 is the code alone. */
export function ComparePage({ from, to }: { readonly from: string; readonly to: string }) {
  const difference = useResource<{ changes: readonly SettingChange[] }>(
    `config/revisions/${encodeURIComponent(from)}/diff/${encodeURIComponent(to)}`,
    { everyMs: Infinity },
  );
  const config = useResource<ConfigView>('config', { everyMs: Infinity });
  return (
    <Page
      title={`From ${name(from)} to ${name(to)}`}
      back={{ href: hrefOf(['settings', 'revisions']), label: 'Revisions' }}
    >
      <Loaded resource={difference} what="the difference">
        {({ changes }) => (
          <Card
            title={changes.length === 1 ? '1 setting that differs' : `${changes.length} settings that differ`}
            flush
          >
            <ChangeTable changes={changes} members={config.data?.members} />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

function name(revision: string): string {
  return revision === '0' ? 'the code defaults' : `revision ${revision}`;
}
