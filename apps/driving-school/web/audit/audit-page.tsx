import {
  announce,
  Banner,
  Button,
  type Column,
  EmptyState,
  PageHeader,
  ProgressLine,
  RelativeTime,
  SelectField,
  Skeleton,
  Table,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { AuditEntry, AuditPage as Entries, User } from '../contract-types.ts';
import { type Failure, failureOf } from '../failure.ts';
import { navigate, search } from '../navigation.ts';
import { usePageTitle } from '../page-title.ts';
import { refreshAfterOutage } from '../session.ts';
import {
  actorText,
  type AuditFilter,
  auditPath,
  auditWords,
  detailText,
  filterOf,
  subjectText,
} from './audit-words.ts';

/** Who changed what, and who looked at licence numbers. For the owner. */
export function AuditPage(): JSX.Element {
  usePageTitle('Audit log');
  const filter = filterOf(search.value);
  const { shown, failure, loading, load, loadMore } = useEntries(filter);
  const people = usePeople();
  const choose = (change: Partial<AuditFilter>): void =>
    navigate(auditPath({ ...filter, ...change }), { replace: true });
  const filtered = filter.actor !== '' || filter.subject !== '' || filter.action !== '';

  return (
    <div class="page">
      <PageHeader
        title="Audit log"
        description="Changes to people and access, and every licence number that was shown in full. Entries can't be changed or deleted."
      />
      <div class="stack list-stack">
        <div class="toolbar audit-filter">
          <SelectField
            id="audit-action"
            label="What happened"
            value={filter.action}
            options={actionOptions}
            onChange={(action) => choose({ action })}
          />
          <SelectField
            id="audit-actor"
            label="Done by"
            value={filter.actor}
            options={personOptions(people, filter.actor)}
            onChange={(actor) => choose({ actor })}
          />
          {filtered && (
            <Button onClick={() => choose({ actor: '', subject: '', action: '' })}>
              {filter.subject === '' ? 'Clear filters' : 'Show all entries'}
            </Button>
          )}
        </div>
        {filter.subject !== '' && <p class="muted">Only entries about one person or record.</p>}
        {failure !== undefined && shown !== undefined && (
          <Banner
            tone="warning"
            role="alert"
            title={failure.title}
            actions={
              <Button size="small" onClick={() => void load()}>
                Try again
              </Button>
            }
          >
            <p>{failure.detail}</p>
          </Banner>
        )}
        <div class="table-frame" aria-busy={loading}>
          <ProgressLine active={loading && shown !== undefined} />
          {shown === undefined ? (
            failure === undefined ? (
              <LoadingRows />
            ) : (
              <EmptyState
                icon="clock"
                title="The audit log can't be shown right now"
                actions={<Button onClick={() => void load()}>Try again</Button>}
              >
                {failure.detail} No copy of it is kept.
              </EmptyState>
            )
          ) : shown.data.length === 0 ? (
            <Nothing filtered={filtered} />
          ) : (
            <Table
              caption="Audit log, newest first"
              columns={columnsFor(filter)}
              rows={shown.data}
              rowKey={({ id }) => id}
            />
          )}
        </div>
        {shown !== undefined && shown.next_cursor !== null && (
          <div class="list-more">
            <Button busy={loading} onClick={() => void loadMore()}>
              Show more
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

/** The entries that answer a filter, page after page. An answer to an older filter is dropped. */
function useEntries(filter: AuditFilter) {
  const [shown, setShown] = useState<Entries | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [loading, setLoading] = useState(true);
  const running = useRef<AbortController | undefined>(undefined);

  const read = async (cursor?: string): Promise<Entries | Failure | undefined> => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setLoading(true);
    try {
      const { body } = await api.audit({ ...queryOf(filter), ...(cursor !== undefined && { cursor }) }, mine.signal);
      setFailure(undefined);
      return body;
    } catch (error) {
      if (mine.signal.aborted) return undefined;
      const failed = failureOf(error);
      setFailure(failed);
      return failed;
    } finally {
      if (running.current === mine) setLoading(false);
    }
  };
  const load = async (): Promise<'live' | 'copy'> => {
    const answer = await read();
    if (answer === undefined) return 'live';
    if ('data' in answer) {
      setShown(answer);
      return 'live';
    }
    return answer.status === undefined || answer.status >= 500 ? 'copy' : 'live';
  };
  const loadMore = async (): Promise<void> => {
    if (shown === undefined || shown.next_cursor === null) return;
    const answer = await read(shown.next_cursor);
    if (answer === undefined || !('data' in answer)) return;
    setShown({ ...answer, data: [...shown.data, ...answer.data] });
    announce(`${answer.data.length} more entries shown`);
  };
  useEffect(() => {
    void load();
    const stop = refreshAfterOutage(load);
    return () => {
      stop();
      running.current?.abort();
    };
  }, [filter.actor, filter.subject, filter.action]);
  return { shown, failure, loading, load, loadMore };
}

/** The people to filter by. Without them the filter still works for whoever is named in an entry. */
function usePeople(): readonly User[] {
  const [people, setPeople] = useState<readonly User[]>([]);
  useEffect(() => {
    api.users().then(({ body }) => setPeople(body.data), failureOf);
  }, []);
  return people;
}

function queryOf({ actor, subject, action }: AuditFilter) {
  return {
    ...(actor !== '' && { actor_id: actor }),
    ...(subject !== '' && { subject_id: subject }),
    ...(action !== '' && { action }),
  };
}

const actionOptions = [
  { value: '', label: 'Everything' },
  ...Object.entries(auditWords).map(([value, label]) => ({ value, label })),
] as readonly { readonly value: AuditFilter['action']; readonly label: string }[];

function personOptions(people: readonly User[], chosen: string): { value: string; label: string }[] {
  const known = people.map(({ id, name }) => ({ value: id, label: name }));
  const stranger = chosen !== '' && !people.some(({ id }) => id === chosen);
  return [
    { value: '', label: 'Anyone' },
    ...known,
    ...(stranger ? [{ value: chosen, label: 'Someone who has left' }] : []),
  ];
}

function columnsFor(filter: AuditFilter): readonly Column<AuditEntry>[] {
  return [
    {
      key: 'action',
      header: 'What happened',
      cell: ({ action, detail }) => (
        <>
          <span class="audit-action">{auditWords[action]}</span>
          {Object.keys(detail).length > 0 && <span class="audit-detail muted">{detailText(detail)}</span>}
        </>
      ),
    },
    { key: 'actor', header: 'Done by', cell: ({ actor }) => actorText(actor) },
    { key: 'subject', header: 'About', cell: ({ subject }) => <Subject subject={subject} filter={filter} /> },
    { key: 'at', header: 'When', fit: true, cell: ({ at }) => <RelativeTime instant={at} form="both" /> },
  ];
}

function Subject({
  subject,
  filter,
}: {
  readonly subject: AuditEntry['subject'];
  readonly filter: AuditFilter;
}): JSX.Element {
  const text = subjectText(subject);
  if (subject.kind === 'student') return <a href={`/students/${subject.id}`}>{text}</a>;
  if (subject.kind !== 'person' || filter.subject === subject.id) return <span>{text}</span>;
  return (
    <a href={auditPath({ subject: subject.id })}>
      {text}
      <span class="visually-hidden">: entries about this person</span>
    </a>
  );
}

function Nothing({ filtered }: { readonly filtered: boolean }): JSX.Element {
  return filtered ? (
    <EmptyState icon="audit" title="No entries match">
      Choose another person or event, or clear the filters.
    </EmptyState>
  ) : (
    <EmptyState icon="audit" title="Nothing has been recorded yet">
      Entries appear here when people are invited or changed, and when a licence number is shown in full.
    </EmptyState>
  );
}

function LoadingRows(): JSX.Element {
  return (
    <div class="loading-rows" role="status">
      <span class="visually-hidden">Reading the audit log…</span>
      {['42%', '36%', '48%', '39%'].map((width) => (
        <div key={width}>
          <Skeleton width={width} />
          <Skeleton width="7rem" />
        </div>
      ))}
    </div>
  );
}
