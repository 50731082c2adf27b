import { Card, EmptyState } from '@dualbrake/kit';
import type { ConfigView, RevisionView, SettingChange } from '../../../src/contract.ts';
import { differText } from '../../actions/settings-actions.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { countText } from '../../words/words.ts';
import { ChangeTable } from './change-table.tsx';

/** Saved revisions, newest first. */
export function RevisionsPage() {
  const list = useResource<{ revisions: readonly RevisionView[] }>('config/revisions');
  return (
    <Page
      title="Revisions"
      back={{ href: hrefOf(['settings']), label: 'Settings' }}
      description="Every saved change of settings: who, when, why and what. Revisions are never changed."
    >
      <Loaded resource={list} what="the revisions">
        {({ revisions }) => (
          <Card title={countText(revisions.length, 'revision')} actions={<AsOf resource={list} />} flush>
            <DataTable
              caption="Revisions, newest first"
              empty={
                <EmptyState icon="sliders" title="No revisions yet">
                  The code defaults are active.
                </EmptyState>
              }
              hover
              rows={revisions}
              rowKey={({ revision }) => String(revision)}
              columns={(col) => [
                col.link('Revision', (view) => ({
                  path: ['settings', 'revisions', view.revision],
                  text: `Revision ${view.revision}`,
                  note: revisionNote(view),
                })),
                col.of('Why', ({ reason }) => reason),
                col.of('Who', ({ author_name: author }) => author),
                col.time('When', ({ saved_at: at }) => at, 'both'),
                col.number('Settings', ({ changes }) => changes.length),
              ]}
            />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

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

/** How a revision came about, unless it was simply saved. */
export function revisionNote({ restores, reverts, auto_revert_at: revertAt }: RevisionView): string {
  if (reverts !== null) return `reverts ${reverts}`;
  if (restores !== null) return restores === 0 ? 'restores the code defaults' : `restores ${restores}`;
  return revertAt === null ? '' : 'temporary';
}
