import { Card, EmptyState, Table } from '@dualbrake/kit';
import type { RecoveryFigures } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import { durationText, numberText } from '../../words/words.ts';

interface Recovery {
  readonly incident: number;
  readonly opened_at: string;
  readonly closed_at: string;
  readonly recover_ms: number;
  readonly flaps: number;
  readonly drill: boolean;
}

/** How long it took to recover, incident by incident. Never a mean alone. */
export function Recoveries({ id, recovery }: { readonly id: string; readonly recovery: RecoveryFigures }) {
  const list = useResource<{ recoveries: readonly Recovery[] }>(`breakers/${encodeURIComponent(id)}/recoveries`);
  return (
    <Card title="Recoveries" flush>
      <div class="card-body">
        <Facts
          facts={[
            { name: 'Count', value: numberText(recovery.count) },
            { name: 'Mean', term: 'mttr', value: durationText(recovery.mean_ms) },
            { name: 'p95', value: durationText(recovery.p95_ms) },
            { name: 'Longest', value: durationText(recovery.longest_ms) },
            { name: 'Flaps', term: 'flaps', value: numberText(recovery.flaps) },
          ]}
        />
      </div>
      <Loaded resource={list} what="the recoveries">
        {({ recoveries }) =>
          recoveries.length === 0 ? (
            <EmptyState icon="clock" title="None yet">
              Recoveries appear here when an incident is over.
            </EmptyState>
          ) : (
            <Table
              caption="Recoveries, newest first"
              rows={recoveries.slice(0, 10)}
              rowKey={({ incident }) => String(incident)}
              columns={[
                {
                  key: 'incident',
                  header: 'Incident',
                  cell: ({ incident, drill }) => (
                    <>
                      <a class="row-link" href={hrefOf(['incidents', incident])}>{`Incident ${incident}`}</a>
                      {drill && <span class="row-note">drill, not counted</span>}
                    </>
                  ),
                },
                { key: 'opened', header: 'Opened', cell: ({ opened_at: at }) => <Time instant={at} /> },
                {
                  key: 'took',
                  header: 'Time to recover',
                  align: 'end',
                  cell: ({ recover_ms: ms }) => <span class="numbers">{durationText(ms)}</span>,
                },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
