import './audit.css';
import { useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState, LinkButton } from '@dualbrake/kit';
import type { AuditPageView, AuditVerification } from '../../../src/contract.ts';
import { ApiError } from '../../live/api.ts';
import { useConsole } from '../../live/context.ts';
import { useDebounced, useResource } from '../../live/resource.ts';
import { queryChoice, route, setQuery } from '../../live/router.ts';
import { SearchFilter, SelectFilter } from '../../parts/filters.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { StateMark } from '../../parts/status.tsx';
import { countText, numberText } from '../../words/words.ts';
import { AuditTable } from './audit-table.tsx';

const actionFilters = ['', 'breaker.', 'service.', 'config.', 'incident.', 'fault.', 'console.'] as const;
const actionLabels = ['All', 'Breakers', 'Services', 'Settings', 'Incidents', 'Drills', 'Sign-ins by token'] as const;
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
      <div class="filter-bar">
        <SearchFilter name="target" label="Search by target" placeholder="Breaker, service, …" />
        <SelectFilter
          name="action"
          label="Action"
          options={actionFilters.map((value, index) => ({ value, label: actionLabels[index] ?? value }))}
        />
      </div>
      <Loaded resource={records} what="the audit log">
        {({ records: found, names, role_names: roleNames, next_cursor: next }) =>
          found.length === 0 ? (
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
              title={`${next === null ? '' : 'Last '}${countText(found.length, 'entry', 'entries')}`}
              actions={<AsOf resource={records} />}
              flush
            >
              <AuditTable records={found} names={names} roleNames={roleNames} />
              {next !== null && limit < ENTRIES_MAX && (
                <div class="timeline-more">
                  <Button size="small" variant="quiet" onClick={() => setLimit(limit + PAGE_ENTRIES)}>
                    Show {PAGE_ENTRIES} more
                  </Button>
                </div>
              )}
              {next !== null && limit >= ENTRIES_MAX && (
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
  const [{ busy = false, result, problem }, setState] = useState<{
    busy?: boolean;
    result?: AuditVerification;
    problem?: string;
  }>({});
  const verify = async (): Promise<void> => {
    setState({ busy: true });
    try {
      setState({ result: await api.get<AuditVerification>('audit/verify') });
    } catch (error) {
      setState({ problem: error instanceof ApiError ? error.message : 'The log couldn’t be verified. Try again.' });
    }
  };
  return (
    <section class="button-row" aria-label="Verification">
      <Button busy={busy} onClick={() => void verify()}>
        Verify log
      </Button>
      <div role="status">
        {result === undefined && problem === undefined && (
          <p class="muted">Checks every entry against the hash of the previous one.</p>
        )}
        {result !== undefined && (
          <>
            {result.valid ? (
              <StateMark status={{ shape: 'check', tone: 'success' }}>
                Intact: {numberText(result.records)} entries
              </StateMark>
            ) : (
              <StateMark status={{ shape: 'triangle', tone: 'danger' }}>
                Entry {result.first_bad ?? '?'} was changed
              </StateMark>
            )}
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
