import { Button, Card, DataList, LinkButton } from '@dualbrake/kit';
import type { ConfigView, RevisionView, SettingChange } from '../../../src/contract.ts';
import { openAction } from '../../actions/action.ts';
import { restoreRevision } from '../../actions/settings-actions.ts';
import { useDenied } from '../../live/context.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { Loaded, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { countText } from '../../words/words.ts';
import { ChangeTable, changeLine } from './change-table.tsx';
import { seenRevision, useConfig } from './draft-store.ts';
import { bare } from './draft.ts';
import { revisionNote } from './revisions-page.tsx';

/** One revision: its changes, and how to restore it. */
export function RevisionPage({ number }: Readonly<{ number: string }>) {
  const revision = useResource<RevisionView>(`config/revisions/${encodeURIComponent(number)}`, { everyMs: Infinity });
  const { data: config, refresh } = useConfig();
  return (
    <Page title={`Revision ${number}`} back={{ href: hrefOf(['settings', 'revisions']), label: 'Revisions' }}>
      <Loaded resource={revision} what={`revision ${number}`}>
        {(view) => {
          const note = revisionNote(view);
          return (
            <>
              <Card title="Saved" flush>
                <DataList
                  facts={[
                    { name: 'When', value: <Time instant={view.saved_at} form="both" /> },
                    { name: 'Who', value: view.author_name },
                    { name: 'Why', value: view.reason },
                    ...(note === '' ? [] : [{ name: 'Kind', value: note }]),
                  ]}
                />
              </Card>
              <Card title={`${countText(view.changes.length, 'setting')} changed`} flush>
                <ChangeTable changes={view.changes} members={config?.members} />
              </Card>
              {config !== undefined && <Restore revision={view.revision} config={config} refresh={refresh} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

type RestoreProps = Readonly<{ revision: number; config: ConfigView; refresh: () => Promise<void> }>;

/** Restores this revision, or the one before it. */
function Restore({ revision, config, refresh }: RestoreProps) {
  const active = config.revision;
  const isActive = revision === active;
  const before = revision - 1;
  return (
    <Card title="Restore">
      <p class="muted">
        {isActive ? 'This revision is active.' : `Revision ${active} is active.`} Restoring creates a new revision; none
        is deleted.
      </p>
      <div class="button-row">
        {!isActive && (
          <RestoreButton revision={revision} config={config} refresh={refresh}>
            {`Restore revision ${revision}…`}
          </RestoreButton>
        )}
        <RestoreButton revision={before} config={config} refresh={refresh}>
          {before === 0 ? 'Restore the code defaults…' : `Restore the previous revision, ${before}…`}
        </RestoreButton>
        {!isActive && (
          <LinkButton href={hrefOf(['settings', 'compare', revision, active])}>
            Compare with the active revision
          </LinkButton>
        )}
      </div>
    </Card>
  );
}

function RestoreButton({ revision, config, refresh, children }: RestoreProps & Readonly<{ children: string }>) {
  const { data } = useResource<{ changes: readonly SettingChange[] }>(
    `config/revisions/${config.revision}/diff/${revision}`,
    { everyMs: Infinity },
  );
  const denied = useDenied('config:edit');
  const restore = (): void =>
    openAction(
      restoreRevision(
        {
          etag: bare(config.etag),
          lines: (data?.changes ?? []).map((change) => changeLine(change, config.members)),
          active: config.revision,
          seen: () => seenRevision.value,
          onAccepted: () => void refresh(),
        },
        revision,
      ),
    );
  return (
    <Button
      closedReason={denied ?? (data?.changes.length === 0 ? 'These settings are already active.' : undefined)}
      onClick={restore}
    >
      {children}
    </Button>
  );
}
