import { Card, EmptyState, Table } from '@dualbrake/kit';
import type { RetryView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { durationText, numberText } from '../../words/words.ts';

/** What retries cost and what they save. */
export function RetryPressure({ retries }: { readonly retries: readonly RetryView[] }) {
  return (
    <Card title="Retries" actions={<a href={hrefOf(['retries'])}>All retries</a>} flush>
      {retries.length === 0 ? (
        <EmptyState icon="refresh" title="No retries">
          No pipeline of the application retries.
        </EmptyState>
      ) : (
        <Table
          caption="Retries by pipeline"
          rows={retries}
          rowKey={({ id }) => id}
          columns={[
            {
              key: 'pipeline',
              header: 'Pipeline',
              cell: ({ id, pipeline, strategy }) => (
                <>
                  <a class="row-link" href={hrefOf(['retries', id])}>
                    {pipeline}
                  </a>{' '}
                  <span class="muted">{strategy}</span>
                </>
              ),
            },
            { key: 'calls', header: 'Calls', align: 'end', cell: counted(({ calls }) => calls) },
            {
              key: 'amplification',
              header: 'Attempts per call',
              align: 'end',
              cell: ({ attempts, calls }) => (
                <span class="numbers">{calls === 0 ? '—' : (attempts / calls).toFixed(2)}</span>
              ),
            },
            {
              key: 'saved',
              header: 'Saved by retries',
              align: 'end',
              cell: counted(({ succeeded_after_retry: saved }) => saved),
            },
            {
              key: 'delay',
              header: 'Average delay',
              align: 'end',
              cell: ({ average_delay_ms: delay }) => <span class="numbers">{durationText(delay)}</span>,
            },
          ]}
        />
      )}
    </Card>
  );
}

/** Before the first call nothing has been counted: that is a dash, not 0. */
function counted(pick: (retry: RetryView) => number) {
  return (retry: RetryView) => <span class="numbers">{numberText(retry.calls === 0 ? null : pick(retry))}</span>;
}
