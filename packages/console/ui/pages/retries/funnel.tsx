import { useState } from 'preact/hooks';
import { Button, Table } from '@dualbrake/kit';
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
                <span class="funnel-bar" aria-hidden="true">
                  <Bar size={row.succeeded / most} kind="succeeded" />
                  <Bar size={row.retryable / most} kind="retryable" />
                  <Bar size={(row.not_retryable + row.abandoned) / most} kind="final" />
                </span>
                <span class="funnel-words">{rowSentence(row)}</span>
              </li>
            ))}
          </ol>
          <ul class="funnel-legend" aria-label="What the bars mean">
            <li>
              <span class="funnel-succeeded" aria-hidden="true" />
              succeeded
            </li>
            <li>
              <span class="funnel-retryable" aria-hidden="true" />
              failed, retryable
            </li>
            <li>
              <span class="funnel-final" aria-hidden="true" />
              failed, not retried
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
            {before > 0 && <span class="muted"> {numberText(before)} started earlier</span>}
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

function Bar({ size, kind }: { readonly size: number; readonly kind: string }) {
  if (size === 0) return null;
  // A single one among thousands must be seen, too.
  return <span class={`funnel-${kind}`} style={{ width: `${Math.max(0.4, size * 100)}%` }} />;
}

function FunnelTable({ rows }: { readonly rows: FunnelView['rows'] }) {
  return (
    <Table
      caption="Attempts and their outcomes"
      rows={rows}
      rowKey={({ attempt }) => attempt}
      columns={[
        { key: 'attempt', header: 'Attempt', cell: ({ attempt }) => attempt },
        { key: 'started', header: 'Started', align: 'end', cell: ({ started }) => number(started) },
        { key: 'ok', header: 'Succeeded', align: 'end', cell: ({ succeeded }) => number(succeeded) },
        { key: 'final', header: 'Final error', align: 'end', cell: (row) => number(row.not_retryable) },
        { key: 'retryable', header: 'Retryable', align: 'end', cell: ({ retryable }) => number(retryable) },
        { key: 'exhausted', header: 'No attempts left', align: 'end', cell: ({ exhausted }) => number(exhausted) },
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
