import type { PreviewView } from '../../../src/contract.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Term } from '../../parts/term.tsx';
import { clockText, durationText, numberText } from '../../words/words.ts';

type Replay = PreviewView['active'];

const rows: readonly (readonly [name: string, text: (replay: Replay) => string])[] = [
  ['Opened', ({ openings }) => numberText(openings)],
  ['Blocked', ({ refused }) => numberText(refused)],
  ['Failures let through', ({ failures_let_through: count }) => numberText(count)],
  ['Successes blocked', ({ successes_refused: count }) => numberText(count)],
  ['Time open', ({ open_ms: ms }) => durationText(ms)],
];

/** Estimated effect of the draft on the traffic of the last hour. */
export function Preview({ preview, name }: Readonly<{ preview: PreviewView; name: string }>) {
  const { text, active, proposed, calls, from, to, complete, assumed } = preview;
  return (
    <section class="setting-preview stack" aria-label={`Preview for ${name}`}>
      <h3>
        Preview: <Term term="Preview">an estimate</Term>
      </h3>
      <p>{text}</p>
      <DataTable
        caption="Active settings and your draft"
        rows={rows}
        rowKey={([row]) => row}
        columns={(col) => [
          col.of('Last hour', ([row]) => row),
          col.number('Active', ([, textOf]) => textOf(active)),
          col.number('Your draft', ([, textOf]) => textOf(proposed)),
        ]}
      />
      <p class="status-detail">
        {numberText(calls)} calls from {clockText(from)} to {clockText(to)}
        {!complete && '; nothing earlier was recorded'}.
        {assumed > 0 &&
          ` ${numberText(assumed)} of them were blocked, so their outcome is unknown; the outcome of the previous call is assumed.`}
      </p>
    </section>
  );
}
