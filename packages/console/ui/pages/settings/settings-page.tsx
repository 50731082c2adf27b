import './settings.css';
import { useEffect, useState } from 'preact/hooks';
import { Banner, EmptyState, LinkButton } from '@dualbrake/kit';
import type { ConfigView, ValidationView } from '../../../src/contract.ts';
import { messageOf } from '../../live/api.ts';
import { patchOf } from '../../actions/settings-actions.ts';
import { useConsole, useDenied } from '../../live/context.ts';
import { useDebounced, type Resource } from '../../live/resource.ts';
import { hrefOf, route } from '../../live/router.ts';
import type { PageProps } from '../../pages.ts';
import { SearchFilter } from '../../parts/filters.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { CountDown, Time } from '../../parts/time.tsx';
import { countText } from '../../words/words.ts';
import { ConflictPanel } from './conflict-panel.tsx';
import { DraftBar } from './draft-bar.tsx';
import { draft, useConfig } from './draft-store.ts';
import { readDraft } from './draft.ts';
import { MemberCard } from './member-card.tsx';
import { ComparePage, RevisionPage, RevisionsPage } from './revisions.tsx';

/** The settings, the list of revisions, one revision, or a comparison of two. */
export function SettingsPage({ rest: [part, first, second] }: PageProps) {
  if (part === 'revisions') return first === undefined ? <RevisionsPage /> : <RevisionPage number={first} />;
  if (part === 'compare' && first !== undefined && second !== undefined)
    return <ComparePage from={first} to={second} />;
  return <Settings />;
}

function Settings() {
  const resource = useConfig();
  return (
    <Page
      title="Settings"
      description="Settings that can be changed at runtime. Every save creates a revision with a reason and can be reverted."
      actions={<LinkButton href={hrefOf(['settings', 'revisions'])}>Revisions</LinkButton>}
    >
      <Loaded resource={resource} what="the settings">
        {(config) => <Members config={config} resource={resource} />}
      </Loaded>
    </Page>
  );
}

type ConfigProps = Readonly<{ config: ConfigView; resource: Resource<ConfigView> }>;

function Members({ config, resource }: ConfigProps) {
  const denied = useDenied('config:edit');
  const { query } = route.value;
  const q = (query.get('q') ?? '').toLowerCase();
  const wanted = query.get('member');
  const members = config.members.filter(({ spec }) => Object.keys(spec).length > 0);
  const found = members
    .filter(({ id, name, kind }) => `${id} ${name} ${kind}`.toLowerCase().includes(q))
    // A link to a member shows it first.
    .toSorted((one, other) => Number(other.id === wanted) - Number(one.id === wanted));
  const read = draft.value && readDraft(draft.value, config);
  const validation = useValidation(
    read === undefined || read.changes.length === 0 ? undefined : JSON.stringify(patchOf(read.changes)),
  );
  return (
    <>
      <Header config={config} resource={resource} />
      {denied !== undefined && <p class="status-detail">View-only. {denied}</p>}
      <ConflictPanel config={config} />
      <div class="filter-bar row">
        <SearchFilter label="Search settings by breaker, retry or kind" placeholder="Breaker, retry, kind" />
      </div>
      {members.length === 0 ? (
        <EmptyState icon="sliders" title="No settings">
          Breakers and retries in a pipeline appear here with their settings.
        </EmptyState>
      ) : found.length === 0 ? (
        <EmptyState title="No matches">
          None of the {countText(members.length, 'breaker or retry', 'breakers and retries')} matches “{q}”.
        </EmptyState>
      ) : (
        <div class="member-list stack">
          {found.map((member) => (
            <MemberCard
              key={member.id}
              member={member}
              config={config}
              mayEdit={denied === undefined}
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
          failure={validation.failure}
          refresh={resource.refresh}
        />
      )}
    </>
  );
}

/** The active revision, who saved it, and where it is stored. */
function Header({ config, resource }: ConfigProps) {
  const { revision, saved_at: savedAt, author_name: author, reason, auto_revert_at: revertAt, drift } = config;
  return (
    <>
      <p class="muted">
        {revision === 0 || savedAt === null ? (
          'Code defaults: nothing has been changed here.'
        ) : (
          <>
            <a href={hrefOf(['settings', 'revisions', revision])}>Revision {revision}</a>, saved{' '}
            <Time instant={savedAt} form="both" /> by {author}: {reason}.
          </>
        )}{' '}
        {config.persisted === 'memory'
          ? 'Stored in memory only: lost on restart.'
          : 'Stored in a file: kept on restart.'}{' '}
        <AsOf resource={resource} />
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
            <Term term="Drift">Drift</Term>: {drift.join(' ')}
          </p>
        </Banner>
      )}
    </>
  );
}

interface Validation {
  readonly view?: ValidationView;
  /** By member and setting. */
  readonly problems: Readonly<Record<string, string>>;
  /** Why the server couldn't validate. */
  readonly failure?: string;
}

/** Validates the draft on the server, a moment after the last key. @param patch as JSON */
function useValidation(patch: string | undefined): Validation {
  const { api } = useConsole();
  const settled = useDebounced(patch, 400);
  const [result, setResult] = useState<(Pick<Validation, 'view' | 'failure'> & { patch: string }) | undefined>();
  useEffect(() => {
    if (settled === undefined) return undefined;
    let isCurrent = true;
    const validate = async (): Promise<Pick<Validation, 'view' | 'failure'>> => {
      try {
        const settings: unknown = JSON.parse(settled);
        return { view: await api.send<ValidationView>('POST', 'config/validate', { settings }) };
      } catch (error) {
        return { failure: messageOf(error) };
      }
    };
    void validate().then((outcome) => isCurrent && setResult({ patch: settled, ...outcome }));
    return () => {
      isCurrent = false;
    };
  }, [settled, api]);
  const current: Pick<Validation, 'view' | 'failure'> = result?.patch === patch ? (result ?? {}) : {};
  const problems = Object.fromEntries(
    (current.view?.errors ?? []).map(({ pointer, message }) => {
      const parts = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
      return [parts.slice(-2).join(' '), message];
    }),
  );
  return { ...current, problems };
}
