import { Card, EmptyState, Table } from '../kit/index.ts';
import type { RetryView } from '../src/contract.ts';
import { durationText, numberText } from './words.ts';

/** What retrying costs and what it saves. */
export function Retries({ retries }: { readonly retries: readonly RetryView[] }) {
  return (
    <Card title="Retries" flush>
      {retries.length === 0 ? (
        <EmptyState icon="refresh" title="No retries">
          No pipeline of the application tries again.
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
              cell: ({ pipeline, strategy }) => (
                <>
                  <span class="retry-name">{pipeline}</span> <span class="muted">{strategy}</span>
                </>
              ),
            },
            { key: 'calls', header: 'Calls', align: 'end', cell: counted(({ calls }) => calls) },
            { key: 'attempts', header: 'Attempts', align: 'end', cell: counted(({ attempts }) => attempts) },
            {
              key: 'saved',
              header: 'Saved by retry',
              align: 'end',
              cell: counted(({ succeeded_after_retry: saved }) => saved),
            },
            {
              key: 'delay',
              header: 'Average wait',
              align: 'end',
              cell: ({ average_delay_ms: delay }) => <span class="numbers">{durationText(delay)}</span>,
            },
            { key: 'gave-up', header: 'Gave up', cell: ({ gave_up: gaveUp }) => reasons(gaveUp) },
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

function reasons(gaveUp: RetryView['gave_up']): string {
  const parts = Object.entries(gaveUp).filter(([, count]) => count > 0);
  return parts.length === 0
    ? '—'
    : parts.map(([reason, count]) => `${numberText(count)} ${reason.replaceAll('-', ' ')}`).join(', ');
}
