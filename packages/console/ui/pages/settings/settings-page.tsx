import { useEffect } from 'preact/hooks';
import { Banner, EmptyState, LinkButton, SearchField } from '@dualbrake/kit';
import type { ConfigView, ValidationView } from '../../../src/contract.ts';
import { useState } from 'preact/hooks';
import { ApiError } from '../../live/api.ts';
import { useConsole, useMay } from '../../live/context.ts';
import { useDenied } from '../../live/denied.ts';
import { useDebounced, useResource } from '../../live/resource.ts';
import { hrefOf, place, setQuery } from '../../live/router.ts';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { ConflictPanel } from './conflict-panel.tsx';
import { DraftBar } from './draft-bar.tsx';
import { draft, seenRevision } from './draft-store.ts';
import { patchOf, readDraft } from './draft.ts';
import { MemberCard } from './member-card.tsx';

/** Every number that may be changed while the program runs. */
export function SettingsPage() {
  const config = useResource<ConfigView>('config');
  const revision = config.data?.revision;
  useEffect(() => {
    if (revision !== undefined && revision > seenRevision.value) seenRevision.value = revision;
  }, [revision]);
  return (
    <Page
      title="Settings"
      description="Settings that can be changed at runtime. Every save creates a revision with a reason and can be reverted."
      actions={<LinkButton href={hrefOf(['settings', 'revisions'])}>Revisions</LinkButton>}
    >
      <Loaded resource={config} what="the settings">
        {(view) => <Members config={view} asOf={<AsOf resource={config} />} refresh={config.refresh} />}
      </Loaded>
    </Page>
  );
}

function Members({
  config,
  asOf,
  refresh,
}: {
  readonly config: ConfigView;
  readonly asOf: preact.ComponentChildren;
  readonly refresh: () => Promise<void>;
}) {
  const mayEdit = useMay('config:edit');
  const denied = useDenied('config:edit');
  const { live } = useConsole();
  const { query } = place.value;
  const q = (query.get('q') ?? '').toLowerCase();
  const wanted = query.get('member');
  const settable = config.members.filter(({ spec }) => Object.keys(spec).length > 0);
  const found = settable
    .filter(({ id, name, kind }) => `${id} ${name} ${kind}`.toLowerCase().includes(q))
    // A link to one member shows it first.
    .toSorted((one, other) => Number(other.id === wanted) - Number(one.id === wanted));
  const read = draft.value === undefined ? undefined : readDraft(draft.value, config);
  const validation = useValidation(
    read === undefined || read.changes.length === 0 ? undefined : JSON.stringify(patchOf(read.changes)),
  );
  return (
    <>
      <Header config={config} asOf={asOf} />
      {live.session.value !== undefined && !mayEdit && <p class="status-detail">View-only. {denied}</p>}
      <ConflictPanel config={config} />
      <div class="filter-bar">
        <SearchField
          label="Search settings by breaker, retry or kind"
          placeholder="Breaker, retry, kind"
          value={query.get('q') ?? ''}
          onInput={(next) => setQuery({ q: next })}
        />
      </div>
      {settable.length === 0 ? (
        <EmptyState icon="sliders" title="No settings">
          Breakers and retries in a pipeline appear here with their settings.
        </EmptyState>
      ) : found.length === 0 ? (
        <EmptyState title="No matches">
          Nothing matches “{q}”. {settable.length} members have settings.
        </EmptyState>
      ) : (
        <div class="member-list">
          {found.map((member) => (
            <MemberCard
              key={member.id}
              member={member}
              config={config}
              mayEdit={mayEdit && !(live.session.value?.read_only ?? false)}
              isWanted={member.id === wanted}
              preview={validation.view?.previews.find(({ breaker }) => breaker === member.id)}
              problems={{ ...Object.fromEntries(read?.problems ?? []), ...validation.problems }}
            />
          ))}
        </div>
      )}
      {read !== undefined && (
        <DraftBar
          config={config}
          changes={read.changes}
          problems={read.problems.size + Object.keys(validation.problems).length}
          validation={validation.view}
          trouble={validation.trouble}
          refresh={refresh}
        />
      )}
    </>
  );
}

/** Which revision is in force, who saved it, and where it is kept. */
function Header({ config, asOf }: { readonly config: ConfigView; readonly asOf: preact.ComponentChildren }) {
  const {
    revision,
    saved_at: savedAt,
    author_name: author,
    reason,
    persisted,
    auto_revert_at: revertAt,
    drift,
  } = config;
  return (
    <>
      <p class="settings-head">
        {revision === 0 || savedAt === null ? (
          'Code defaults: nothing has been changed here.'
        ) : (
          <>
            <a href={hrefOf(['settings', 'revisions', revision])}>Revision {revision}</a>, saved{' '}
            <Time instant={savedAt} form="both" /> by {author}: {reason}.
          </>
        )}{' '}
        {persisted === 'memory' ? 'Stored in memory only: lost on restart.' : 'Stored in a file: kept on restart.'}{' '}
        {asOf}
      </p>
      {revertAt !== null && (
        <Banner tone="info" icon="clock" title="Temporary settings">
          <p>
            The changes of revision {revision} are reverted <CountDown until={revertAt} />.
          </p>
        </Banner>
      )}
      {drift.length > 0 && (
        <Banner tone="warning" title="Running settings differ from the active revision">
          <p>
            <Term term="drift">Drift</Term>: {drift.join(' ')}
          </p>
        </Banner>
      )}
    </>
  );
}

/** Asks the server about the draft, a moment after the last key. */
function useValidation(patch: string | undefined): {
  readonly view: ValidationView | undefined;
  readonly problems: Readonly<Record<string, string>>;
  readonly trouble: string | undefined;
} {
  const { api } = useConsole();
  const settled = useDebounced(patch, 400);
  const [answer, setAnswer] = useState<{ patch: string; view?: ValidationView; trouble?: string } | undefined>();
  useEffect(() => {
    if (settled === undefined) return undefined;
    let gone = false;
    api.send<ValidationView>('POST', 'config/validate', { settings: JSON.parse(settled) as unknown }).then(
      (view) => {
        if (!gone) setAnswer({ patch: settled, view });
      },
      (error: unknown) => {
        if (!gone)
          setAnswer({
            patch: settled,
            trouble: error instanceof ApiError ? error.message : 'The settings couldn’t be validated.',
          });
      },
    );
    return () => {
      gone = true;
    };
  }, [settled, api]);
  const fitting = answer?.patch === patch ? answer : undefined;
  const problems = Object.fromEntries(
    (fitting?.view?.errors ?? []).map(({ pointer, message }) => {
      const [, ...parts] = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
      return [parts.slice(-2).join(' '), message];
    }),
  );
  return { view: fitting?.view, problems, trouble: fitting?.trouble };
}
