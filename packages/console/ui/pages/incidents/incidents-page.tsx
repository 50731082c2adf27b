import { Card, EmptyState, Segments, StatusMark, Table } from '../../../kit/index.ts';
import type { IncidentView } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf, place, setQuery } from '../../live/router.ts';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { Time } from '../../parts/time.tsx';
import { durationText } from '../../words/words.ts';
import { incidentLook } from './incident-words.ts';

/** What went wrong, newest first. */
export function IncidentsPage() {
  const state = place.value.query.get('state') === 'open' ? 'open' : 'all';
  const incidents = useResource<{ incidents: readonly IncidentView[]; next_cursor: string | null }>(
    state === 'open' ? 'incidents?state=open&limit=100' : 'incidents?limit=100',
  );
  return (
    <Page
      title="Incidents"
      description="One begins when a breaker opens, takes in what fails with it, and ends when all has stayed closed for a minute."
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
            <EmptyState icon="check" title={state === 'open' ? 'None is open' : 'No incident yet'}>
              {state === 'open'
                ? 'Everything that went wrong is over.'
                : 'When a breaker opens, what happened is written down here: what failed first, what followed, who did what.'}
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
                    header: 'Recovered after',
                    align: 'end',
                    cell: ({ recover_ms: ms, state: is }) => (
                      <span class="numbers">
                        {ms === null ? (is === 'resolved' ? '—' : 'not yet') : durationText(ms)}
                      </span>
                    ),
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
        <Term term="incident">What counts as one</Term>, and <Term term="time-to-recover">how the times are taken</Term>
        .
      </p>
    </Page>
  );
}
