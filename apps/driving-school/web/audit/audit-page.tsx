import {
  announce,
  Button,
  type Column,
  EmptyState,
  PageHeader,
  RelativeTime,
  SelectField,
  Table,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { api } from '../api.ts';
import type { AuditEntry, User } from '../contract-types.ts';
import { navigate, search } from '../navigation.ts';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { useResource } from '../platform/use-resource.ts';
import {
  actorText,
  type AuditFilter,
  auditPath,
  auditWords,
  detailText,
  filterOf,
  subjectText,
} from './audit-words.ts';
import './audit.css';

/** The audit log: changes to people and access, and revealed licence numbers. For the owner. */
export function AuditPage(): JSX.Element {
  const filter = filterOf(search.value);
  const { actor, subject, action } = filter;
  const entries = useResource((signal) => api.audit(queryOf(filter), signal), [actor, subject, action]);
  // For the names in the filter, which works without them.
  const people = useResource(api.users);
  const filterBy = (change: Partial<AuditFilter>): void =>
    navigate(auditPath({ ...filter, ...change }), { replace: true });
  const filtered = actor !== '' || subject !== '' || action !== '';
  const showMore = async (cursor: string): Promise<void> => {
    const before = entries.value?.data.length ?? 0;
    await entries.loadMore(async (shown, signal) => {
      const next = await api.audit({ ...queryOf(filter), cursor }, signal);
      return { ...next, data: [...shown.data, ...next.data] };
    });
    const added = (entries.value?.data.length ?? 0) - before;
    if (added > 0) announce(`${added} more entries shown`);
  };
  const cursor = entries.value?.next_cursor ?? null;

  return (
    <div class="page">
      <PageHeader
        title="Audit log"
        description="Changes to people and access, and every licence number that was revealed. Entries can’t be changed or deleted."
      />
      <div class="stack list-stack">
        <div class="toolbar audit-filter">
          <SelectField
            id="audit-action"
            label="Event"
            value={action}
            options={actionOptions}
            onChange={(chosen) => filterBy({ action: chosen })}
          />
          <SelectField
            id="audit-actor"
            label="Done by"
            value={actor}
            options={personOptions(people.value?.data ?? [], actor)}
            onChange={(chosen) => filterBy({ actor: chosen })}
          />
          {filtered && (
            <Button onClick={() => filterBy({ actor: '', subject: '', action: '' })}>
              {subject === '' ? 'Clear filters' : 'Show all entries'}
            </Button>
          )}
        </div>
        {subject !== '' && <p class="muted">Showing only entries about one person.</p>}
        <RefreshFailure resource={entries} title="The audit log could not be refreshed" />
        <ResourceTable
          resource={entries}
          name="The audit log"
          hint="The audit log can’t be shown during an outage."
          empty={({ data }) => data.length === 0 && <NoEntries filtered={filtered} />}
        >
          {({ data }) => (
            <Table caption="Audit log, newest first" columns={columnsFor(filter)} rows={data} rowKey={({ id }) => id} />
          )}
        </ResourceTable>
        {cursor !== null && (
          <div class="list-more">
            <Button busy={entries.loadingMore} onClick={() => void showMore(cursor)}>
              Show more
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

function queryOf({ actor, subject, action }: AuditFilter) {
  return {
    ...(actor !== '' && { actor_id: actor }),
    ...(subject !== '' && { subject_id: subject }),
    ...(action !== '' && { action }),
  };
}

const actionOptions = [
  { value: '', label: 'All events' },
  ...Object.entries(auditWords).map(([value, label]) => ({ value, label })),
] as readonly { readonly value: AuditFilter['action']; readonly label: string }[];

function personOptions(people: readonly User[], chosen: string): { value: string; label: string }[] {
  const known = people.map(({ id, name }) => ({ value: id, label: name }));
  const unknown = chosen !== '' && !people.some(({ id }) => id === chosen);
  return [
    { value: '', label: 'Anyone' },
    ...known,
    ...(unknown ? [{ value: chosen, label: 'Someone who has left' }] : []),
  ];
}

function columnsFor(filter: AuditFilter): readonly Column<AuditEntry>[] {
  return [
    {
      key: 'action',
      header: 'Event',
      cell: ({ action, detail }) => (
        <>
          <span class="audit-action">{auditWords[action]}</span>
          {Object.keys(detail).length > 0 && <span class="audit-detail muted">{detailText(detail)}</span>}
        </>
      ),
    },
    { key: 'actor', header: 'Done by', cell: ({ actor }) => actorText(actor) },
    { key: 'subject', header: 'About', cell: ({ subject }) => <Subject subject={subject} filter={filter} /> },
    { key: 'at', header: 'Time', fit: true, cell: ({ at }) => <RelativeTime instant={at} form="both" /> },
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

function NoEntries({ filtered }: { readonly filtered: boolean }): JSX.Element {
  return filtered ? (
    <EmptyState icon="audit" title="No entries match">
      Choose another person or event, or clear the filters.
    </EmptyState>
  ) : (
    <EmptyState icon="audit" title="No entries yet">
      Entries appear here when people are invited or changed, and when a licence number is revealed.
    </EmptyState>
  );
}
