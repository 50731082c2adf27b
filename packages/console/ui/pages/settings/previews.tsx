import { Card, Table } from '../../../kit/index.ts';
import type { ConfigView, PreviewView } from '../../../src/contract.ts';
import { Term } from '../../parts/term.tsx';
import { clockText, durationText, numberText } from '../../words/words.ts';

/** What the draft would have done to the traffic of the last hour. */
export function Previews({
  previews,
  config,
}: {
  readonly previews: readonly PreviewView[];
  readonly config: ConfigView;
}) {
  return (
    <Card title="What it would have done" actions={<Term term="preview">an estimate</Term>}>
      <div class="previews">
        {previews.map((preview) => (
          <section
            key={preview.breaker}
            aria-label={config.members.find(({ id }) => id === preview.breaker)?.name ?? preview.breaker}
          >
            <p>{preview.text}</p>
            <Table
              caption="As it is, and as it would have been"
              rows={rowsOf(preview)}
              rowKey={({ name }) => name}
              columns={[
                { key: 'name', header: 'Last hour', cell: ({ name }) => name },
                {
                  key: 'active',
                  header: 'As it is',
                  align: 'end',
                  cell: ({ active }) => <span class="numbers">{active}</span>,
                },
                {
                  key: 'proposed',
                  header: 'With your draft',
                  align: 'end',
                  cell: ({ proposed }) => <span class="numbers">{proposed}</span>,
                },
              ]}
            />
            <p class="status-detail">
              {numberText(preview.calls)} calls from {clockText(Date.parse(preview.from))} to{' '}
              {clockText(Date.parse(preview.to))}
              {preview.complete ? '' : ', not the whole hour: less is known'}.
              {preview.assumed > 0 &&
                ` Of ${numberText(preview.assumed)} that were blocked nobody knows the outcome: the call before stands for it.`}
            </p>
          </section>
        ))}
      </div>
    </Card>
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
    row('Good calls blocked', ({ successes_refused: count }) => numberText(count)),
    row('Time open', ({ open_ms: ms }) => durationText(ms)),
  ];
}
