import './map.css';
import { Card, EmptyState, Segments, StatusMark, Table } from '@dualbrake/kit';
import type { PageProps } from '../../page-props.ts';
import { useConsole } from '../../live/context.ts';
import { hrefOf, place, setQuery } from '../../live/router.ts';
import { NoReport, Page } from '../../parts/page.tsx';
import { breakerLook } from '../../words/words.ts';
import { MapDrawing } from './map-drawing.tsx';
import { graphOf } from './map-graph.ts';

/** What depends on what, as a drawing and as a table. On a phone the table comes first. */
export function MapPage(_props: PageProps) {
  const report = useConsole().live.report.value;
  const wanted = place.value.query.get('as');
  const as = wanted === 'table' || wanted === 'drawing' ? wanted : innerWidth < 700 ? 'table' : 'drawing';
  return (
    <Page
      title="Map"
      description="What depends on what. Bold dashed lines start at something that is blocked or down."
      actions={
        <Segments
          label="Show the map as"
          value={as}
          options={[
            { value: 'drawing', label: 'Drawing' },
            { value: 'table', label: 'Table' },
          ]}
          onChange={(next) => setQuery({ as: next })}
        />
      }
    >
      {report === undefined ? (
        <NoReport />
      ) : report.breakers.length + report.services.length === 0 ? (
        <EmptyState icon="map" title="Nothing to draw yet">
          Breakers and services appear here as soon as the application has created them.
        </EmptyState>
      ) : as === 'drawing' ? (
        <MapDrawing graph={graphOf(report)} />
      ) : (
        <Card title="Breakers, their dependencies and dependants" flush>
          <Table
            caption="Breakers, their dependencies and dependants"
            rows={report.breakers}
            rowKey={({ id }) => id}
            columns={[
              {
                key: 'name',
                header: 'Breaker',
                cell: ({ id, name }) => (
                  <a class="row-link" href={hrefOf(['breakers', id])} data-row>
                    {name}
                  </a>
                ),
              },
              {
                key: 'state',
                header: 'State',
                cell: (breaker) => {
                  const { word, shape, tone } = breakerLook(breaker);
                  return (
                    <StatusMark shape={shape} tone={tone}>
                      {word}
                    </StatusMark>
                  );
                },
              },
              {
                key: 'needs',
                header: 'Needs',
                cell: ({ id }) => {
                  const services = report.services.filter(({ dependants }) => dependants.includes(id));
                  return services.length === 0
                    ? '—'
                    : services.map(({ name, state }) => `${name} (${state})`).join(', ');
                },
              },
              {
                key: 'used',
                header: 'Used by',
                cell: ({ used_by: usedBy }) => (usedBy.length === 0 ? '—' : usedBy.join(', ')),
              },
              {
                key: 'neighbours',
                header: 'Fails together with',
                cell: ({ neighbours }) =>
                  neighbours.length === 0
                    ? '—'
                    : neighbours.map((each) => report.breakers.find(({ id }) => id === each)?.name ?? each).join(', '),
              },
            ]}
          />
        </Card>
      )}
    </Page>
  );
}
