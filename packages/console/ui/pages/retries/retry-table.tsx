import { EmptyState, Table, type Column } from '@dualbrake/kit';
import type { RetryView } from '../../../src/contract.ts';
import { columnsOf } from '../../parts/data-table.tsx';
import { durationText, numberText } from '../../words/words.ts';

const col = columnsOf<RetryView>();

/** A dash before the first call: nothing has been counted yet. */
function countColumn(header: string, count: (retry: RetryView) => number): Column<RetryView> {
  return col.number(header, (retry) => numberText(retry.calls === 0 ? null : count(retry)));
}

const columns: readonly Column<RetryView>[] = [
  col.link('Pipeline', ({ id, pipeline, strategy }) => ({ path: ['retries', id], text: pipeline, note: strategy })),
  countColumn('Operations', ({ calls }) => calls),
  col.number('Attempts per operation', ({ calls, attempts }) => (calls === 0 ? '—' : (attempts / calls).toFixed(2))),
  countColumn('Saved by retries', ({ succeeded_after_retry: saved }) => saved),
  countColumn('Gave up', ({ gave_up: gaveUp }) => Object.values(gaveUp).reduce((sum, count) => sum + count, 0)),
  col.number('Average delay', ({ average_delay_ms: delay }) => durationText(delay)),
];

/** The retries of each pipeline, with their benefit and cost. */
export function RetryTable({ retries, brief = false }: Readonly<{ retries: readonly RetryView[]; brief?: boolean }>) {
  if (retries.length === 0) {
    return (
      <EmptyState icon="refresh" title="No retries">
        None of the application’s pipelines retries. Add retry() in front of a breaker and it appears here.
      </EmptyState>
    );
  }
  return (
    <Table
      caption="Retries by pipeline, since the start"
      hover={!brief}
      rows={retries}
      rowKey={({ id }) => id}
      columns={brief ? columns.filter(({ header }) => header !== 'Gave up') : columns}
    />
  );
}
