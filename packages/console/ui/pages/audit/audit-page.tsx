import { useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState, LinkButton } from '@dualbrake/kit';
import type { AuditPageView, AuditVerification } from '../../../src/contract.ts';
import { useConsole } from '../../live/context.ts';
import { useRequest } from '../../live/request.ts';
import { useDebounced, useResource } from '../../live/resource.ts';
import { queryChoice, route, setQuery } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { SearchFilter, SelectFilter } from '../../parts/filters.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { More } from '../../parts/show-all.tsx';
import { StateMark } from '../../parts/status.tsx';
import { countText, numberText } from '../../words/words.ts';
import { auditOutcomes, auditStatus, auditWhat, auditWho } from './audit-words.ts';

/** Labels by prefix of the action. */
const actionFilters = {
  '': 'All',
  'breaker.': 'Breakers',
  'service.': 'Services',
  'config.': 'Settings',
  'incident.': 'Incidents',
  'fault.': 'Drills',
  'console.': 'Sign-ins by token',
};
const PAGE_ENTRIES = 100;
const ENTRIES_MAX = 500;

/** Every action with its reason and outcome, and the verification of the log. */
export function AuditPage() {
  const { api, live } = useConsole();
  const session = live.session.value;
  const readsAll = session?.permissions.includes('audit:read') ?? false;
  const target = route.value.query.get('target') ?? '';
  const action = queryChoice('action', actionFilters);
  const [limit, setLimit] = useState(PAGE_ENTRIES);
  const settled = useDebounced(target, 250);
  const query = new URLSearchParams({
    limit: String(limit),
    ...(settled !== '' && { target: settled }),
    ...(action !== '' && { action }),
  });
  const records = useResource<AuditPageView>(session && `audit?${query}`);
  const filters = [target && `“${target}”`, action].filter(Boolean).join(', ');
  return (
    <Page
      title="Audit"
      description={
        readsAll
          ? 'Every action: who requested it, why, and its outcome. The log is tamper-evident.'
          : 'Your own actions. Admins see everyone’s.'
      }
      actions={
        readsAll &&
        ['csv', 'ndjson'].map((format) => (
          <LinkButton
            key={format}
            icon="download"
            href={api.url(`audit/export?format=${format}`)}
            download={`audit.${format}`}
          >
            {format.toUpperCase()}
          </LinkButton>
        ))
      }
    >
      {readsAll && <Verification />}
      <div class="filter-bar row">
        <SearchFilter name="target" label="Search by target" placeholder="Breaker, service, …" />
        <SelectFilter name="action" label="Action" options={actionFilters} />
      </div>
      <Loaded resource={records} what="the audit log">
        {(page) =>
          page.records.length === 0 ? (
            <EmptyState
              icon="audit"
              title={filters === '' ? 'No entries yet' : 'No matching entries'}
              actions={
                filters !== '' && <Button onClick={() => setQuery({ target: '', action: '' })}>Clear filters</Button>
              }
            >
              {filters === '' ? 'Actions appear here with their reason.' : `No entry matches ${filters}.`}
            </EmptyState>
          ) : (
            <Card
              title={`${page.next_cursor === null ? '' : 'Last '}${countText(page.records.length, 'entry', 'entries')}`}
              actions={<AsOf resource={records} />}
              flush
            >
              <AuditTable {...page} />
              {page.next_cursor !== null && limit < ENTRIES_MAX && (
                <More onClick={() => setLimit(limit + PAGE_ENTRIES)}>Show {PAGE_ENTRIES} more</More>
              )}
              {page.next_cursor !== null && limit >= ENTRIES_MAX && (
                <p class="status-detail card-body">Older entries are in the export.</p>
              )}
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Verifies the hash chain on request: it reads every entry. */
function Verification() {
  const { api } = useConsole();
  const { busy, problem, run } = useRequest();
  const [result, setResult] = useState<AuditVerification | undefined>();
  const verify = async (): Promise<void> => {
    setResult(undefined);
    setResult(await api.get('audit/verify'));
  };
  return (
    <section class="button-row" aria-label="Verification">
      <Button busy={busy} onClick={() => run(verify)}>
        Verify log
      </Button>
      <div role="status">
        {result === undefined && problem === undefined && (
          <p class="muted">Checks every entry against the hash of the previous one.</p>
        )}
        {result !== undefined && (
          <>
            <StateMark status={result.valid ? auditOutcomes.applied : auditOutcomes.failed}>
              {result.valid
                ? `Intact: ${numberText(result.records)} entries`
                : `Entry ${result.first_bad ?? '?'} was changed`}
            </StateMark>
            <p class="status-detail">
              {result.text}{' '}
              {result.head !== null && (
                <>
                  Head: <code>{`${result.head.seq} ${result.head.hash.slice(0, 16)}`}</code>
                </>
              )}
            </p>
          </>
        )}
        {problem !== undefined && (
          <Banner tone="danger" title="Not verified" role="alert">
            {problem}
          </Banner>
        )}
      </div>
    </section>
  );
}

/** Entries of the audit log, newest first; each opens to show all its fields. */
function AuditTable({ records, names, role_names: roleNames }: AuditPageView) {
  return (
    <DataTable
      caption="Audit log, newest first"
      rows={records}
      rowKey={({ seq }) => String(seq)}
      width={46}
      columns={(col) => [
        col.of('What', (record) => (
          <>
            <span class="row-link">{auditWhat(record)}</span>
            <span class="row-note">
              {record.target.type} {record.target.id}
            </span>
          </>
        )),
        col.status('Outcome', auditStatus),
        col.of('Who', (record) => {
          const { type, id, role } = record.actor;
          const isNamed = type === 'system' || type === 'unknown' || names[id] !== undefined;
          // The ID distinguishes users of the same name, and the export contains it.
          return (
            <span title={id}>
              {auditWho(record, names)}
              {role !== null && <span class="row-note">{roleNames[role] ?? role}</span>}
              {!isNamed && <span class="row-note">{id}</span>}
            </span>
          );
        }),
        col.of('Why', ({ reason }) => reason ?? '—', { isEmpty: ({ reason }) => reason === null }),
        col.time('When', ({ at }) => at, 'both'),
        col.of('Entry', (record) => (
          <details>
            <summary>
              {record.seq}
              <span class="visually-hidden">: all fields of this entry</span>
            </summary>
            <pre class="sunken">{JSON.stringify(record, undefined, 2)}</pre>
          </details>
        )),
      ]}
    />
  );
}
