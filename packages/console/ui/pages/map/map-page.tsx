import './map.css';
import { Card, EmptyState } from '@dualbrake/kit';
import type { OverviewView } from '../../../src/contract.ts';
import { queryChoice } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { SegmentFilter } from '../../parts/filters.tsx';
import { ReportPage } from '../../parts/page.tsx';
import { breakerName, breakerStatus } from '../../words/words.ts';
import { MapDrawing } from './map-drawing.tsx';
import { graphOf } from './map-graph.ts';

const views = { drawing: 'Drawing', table: 'Table' };

/** Dependencies as a drawing or a table; the table is the default on a phone. */
export function MapPage() {
  const fallback = innerWidth < 700 ? 'table' : 'drawing';
  const view = queryChoice('as', views) || fallback;
  return (
    <ReportPage
      title="Map"
      description="Services, breakers and pipelines with their dependencies. A bold dashed line starts at a blocked breaker or a failing service."
      actions={<SegmentFilter name="as" label="View" options={views} fallback={fallback} />}
    >
      {(report) =>
        report.breakers.length + report.services.length === 0 ? (
          <EmptyState icon="map" title="Nothing to show yet">
            Breakers and services appear here once the application has created them.
          </EmptyState>
        ) : view === 'drawing' ? (
          <Card title="Services, breakers and pipelines">
            <MapDrawing graph={graphOf(report)} />
          </Card>
        ) : (
          <MapTable report={report} />
        )
      }
    </ReportPage>
  );
}

function MapTable({ report: { breakers, services } }: Readonly<{ report: OverviewView }>) {
  return (
    <Card title="Breakers, their dependencies and dependants" flush>
      <DataTable
        caption="Breakers, their dependencies and dependants"
        rows={breakers}
        rowKey={({ id }) => id}
        columns={(col) => [
          col.link('Breaker', ({ id, name }) => ({ path: ['breakers', id], text: name })),
          col.status('State', breakerStatus),
          col.of('Depends on', ({ id }) =>
            list(
              services
                .filter(({ dependants }) => dependants.includes(id))
                .map(({ name, state }) => `${name} (${state})`),
            ),
          ),
          col.of('Used by', ({ used_by: usedBy }) => list(usedBy)),
          col.of('Fails together with', ({ neighbours }) =>
            list(neighbours.map((id) => breakerName({ breakers }, id))),
          ),
        ]}
      />
    </Card>
  );
}

function list(names: readonly string[]): string {
  return names.join(', ') || '—';
}
