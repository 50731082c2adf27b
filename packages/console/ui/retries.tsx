import { Card, Table } from '../kit/index.ts';
import type { RetryView } from '../src/contract.ts';
import { durationText, numberText } from './words.ts';

/** What retrying costs and what it saves. */
export function Retries({ retries }: { readonly retries: readonly RetryView[] }) {
  if (retries.length === 0) return null;
  return (
    <Card title="Retries" flush>
      <Table
        caption="Retries by pipeline"
        rows={retries}
        rowKey={({ id }) => id}
        columns={[
          { key: 'pipeline', header: 'Pipeline', cell: ({ pipeline, strategy }) => `${pipeline} (${strategy})` },
          { key: 'calls', header: 'Calls', align: 'end', cell: ({ calls }) => numberText(calls) },
          { key: 'retries', header: 'Tried again', align: 'end', cell: ({ retries: again }) => numberText(again) },
          {
            key: 'saved',
            header: 'Saved',
            align: 'end',
            cell: ({ succeeded_after_retry: saved }) => numberText(saved),
          },
          {
            key: 'delay',
            header: 'Average wait',
            align: 'end',
            cell: ({ average_delay_ms: delay }) => durationText(delay),
          },
          { key: 'gave-up', header: 'Gave up', cell: ({ gave_up: gaveUp }) => reasons(gaveUp) },
        ]}
      />
    </Card>
  );
}

function reasons(gaveUp: RetryView['gave_up']): string {
  const parts = Object.entries(gaveUp).map(([reason, count]) => `${reason.replaceAll('-', ' ')} ${count}`);
  return parts.length === 0 ? '—' : parts.join(', ');
}
