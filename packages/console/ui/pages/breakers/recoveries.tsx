import { Card, EmptyState } from '@dualbrake/kit';
import type { RecoveryFigures } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/page.tsx';
import { durationText, numberText } from '../../words/words.ts';

interface Recovery {
  readonly incident: number;
  readonly opened_at: string;
  readonly recover_ms: number;
  readonly drill: boolean;
}

/** Recovery times, in total and by incident. */
export function Recoveries({ id, recovery }: Readonly<{ id: string; recovery: RecoveryFigures }>) {
  const list = useResource<{ recoveries: readonly Recovery[] }>(`breakers/${encodeURIComponent(id)}/recoveries`);
  return (
    <Card title="Recoveries" flush>
      <div class="card-body">
        <Facts
          facts={[
            { name: 'Count', value: numberText(recovery.count) },
            { name: 'Mean', term: 'Mean time to recover', value: durationText(recovery.mean_ms) },
            { name: 'p95', value: durationText(recovery.p95_ms) },
            { name: 'Longest', value: durationText(recovery.longest_ms) },
            { name: 'Flaps', value: numberText(recovery.flaps) },
          ]}
        />
      </div>
      <Loaded resource={list} what="the recoveries">
        {({ recoveries }) => (
          <DataTable
            caption="Recoveries, newest first"
            empty={
              <EmptyState icon="clock" title="No recoveries yet">
                Recoveries appear here once an incident is resolved.
              </EmptyState>
            }
            rows={recoveries.slice(0, 10)}
            rowKey={({ incident }) => String(incident)}
            columns={(col) => [
              col.link('Incident', ({ incident, drill }) => ({
                path: ['incidents', incident],
                text: `Incident ${incident}`,
                note: drill ? 'drill, not counted' : '',
              })),
              col.time('Opened', ({ opened_at: at }) => at),
              col.number('Time to recover', ({ recover_ms: ms }) => durationText(ms)),
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
