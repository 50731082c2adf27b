import './audit.css';
import { useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState, LinkButton, SearchField, SelectField, StatusMark } from '@dualbrake/kit';
import type { AuditPageView, AuditVerification } from '../../../src/contract.ts';
import type { PageProps } from '../../page-props.ts';
import { ApiError } from '../../live/api.ts';
import { useConsole, useMay } from '../../live/context.ts';
import { useDebounced, useResource } from '../../live/resource.ts';
import { place, setQuery } from '../../live/router.ts';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { numberText } from '../../words/words.ts';
import { AuditTable } from './audit-table.tsx';

/** Who did what, when and why; and whether nobody has changed what is written. */
export function AuditPage(_props: PageProps) {
  const { api, live } = useConsole();
  const mayAll = useMay('audit:read');
  const mayOwn = useMay('audit:read-own');
  const { query } = place.value;
  const target = query.get('target') ?? '';
  const action = query.get('action') ?? '';
  const [more, setMore] = useState(1);
  const settled = useDebounced(target, 250);
  const path = new URLSearchParams({
    limit: String(100 * more),
    ...(settled !== '' && { target: settled }),
    ...(action !== '' && { action }),
  });
  const may = mayAll || mayOwn;
  const records = useResource<AuditPageView>(may ? `audit?${path}` : undefined);
  return (
    <Page
      title="Audit"
      description={
        mayAll
          ? 'Every action: who requested it, why, and its outcome. The log is tamper-evident.'
          : 'Your own actions. Auditors and admins see everyone’s.'
      }
      actions={
        mayAll && (
          <>
            <LinkButton icon="download" href={api.url('audit/export?format=csv')} download="audit.csv">
              CSV
            </LinkButton>
            <LinkButton icon="download" href={api.url('audit/export?format=ndjson')} download="audit.ndjson">
              NDJSON
            </LinkButton>
          </>
        )
      }
    >
      {live.session.value !== undefined && !may ? (
        <EmptyState icon="eye-off" title="You don’t have access">
          {live.session.value.denials['audit:read-own']}
        </EmptyState>
      ) : (
        <>
          {mayAll && <Verification />}
          <div class="filter-bar">
            <SearchField
              label="Search by target"
              placeholder="Breaker, service, …"
              value={target}
              onInput={(next) => setQuery({ target: next })}
            />
            <SelectField
              label="Action"
              value={action}
              options={actionChoices}
              onChange={(next) => setQuery({ action: next })}
            />
          </div>
          <Loaded resource={records} what="the audit log">
            {({ records: found, names, role_names: roleNames, next_cursor: next }) =>
              found.length === 0 ? (
                <EmptyState
                  icon="audit"
                  title={target === '' && action === '' ? 'No entries yet' : 'No matching entries'}
                  actions={
                    (target !== '' || action !== '') && (
                      <Button onClick={() => setQuery({ target: '', action: '' })}>Clear filters</Button>
                    )
                  }
                >
                  {target === '' && action === ''
                    ? 'Actions appear here with their reason.'
                    : `No entry matches ${[target && `“${target}”`, action].filter(Boolean).join(', ')}.`}
                </EmptyState>
              ) : (
                <Card
                  title={`${next === null ? '' : 'Last '}${numberText(found.length)} ${found.length === 1 ? 'entry' : 'entries'}`}
                  actions={<AsOf resource={records} />}
                  flush
                >
                  <AuditTable records={found} names={names} roleNames={roleNames} />
                  {next !== null && more < 5 && (
                    <div class="timeline-more">
                      <Button size="small" variant="quiet" onClick={() => setMore(more + 1)}>
                        Show 100 more
                      </Button>
                    </div>
                  )}
                  {next !== null && more >= 5 && (
                    <p class="status-detail card-body">Older entries are in the export.</p>
                  )}
                </Card>
              )
            }
          </Loaded>
        </>
      )}
    </Page>
  );
}

const actionChoices = [
  { value: '', label: 'All' },
  { value: 'breaker.', label: 'Breakers' },
  { value: 'service.', label: 'Services' },
  { value: 'config.', label: 'Settings' },
  { value: 'incident.', label: 'Incidents' },
  { value: 'fault.', label: 'Drills' },
  { value: 'console.', label: 'Sign-ins by token' },
];

/** Whether the chain is whole, asked for by hand: it reads every line. */
function Verification() {
  const { api } = useConsole();
  const [state, setState] = useState<{ busy?: boolean; found?: AuditVerification; problem?: string }>({});
  const verify = async (): Promise<void> => {
    setState({ busy: true });
    try {
      setState({ found: await api.get<AuditVerification>('audit/verify') });
    } catch (error) {
      setState({ problem: error instanceof ApiError ? error.message : 'The log could not be verified.' });
    }
  };
  const { busy = false, found, problem } = state;
  return (
    <section class="audit-chain" aria-label="Verification">
      <Button busy={busy} onClick={() => void verify()}>
        Verify log
      </Button>
      <div role="status">
        {found === undefined && problem === undefined && (
          <p class="muted">Checks every entry against the hash of the one before.</p>
        )}
        {found !== undefined && (
          <>
            <StatusMark shape={found.valid ? 'check' : 'triangle'} tone={found.valid ? 'success' : 'danger'}>
              {found.valid
                ? `Intact: ${numberText(found.records)} entries`
                : `Entry ${found.first_bad ?? '?'} was changed`}
            </StatusMark>
            <p class="status-detail">
              {found.text}
              {found.head !== null && (
                <>
                  {' '}
                  Head: <code>{`${found.head.seq} ${found.head.hash.slice(0, 16)}`}</code>
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
