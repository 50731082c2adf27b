import { useState } from 'preact/hooks';
import { Button } from '@dualbrake/kit';
import type { FunnelView } from '../../../src/contract.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Figures } from '../../parts/facts.tsx';
import { Term } from '../../parts/term.tsx';
import { numberText, shareText } from '../../words/words.ts';
import { endingLabels, funnelSentence, rowSentence } from './funnel-words.ts';

type Row = FunnelView['rows'][number];

const bars: readonly (readonly [kind: string, label: string, count: (row: Row) => number])[] = [
  ['succeeded', 'succeeded', ({ succeeded }) => succeeded],
  ['retryable', 'failed, retryable', ({ retryable }) => retryable],
  ['final', 'failed, not retried', (row) => row.not_retryable + row.abandoned],
];

/** Outcomes of operations, attempt by attempt, as bars or as a table. */
export function Funnel({ funnel }: Readonly<{ funnel: FunnelView }>) {
  const [asTable, setAsTable] = useState(false);
  const { rows, operations, in_flight: inFlight, in_flight_before: before, endings } = funnel;
  const most = Math.max(1, ...rows.map(({ started }) => started));
  return (
    <div class="funnel stack">
      {asTable ? (
        <FunnelTable rows={rows} />
      ) : (
        <>
          <ol class="funnel-rows stack" aria-label={funnelSentence(funnel)}>
            {rows.map((row) => (
              <li key={row.attempt}>
                <span class="row-link">
                  <Term term="Attempt">Attempt</Term> {row.attempt}
                </span>
                <span class="funnel-bar" aria-hidden="true">
                  {bars.map(([kind, , count]) => (
                    <Bar key={kind} kind={kind} size={count(row) / most} />
                  ))}
                </span>
                <span class="funnel-words muted">{rowSentence(row)}</span>
              </li>
            ))}
          </ol>
          <ul class="row status-detail funnel-legend" aria-label="Legend of the bars">
            {bars.map(([kind, label]) => (
              <li key={kind}>
                <span class={`funnel-${kind}`} aria-hidden="true" />
                {label}
              </li>
            ))}
          </ul>
        </>
      )}
      <Figures
        figures={[
          ...endingLabels
            .filter(([name]) => endings[name] > 0 || ['first_try', 'after_retry', 'exhausted'].includes(name))
            .map(([name, label, term]) => ({
              name: label,
              term,
              value: numberText(endings[name]),
              note: shareText(endings[name], operations + before),
            })),
          {
            name: 'In flight',
            value: numberText(inFlight),
            note: before > 0 && `${numberText(before)} started earlier`,
          },
        ]}
      />
      <div class="button-row">
        <Button size="small" variant="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as bars' : 'Show as a table'}
        </Button>
      </div>
    </div>
  );
}

function Bar({ size, kind }: Readonly<{ size: number; kind: string }>) {
  if (size === 0) return null;
  // Even one in thousands must be visible.
  return <span class={`funnel-${kind}`} style={{ width: `${Math.max(0.4, size * 100)}%` }} />;
}

function FunnelTable({ rows }: Readonly<{ rows: readonly Row[] }>) {
  return (
    <DataTable
      caption="Attempts and their outcomes"
      rows={rows}
      rowKey={({ attempt }) => attempt}
      columns={(col) => [
        col.of('Attempt', ({ attempt }) => attempt),
        col.number('Started', ({ started }) => numberText(started)),
        col.number('Succeeded', ({ succeeded }) => numberText(succeeded)),
        col.number('Final error', (row) => numberText(row.not_retryable)),
        col.number('Retryable', ({ retryable }) => numberText(retryable)),
        col.number('No attempts left', ({ exhausted }) => numberText(exhausted)),
        col.number('Denied', (row) => numberText(row.denied_budget + row.denied_deadline + row.denied_breaker)),
        col.number('Running or waiting', ({ running, waiting }) => numberText(running + waiting)),
      ]}
    />
  );
}
