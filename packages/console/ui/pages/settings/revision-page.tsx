import { useEffect } from 'preact/hooks';
import { Button, Card, DataList, LinkButton } from '@dualbrake/kit';
import type { ConfigView, RevisionView, SettingChange } from '../../../src/contract.ts';
import { useDenied } from '../../live/denied.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { restoreRevision } from '../../orders/config-orders.ts';
import { ask } from '../../orders/current-order.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { ChangeTable, changeLine } from './change-table.tsx';
import { seenRevision } from './draft-store.ts';
import { bare } from './draft.ts';
import { markText } from './revisions-page.tsx';

/** One revision: what it changed, and how to restore it. */
export function RevisionPage({ number }: { readonly number: string }) {
  const revision = useResource<RevisionView>(`config/revisions/${encodeURIComponent(number)}`, { everyMs: Infinity });
  const config = useResource<ConfigView>('config');
  const active = config.data?.revision;
  useEffect(() => {
    if (active !== undefined && active > seenRevision.value) seenRevision.value = active;
  }, [active]);
  return (
    <Page title={`Revision ${number}`} back={{ href: hrefOf(['settings', 'revisions']), label: 'Revisions' }}>
      <Loaded resource={revision} what={`revision ${number}`}>
        {(view) => (
          <>
            <Card title="Saved" flush>
              <DataList
                facts={[
                  { name: 'When', value: <Time instant={view.saved_at} form="both" /> },
                  { name: 'Who', value: view.author_name },
                  { name: 'Why', value: view.reason },
                  ...(markText(view.restores, view.reverts, view.auto_revert_at) === ''
                    ? []
                    : [{ name: 'Kind', value: markText(view.restores, view.reverts, view.auto_revert_at) }]),
                ]}
              />
            </Card>
            <Card title={`${view.changes.length} setting${view.changes.length === 1 ? '' : 's'} changed`} flush>
              <ChangeTable changes={view.changes} members={config.data?.members} />
            </Card>
            {config.data !== undefined && (
              <Restore revision={view.revision} config={config.data} refresh={config.refresh} />
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Restores this revision, or the one before it. */
function Restore({
  revision,
  config,
  refresh,
}: {
  readonly revision: number;
  readonly config: ConfigView;
  readonly refresh: () => Promise<void>;
}) {
  const before = revision - 1;
  const toThis = useResource<{ changes: readonly SettingChange[] }>(
    `config/revisions/${config.revision}/diff/${revision}`,
    { everyMs: Infinity },
  );
  const toBefore = useResource<{ changes: readonly SettingChange[] }>(
    `config/revisions/${config.revision}/diff/${before}`,
    { everyMs: Infinity },
  );
  const closed = useDenied('config:edit');
  const restore = (target: number, changes: readonly SettingChange[]): void =>
    ask(
      restoreRevision(
        {
          etag: bare(config.etag),
          lines: changes.map((change) => changeLine(change, config.members)),
          seen: () => seenRevision.value,
          taken: () => void refresh(),
        },
        target,
        config.revision,
      ),
    );
  const isActive = revision === config.revision;
  return (
    <Card title="Restore">
      <p class="muted">
        {isActive ? 'This revision is active.' : `Revision ${config.revision} is active.`} Restoring creates a new
        revision; none is deleted.
      </p>
      <div class="button-row">
        {!isActive && (
          <Button
            closedReason={
              closed ?? (toThis.data?.changes.length === 0 ? 'These settings are already active.' : undefined)
            }
            onClick={() => restore(revision, toThis.data?.changes ?? [])}
          >{`Restore revision ${revision}…`}</Button>
        )}
        <Button
          closedReason={
            closed ?? (toBefore.data?.changes.length === 0 ? 'These settings are already active.' : undefined)
          }
          onClick={() => restore(before, toBefore.data?.changes ?? [])}
        >
          {before === 0 ? 'Restore the code defaults…' : `Restore the previous revision, ${before}…`}
        </Button>
        {!isActive && (
          <LinkButton href={hrefOf(['settings', 'compare', revision, config.revision])}>
            Compare with the active revision
          </LinkButton>
        )}
      </div>
    </Card>
  );
}
