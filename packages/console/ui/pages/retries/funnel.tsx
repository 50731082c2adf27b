import { useState } from 'preact/hooks';
import { Button, Table } from '../../../kit/index.ts';
import type { FunnelView } from '../../../src/contract.ts';
import { Term } from '../../parts/term.tsx';
import { numberText, shareText } from '../../words/words.ts';
import { endingWords, funnelSentence, rowSentence } from './funnel-words.ts';

/** What became of the operations, attempt by attempt; the same as a table. */
export function Funnel({ funnel }: { readonly funnel: FunnelView }) {
  const [asTable, setAsTable] = useState(false);
  const { rows, operations, in_flight: inFlight, in_flight_before: before, endings } = funnel;
  const most = Math.max(1, ...rows.map(({ started }) => started));
  return (
    <div class="funnel">
      {asTable ? (
        <FunnelTable rows={rows} />
      ) : (
        <>
          <ol class="funnel-rows" aria-label={funnelSentence(funnel)}>
            {rows.map((row) => (
              <li key={row.attempt}>
                <span class="funnel-name">
                  <Term term="attempt">Attempt</Term> {row.attempt}
                </span>
                <svg class="funnel-bar" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
                  <Bar from={0} size={row.succeeded / most} kind="succeeded" />
                  <Bar from={row.succeeded / most} size={row.retryable / most} kind="retryable" />
                  <Bar
                    from={(row.succeeded + row.retryable) / most}
                    size={(row.not_retryable + row.abandoned) / most}
                    kind="final"
                  />
                </svg>
                <span class="funnel-words">{rowSentence(row)}</span>
              </li>
            ))}
          </ol>
          <ul class="funnel-legend" aria-label="What the bars mean">
            <li>
              <svg viewBox="0 0 12 12" aria-hidden="true">
                <rect class="funnel-succeeded" width="12" height="12" />
              </svg>
              succeeded
            </li>
            <li>
              <svg viewBox="0 0 12 12" aria-hidden="true">
                <rect class="funnel-retryable" width="12" height="12" />
                <path class="funnel-hatch" d="M0 12 12 0" />
              </svg>
              failed, may be tried again
            </li>
            <li>
              <svg viewBox="0 0 12 12" aria-hidden="true">
                <rect class="funnel-final" width="12" height="12" />
              </svg>
              failed for good
            </li>
          </ul>
        </>
      )}
      <dl class="funnel-endings">
        {endingWords
          .filter(
            ([name]) => endings[name] > 0 || name === 'first_try' || name === 'after_retry' || name === 'exhausted',
          )
          .map(([name, word, term]) => (
            <div key={name}>
              <dt>
                <Term term={term}>{word}</Term>
              </dt>
              <dd class="numbers">
                {numberText(endings[name])} <span class="muted">{shareText(endings[name], operations + before)}</span>
              </dd>
            </div>
          ))}
        <div>
          <dt>In flight</dt>
          <dd class="numbers">
            {numberText(inFlight)}
            {before > 0 && <span class="muted"> {numberText(before)} from before</span>}
          </dd>
        </div>
      </dl>
      <div class="button-row">
        <Button size="small" variant="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as bars' : 'Show as a table'}
        </Button>
      </div>
    </div>
  );
}

function Bar({ from, size, kind }: { readonly from: number; readonly size: number; readonly kind: string }) {
  if (size === 0) return null;
  // A single one among thousands must be seen, too.
  return <rect class={`funnel-${kind}`} x={from * 100} width={Math.max(0.4, size * 100)} height="14" />;
}

function FunnelTable({ rows }: { readonly rows: FunnelView['rows'] }) {
  return (
    <Table
      caption="Attempts and what they came to"
      rows={rows}
      rowKey={({ attempt }) => attempt}
      columns={[
        { key: 'attempt', header: 'Attempt', cell: ({ attempt }) => attempt },
        { key: 'started', header: 'Started', align: 'end', cell: ({ started }) => number(started) },
        { key: 'ok', header: 'Succeeded', align: 'end', cell: ({ succeeded }) => number(succeeded) },
        { key: 'final', header: 'Final error', align: 'end', cell: (row) => number(row.not_retryable) },
        { key: 'retryable', header: 'Retryable', align: 'end', cell: ({ retryable }) => number(retryable) },
        { key: 'exhausted', header: 'No attempt left', align: 'end', cell: ({ exhausted }) => number(exhausted) },
        {
          key: 'denied',
          header: 'Denied',
          align: 'end',
          cell: (row) => number(row.denied_budget + row.denied_deadline + row.denied_breaker),
        },
        { key: 'flight', header: 'Running or waiting', align: 'end', cell: (row) => number(row.running + row.waiting) },
      ]}
    />
  );
}

function number(value: number) {
  return <span class="numbers">{numberText(value)}</span>;
}
