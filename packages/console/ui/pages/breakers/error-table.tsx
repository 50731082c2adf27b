import { EmptyState } from '@dualbrake/kit';
import type { ErrorView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Term } from '../../parts/term.tsx';
import { numberText } from '../../words/words.ts';

/** An error with the breaker or retry that recorded it, where several are listed together. */
type ListedError = ErrorView & { readonly source?: string; readonly kind?: 'breaker' | 'retry' };

interface ErrorTableProps {
  readonly errors: readonly ListedError[];
  /** Default: the most frequent first. */
  readonly recentFirst?: boolean;
}

export const classTerms = {
  transient: 'Transient',
  persistent: 'Persistent',
  system: 'System',
  cancelled: 'Cancelled',
  refused: 'Refused',
} as const;

/** Errors by class and type, with links to samples in the logs. */
export function ErrorTable({ errors, recentFirst = false }: ErrorTableProps) {
  const hasLocation = errors.some(({ kind }) => kind !== undefined);
  return (
    <DataTable
      caption="Errors by class and type"
      empty={
        <EmptyState icon="check" title="No errors since the start">
          Failed calls appear here by class and type, with a link to a sample in the logs.
        </EmptyState>
      }
      rows={errors.toSorted((one, other) =>
        recentFirst ? other.last_seen_at.localeCompare(one.last_seen_at) : other.count - one.count,
      )}
      rowKey={({ class: name, type, source, kind }) => [name, type, source, kind].join(' ')}
      columns={(col) => [
        col.of('Type', ({ type }) => <code class="row-link">{type}</code>),
        col.of('Class', ({ class: name }) => <Term term={classTerms[name]}>{name}</Term>),
        ...(hasLocation
          ? [
              col.of('Location', ({ source = '', kind }) => (
                <a href={hrefOf([kind === 'breaker' ? 'breakers' : 'retries', source])} data-row>
                  {source}
                </a>
              )),
            ]
          : []),
        col.number('Count', ({ count }) => numberText(count)),
        ...(hasLocation ? [col.time('First seen', ({ first_seen_at: at }) => at, 'relative', { wideOnly: true })] : []),
        col.time('Last seen', ({ last_seen_at: at }) => at),
        col.of('Sample', ({ sample, type }) => <SampleLink cid={sample?.correlation_id ?? null} type={type} />, {
          isEmpty: ({ sample }) => !sample?.correlation_id,
        }),
      ]}
    />
  );
}

function SampleLink({ cid, type }: Readonly<{ cid: string | null; type: string }>) {
  if (cid === null) return <>—</>;
  return (
    <a href={hrefOf(['logs'], { cid })}>
      View sample<span class="visually-hidden"> of {type} in the logs</span>
    </a>
  );
}
