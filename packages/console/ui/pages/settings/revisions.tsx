import { Button, Card, DataList, EmptyState, LinkButton } from '@dualbrake/kit';
import type { ConfigView, RevisionView, SettingChange } from '../../../src/contract.ts';
import { openAction } from '../../actions/action.ts';
import { differText, restoreRevision } from '../../actions/settings-actions.ts';
import { useDenied } from '../../live/context.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { changedSetting, changedValue, memberName } from '../../words/setting-words.ts';
import { countText } from '../../words/words.ts';
import { useConfig } from './draft-store.ts';

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
  const changes = data?.changes ?? [];
  const restore = (): void =>
    openAction(restoreRevision({ config, changes, onAccepted: () => void refresh() }, revision));
  return (
    <Button
      disabledReason={denied ?? (data?.changes.length === 0 ? 'These settings are already active.' : undefined)}
      onClick={restore}
    >
      {children}
    </Button>
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

/** The origin of a revision that was not simply saved. */
function revisionNote({ restores, reverts, auto_revert_at: revertAt }: RevisionView): string {
  if (reverts !== null) return `reverts ${reverts}`;
  if (restores !== null) return restores === 0 ? 'restores the code defaults' : `restores ${restores}`;
  return revertAt === null ? '' : 'temporary';
}

type Changes = Readonly<{ changes: readonly SettingChange[]; members: ConfigView['members'] | undefined }>;

/** The settings that differ between two revisions. */
function ChangeTable({ changes, members }: Changes) {
  return (
    <DataTable
      caption="Settings that differ"
      empty={<p class="muted card-body">No differences.</p>}
      rows={changes}
      rowKey={({ pointer }) => pointer}
      columns={(col) => [
        col.of('Name', ({ member }) => <span class="row-link">{memberName(member, members)}</span>),
        col.of('Setting', (change) => changedSetting(change, members)),
        col.number('From', ({ setting, from }) => changedValue(setting, from)),
        col.number('To', ({ setting, to }) => changedValue(setting, to)),
      ]}
    />
  );
}
