import { Table } from '@dualbrake/kit';
import type { ConfigView, PreviewView } from '../../../src/contract.ts';
import { Term } from '../../parts/term.tsx';
import { clockText, durationText, numberText } from '../../words/words.ts';

/** `database: In the last 60 min it would have opened once instead of 3 times, …`. */
export function estimateText({ breaker, text }: PreviewView, members: ConfigView['members']): string {
  return `${members.find(({ id }) => id === breaker)?.name ?? breaker}: ${text}`;
}

/** What the draft would have done to the traffic of the last hour; beside the values that it is about. */
export function Preview({ preview, name }: { readonly preview: PreviewView; readonly name: string }) {
  return (
    <section class="setting-preview" aria-label={`Preview for ${name}`}>
      <h3>
        Preview: <Term term="preview">an estimate</Term>
      </h3>
      <p>{preview.text}</p>
      <Table
        caption="Active settings and your draft"
        rows={rowsOf(preview)}
        rowKey={({ name: row }) => row}
        columns={[
          { key: 'name', header: 'Last hour', cell: ({ name: row }) => row },
          {
            key: 'active',
            header: 'Active',
            align: 'end',
            cell: ({ active }) => <span class="numbers">{active}</span>,
          },
          {
            key: 'proposed',
            header: 'Your draft',
            align: 'end',
            cell: ({ proposed }) => <span class="numbers">{proposed}</span>,
          },
        ]}
      />
      <p class="status-detail">
        {numberText(preview.calls)} calls from {clockText(Date.parse(preview.from))} to{' '}
        {clockText(Date.parse(preview.to))}
        {preview.complete ? '' : ', less than an hour: that is all there is'}.
        {preview.assumed > 0 &&
          ` ${numberText(preview.assumed)} of them were blocked, so their outcome is unknown; the outcome of the call before is assumed.`}
      </p>
    </section>
  );
}

function rowsOf({ active, proposed }: PreviewView): readonly { name: string; active: string; proposed: string }[] {
  const row = (name: string, pick: (replay: PreviewView['active']) => string) => ({
    name,
    active: pick(active),
    proposed: pick(proposed),
  });
  return [
    row('Opened', ({ openings }) => numberText(openings)),
    row('Blocked', ({ refused }) => numberText(refused)),
    row('Failures let through', ({ failures_let_through: count }) => numberText(count)),
    row('Successes blocked', ({ successes_refused: count }) => numberText(count)),
    row('Time open', ({ open_ms: ms }) => durationText(ms)),
  ];
}
