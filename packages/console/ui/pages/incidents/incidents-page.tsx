import './incidents.css';
import { Card, EmptyState } from '@dualbrake/kit';
import type { IncidentView } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { queryChoice } from '../../live/router.ts';
import type { PageProps } from '../../pages.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { SegmentFilter } from '../../parts/filters.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { countText } from '../../words/words.ts';
import { IncidentPage } from './incident-page.tsx';
import { incidentStatus, timeTo } from './incident-words.ts';

export function IncidentsPage({ rest: [number] }: PageProps) {
  return number === undefined ? <IncidentList /> : <IncidentPage number={number} />;
}

const states = { '': 'All', open: 'Not resolved' };

function IncidentList() {
  const isOpenOnly = queryChoice('state', states) === 'open';
  const incidents = useResource<{ incidents: readonly IncidentView[]; next_cursor: string | null }>(
    `incidents?${isOpenOnly ? 'state=open&' : ''}limit=100`,
  );
  return (
    <Page
      title="Incidents"
      description="An incident begins when a breaker opens, includes what fails with it, and ends when everything has stayed closed for a minute."
      actions={<SegmentFilter name="state" label="Incidents to show" options={states} />}
    >
      <Loaded resource={incidents} what="the incidents">
        {({ incidents: found, next_cursor: next }) => (
          <Card
            title={next === null ? countText(found.length, 'incident') : `The last ${found.length} incidents`}
            actions={<AsOf resource={incidents} />}
            flush
          >
            <DataTable
              caption="Incidents, newest first"
              empty={
                <EmptyState icon="check" title={isOpenOnly ? 'No open incidents' : 'No incidents yet'}>
                  {isOpenOnly
                    ? 'All incidents are resolved.'
                    : 'When a breaker opens, the first failure, its consequences and all actions are recorded here.'}
                </EmptyState>
              }
              hover
              rows={found}
              rowKey={({ number }) => String(number)}
              columns={(col) => [
                col.link('Incident', ({ number, title, drill, severity }) => ({
                  path: ['incidents', number],
                  text: `${number} · ${title}`,
                  note: [severity === 'major' && 'major', drill && 'drill'].filter(Boolean).join(', '),
                })),
                col.status('State', incidentStatus),
                col.time('Opened', ({ opened_at: at }) => at, 'both'),
                col.number('Breakers', ({ members }) => members.length),
                col.number('Time to recover', ({ recover_ms: ms, state }) => timeTo(ms, state, '—')),
                col.of('Acknowledged by', ({ acknowledged_by: by }) => by ?? '—', {
                  isEmpty: ({ acknowledged_by: by }) => by === null,
                }),
              ]}
            />
          </Card>
        )}
      </Loaded>
      <p class="status-detail">
        <Term term="Incident">Definition of an incident</Term> ·{' '}
        <Term term="Time to recover">How times are measured</Term>
      </p>
    </Page>
  );
}
