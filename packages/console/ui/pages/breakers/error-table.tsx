import { EmptyState } from '@dualbrake/kit';
import type { ErrorView } from '../../../src/contract.ts';
import { DataTable, errorColumns, sampleColumn } from '../../parts/data-table.tsx';
import { numberText } from '../../words/words.ts';

/** Errors by class and type, the most frequent first, with links to samples in the logs. */
export function ErrorTable({ errors }: Readonly<{ errors: readonly ErrorView[] }>) {
  if (errors.length === 0) {
    return (
      <EmptyState icon="check" title="No errors since the start">
        Failed calls appear here by class and type.
      </EmptyState>
    );
  }
  return (
    <DataTable
      caption="Errors by class and type"
      rows={errors.toSorted((one, other) => other.count - one.count)}
      rowKey={({ class: name, type }) => `${name} ${type}`}
      columns={(col) => [
        ...errorColumns<ErrorView>(),
        col.number('Count', ({ count }) => numberText(count)),
        col.time('Last seen', ({ last_seen_at: at }) => at),
        sampleColumn(),
      ]}
    />
  );
}
