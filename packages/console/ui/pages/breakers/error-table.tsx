import { EmptyState, Table } from '@dualbrake/kit';
import type { ErrorView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { Term } from '../../parts/term.tsx';
import { Time } from '../../parts/time.tsx';
import { numberText } from '../../words/words.ts';

/** Where calls went wrong: class, type, how often and when; from a sample to its log. */
export function ErrorTable({ errors }: { readonly errors: readonly ErrorView[] }) {
  if (errors.length === 0) {
    return (
      <EmptyState icon="check" title="No errors since the start">
        Calls that fail appear here by class and type.
      </EmptyState>
    );
  }
  return (
    <Table
      caption="Errors by class and type"
      rows={errors.toSorted((one, other) => other.count - one.count)}
      rowKey={({ class: name, type }) => `${name} ${type}`}
      columns={[
        { key: 'type', header: 'Type', cell: ({ type }) => <code class="row-link">{type}</code> },
        {
          key: 'class',
          header: 'Class',
          cell: ({ class: name }) => <Term term={name === 'refused' ? 'refused_class' : name}>{name}</Term>,
        },
        {
          key: 'count',
          header: 'Count',
          align: 'end',
          cell: ({ count }) => <span class="numbers">{numberText(count)}</span>,
        },
        { key: 'last', header: 'Last seen', cell: ({ last_seen_at: at }) => <Time instant={at} /> },
        {
          key: 'sample',
          header: 'Sample',
          isEmpty: ({ sample }) => !sample?.correlation_id,
          cell: ({ sample, type }) =>
            !sample?.correlation_id ? (
              '—'
            ) : (
              <a href={hrefOf(['logs'], { cid: sample.correlation_id })}>
                View logs<span class="visually-hidden"> of a call that failed with {type}</span>
              </a>
            ),
        },
      ]}
    />
  );
}
