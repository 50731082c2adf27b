import { Card, EmptyState, Table } from '@dualbrake/kit';
import type { RevisionView } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';

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
        {({ revisions }) =>
          revisions.length === 0 ? (
            <EmptyState icon="sliders" title="No revisions yet">
              The code defaults are active.
            </EmptyState>
          ) : (
            <Card
              title={`${revisions.length} revision${revisions.length === 1 ? '' : 's'}`}
              actions={<AsOf resource={list} />}
              flush
            >
              <Table
                caption="Revisions, newest first"
                hover
                rows={revisions}
                rowKey={({ revision }) => String(revision)}
                columns={[
                  {
                    key: 'revision',
                    header: 'Revision',
                    cell: ({ revision, restores, reverts, auto_revert_at: revertAt }) => (
                      <>
                        <a class="row-link" href={hrefOf(['settings', 'revisions', revision])} data-row>
                          {`Revision ${revision}`}
                        </a>
                        <span class="row-note">{markText(restores, reverts, revertAt)}</span>
                      </>
                    ),
                  },
                  { key: 'why', header: 'Why', cell: ({ reason }) => reason },
                  { key: 'who', header: 'Who', cell: ({ author_name: author }) => author },
                  { key: 'when', header: 'When', cell: ({ saved_at: at }) => <Time instant={at} form="both" /> },
                  {
                    key: 'changes',
                    header: 'Settings',
                    align: 'end',
                    cell: ({ changes }) => <span class="numbers">{changes.length}</span>,
                  },
                ]}
              />
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
}

export function markText(restores: number | null, reverts: number | null, revertAt: string | null): string {
  if (reverts !== null) return `reverts ${reverts}`;
  if (restores !== null) return restores === 0 ? 'restores the code defaults' : `restores ${restores}`;
  return revertAt === null ? '' : 'temporary';
}
