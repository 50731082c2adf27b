import { Card } from '@dualbrake/kit';
import type { ConfigView, SettingChange } from '../../../src/contract.ts';
import { differText } from '../../actions/settings-actions.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { ChangeTable } from './change-table.tsx';

/** The differences between two revisions; revision 0 is the code defaults. */
export function ComparePage({ from, to }: Readonly<{ from: string; to: string }>) {
  const [fromName, toName] = [from, to].map((revision) =>
    revision === '0' ? 'the code defaults' : `revision ${revision}`,
  );
  const difference = useResource<{ changes: readonly SettingChange[] }>(
    `config/revisions/${encodeURIComponent(from)}/diff/${encodeURIComponent(to)}`,
    { everyMs: Infinity },
  );
  const config = useResource<ConfigView>('config', { everyMs: Infinity });
  return (
    <Page
      title={`From ${fromName} to ${toName}`}
      back={{ href: hrefOf(['settings', 'revisions']), label: 'Revisions' }}
    >
      <Loaded resource={difference} what="the difference">
        {({ changes }) => (
          <Card title={differText(changes.length)} flush>
            <ChangeTable changes={changes} members={config.data?.members} />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}
