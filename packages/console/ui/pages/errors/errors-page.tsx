import './errors.css';
import { Button, Card, EmptyState, SearchField, Segments, SelectField, Table } from '@dualbrake/kit';
import type { ErrorList } from '../../../src/contract.ts';
import type { PageProps } from '../../page-props.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf, place, setQuery } from '../../live/router.ts';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { Time } from '../../parts/time.tsx';
import type { TermName } from '../../words/glossary.ts';
import { numberText } from '../../words/words.ts';
import { matrixOf, strength } from './error-matrix.ts';

const classes = ['transient', 'persistent', 'system', 'cancelled', 'refused'] as const;
type ErrorEntry = ErrorList['errors'][number];

/** What goes wrong, where, how often and since when. */
export function ErrorsPage(_props: PageProps) {
  const errors = useResource<ErrorList>('errors');
  const { query } = place.value;
  const wanted = { class: query.get('class') ?? '', source: query.get('source') ?? '', type: query.get('type') ?? '' };
  const sort = query.get('sort') === 'recent' ? 'recent' : 'count';
  return (
    <Page title="Errors" description="Failed calls by class and type. Messages are in the logs.">
      <Loaded resource={errors} what="the errors">
        {({ errors: all }) => {
          const found = all.filter(
            (error) =>
              (wanted.class === '' || error.class === wanted.class) &&
              (wanted.source === '' || error.source === wanted.source) &&
              error.type.toLowerCase().includes(wanted.type.toLowerCase()),
          );
          if (all.length === 0) {
            return (
              <EmptyState icon="check" title="No errors since the start">
                Failed calls appear here by class and type, with a link to a sample in the logs.
              </EmptyState>
            );
          }
          const sources = [...new Set(all.map(({ source }) => source))].toSorted();
          return (
            <>
              <div class="filter-bar">
                <SearchField
                  label="Search by type"
                  placeholder="Type, such as ECONNREFUSED"
                  value={wanted.type}
                  onInput={(type) => setQuery({ type })}
                />
                <SelectField
                  label="Class"
                  value={wanted.class}
                  options={[{ value: '', label: 'Any' }, ...classes.map((each) => ({ value: each, label: each }))]}
                  onChange={(next) => setQuery({ class: next })}
                />
                <SelectField
                  label="Where"
                  value={wanted.source}
                  options={[{ value: '', label: 'Anywhere' }, ...sources.map((each) => ({ value: each, label: each }))]}
                  onChange={(source) => setQuery({ source })}
                />
              </div>
              {found.length === 0 ? (
                <EmptyState
                  title="No matching errors"
                  actions={
                    <Button onClick={() => setQuery({ type: '', class: '', source: '' })}>Show all {all.length}</Button>
                  }
                >
                  No error matches{' '}
                  {[wanted.class, wanted.source, wanted.type && `“${wanted.type}”`].filter(Boolean).join(', ')}.
                </EmptyState>
              ) : (
                <>
                  <Matrix errors={found} />
                  <Card
                    title={`${found.length} error type${found.length === 1 ? '' : 's'}`}
                    actions={
                      <>
                        <AsOf resource={errors} />
                        <Segments
                          label="Sort by"
                          value={sort}
                          options={[
                            { value: 'count', label: 'Most frequent' },
                            { value: 'recent', label: 'Most recent' },
                          ]}
                          onChange={(next) => setQuery({ sort: next === 'recent' ? 'recent' : undefined })}
                        />
                      </>
                    }
                    flush
                  >
                    <ErrorKinds errors={found} sort={sort} />
                  </Card>
                </>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function ErrorKinds({ errors, sort }: { readonly errors: readonly ErrorEntry[]; readonly sort: 'count' | 'recent' }) {
  return (
    <Table
      caption="Errors by class, type and location"
      rows={errors.toSorted((one, other) =>
        sort === 'count' ? other.count - one.count : other.last_seen_at.localeCompare(one.last_seen_at),
      )}
      rowKey={({ class: name, type, source, kind }) => `${name} ${type} ${source} ${kind}`}
      columns={[
        { key: 'type', header: 'Type', cell: ({ type }) => <code class="row-link">{type}</code> },
        {
          key: 'class',
          header: 'Class',
          cell: ({ class: name }) => (
            <Term term={(name === 'refused' ? 'refused_class' : name) satisfies TermName}>{name}</Term>
          ),
        },
        {
          key: 'where',
          header: 'Where',
          cell: ({ source, kind }) => (
            <a href={hrefOf([kind === 'breaker' ? 'breakers' : 'retries', source])} data-row>
              {source}
            </a>
          ),
        },
        {
          key: 'count',
          header: 'Count',
          align: 'end',
          cell: ({ count }) => <span class="numbers">{numberText(count)}</span>,
        },
        { key: 'first', header: 'First seen', cell: ({ first_seen_at: at }) => <Time instant={at} />, wideOnly: true },
        { key: 'last', header: 'Last seen', cell: ({ last_seen_at: at }) => <Time instant={at} /> },
        {
          key: 'sample',
          header: 'Sample',
          isEmpty: ({ sample }) => !sample?.correlation_id,
          cell: ({ sample }) =>
            sample?.correlation_id ? <a href={hrefOf(['logs'], { cid: sample.correlation_id })}>View sample</a> : '—',
        },
      ]}
    />
  );
}

/** Where it fails with what: the number is always written, the ground only repeats it. */
function Matrix({ errors }: { readonly errors: readonly ErrorEntry[] }) {
  const matrix = matrixOf(errors);
  if (matrix.sources.length < 2 && matrix.types.length < 2) return null;
  return (
    <Card title="Error types by location" flush>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, by keyboard too */}
      <div class="error-matrix-frame" tabIndex={0} role="region" aria-label="Error types by location, scrolls sideways">
        <table class="error-matrix">
          <caption class="visually-hidden">How often each error type was seen at each location</caption>
          <thead>
            <tr>
              <th scope="col">Type</th>
              {matrix.sources.map((source) => (
                <th key={source} scope="col">
                  {source}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.types.map((type) => (
              <tr key={type}>
                <th scope="row">
                  <code>{type}</code>
                </th>
                {matrix.sources.map((source) => {
                  const count = matrix.count(type, source);
                  return (
                    <td
                      key={source}
                      class="numbers"
                      style={{ '--strength': `${Math.round(strength(count, matrix.most) * 100)}%` }}
                    >
                      {count === 0 ? '' : numberText(count)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
