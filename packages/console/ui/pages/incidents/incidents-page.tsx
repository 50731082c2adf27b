import { Card, EmptyState, Segments, StatusMark, Table } from '@dualbrake/kit';
import type { IncidentView } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf, place, setQuery } from '../../live/router.ts';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { Time } from '../../parts/time.tsx';
import { incidentLook, timeTo } from './incident-words.ts';

/** All incidents, newest first. */
export function IncidentsPage() {
  const state = place.value.query.get('state') === 'open' ? 'open' : 'all';
  const incidents = useResource<{ incidents: readonly IncidentView[]; next_cursor: string | null }>(
    state === 'open' ? 'incidents?state=open&limit=100' : 'incidents?limit=100',
  );
  return (
    <Page
      title="Incidents"
      description="An incident begins when a breaker opens, includes what fails with it, and ends when everything has stayed closed for a minute."
      actions={
        <Segments
          label="Which incidents"
          value={state}
          options={[
            { value: 'all', label: 'All' },
            { value: 'open', label: 'Not resolved' },
          ]}
          onChange={(next) => setQuery({ state: next === 'open' ? 'open' : undefined })}
        />
      }
    >
      <Loaded resource={incidents} what="the incidents">
        {({ incidents: found, next_cursor: more }) =>
          found.length === 0 ? (
            <EmptyState icon="check" title={state === 'open' ? 'No open incidents' : 'No incidents yet'}>
              {state === 'open'
                ? 'All incidents are resolved.'
                : 'When a breaker opens, this page records what failed first, what followed and who did what.'}
            </EmptyState>
          ) : (
            <Card
              title={
                more === null
                  ? `${found.length} incident${found.length === 1 ? '' : 's'}`
                  : `The last ${found.length} incidents`
              }
              actions={<AsOf resource={incidents} />}
              flush
            >
              <Table
                caption="Incidents, newest first"
                hover
                rows={found}
                rowKey={({ number }) => String(number)}
                columns={[
                  {
                    key: 'title',
                    header: 'Incident',
                    cell: ({ number, title, drill, severity }) => (
                      <>
                        <a class="row-link" href={hrefOf(['incidents', number])} data-row>
                          {`${number} · ${title}`}
                        </a>
                        {(drill || severity === 'major') && (
                          <span class="row-note">
                            {[severity === 'major' && 'major', drill && 'drill'].filter(Boolean).join(', ')}
                          </span>
                        )}
                      </>
                    ),
                  },
                  {
                    key: 'state',
                    header: 'State',
                    cell: (incident) => {
                      const { word, shape, tone } = incidentLook(incident);
                      return (
                        <StatusMark shape={shape} tone={tone}>
                          {word}
                        </StatusMark>
                      );
                    },
                  },
                  { key: 'opened', header: 'Opened', cell: ({ opened_at: at }) => <Time instant={at} form="both" /> },
                  {
                    key: 'members',
                    header: 'Breakers',
                    align: 'end',
                    cell: ({ members }) => <span class="numbers">{members.length}</span>,
                  },
                  {
                    key: 'recover',
                    header: 'Time to recover',
                    align: 'end',
                    cell: ({ recover_ms: ms, state: is }) => <span class="numbers">{timeTo(ms, is, '—')}</span>,
                  },
                  {
                    key: 'by',
                    header: 'Acknowledged by',
                    cell: ({ acknowledged_by: by }) => by ?? '—',
                    isEmpty: ({ acknowledged_by: by }) => by === null,
                  },
                ]}
              />
            </Card>
          )
        }
      </Loaded>
      <p class="status-detail">
        <Term term="incident">What counts as an incident</Term> ·{' '}
        <Term term="time-to-recover">How times are measured</Term>
      </p>
    </Page>
  );
}
