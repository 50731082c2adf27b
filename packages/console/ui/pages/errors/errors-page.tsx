import './errors.css';
import { Button, Card, EmptyState } from '@dualbrake/kit';
import type { ErrorList } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { queryChoice, route, setQuery } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { anyOf, SearchFilter, SegmentFilter, SelectFilter } from '../../parts/filters.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { countText, numberText } from '../../words/words.ts';
import { classTerms, ErrorTable } from '../breakers/error-table.tsx';
import { matrixOf, strength } from './error-matrix.ts';

type ErrorEntry = ErrorList['errors'][number];

const sortOrders = { '': 'Most frequent', recent: 'Most recent' };

/** Failed calls: which errors, where, how often and since when. */
export function ErrorsPage() {
  const errors = useResource<ErrorList>('errors');
  const { type = '', class: errorClass = '', source = '' } = Object.fromEntries(route.value.query);
  return (
    <Page title="Errors" description="Failed calls by class and type. Messages are in the logs.">
      <Loaded resource={errors} what="the errors">
        {({ errors: all }) => {
          if (all.length === 0) return <ErrorTable errors={[]} />;
          const sources = [...new Set(all.map((error) => error.source))].toSorted();
          const found = all.filter(
            (error) =>
              (errorClass === '' || error.class === errorClass) &&
              (source === '' || error.source === source) &&
              error.type.toLowerCase().includes(type.toLowerCase()),
          );
          const filters = [errorClass, source, type && `“${type}”`].filter(Boolean).join(', ');
          return (
            <>
              <div class="filter-bar row">
                <SearchFilter name="type" label="Search by type" placeholder="Type, such as ECONNREFUSED" />
                <SelectFilter name="class" label="Class" options={anyOf(Object.keys(classTerms))} />
                <SelectFilter name="source" label="Location" options={anyOf(sources)} />
              </div>
              {found.length === 0 ? (
                <EmptyState
                  title="No matching errors"
                  actions={
                    <Button onClick={() => setQuery({ type: '', class: '', source: '' })}>Show all {all.length}</Button>
                  }
                >
                  No error matches {filters}.
                </EmptyState>
              ) : (
                <>
                  <Matrix errors={found} />
                  <Card
                    title={countText(found.length, 'error type')}
                    actions={
                      <>
                        <AsOf resource={errors} />
                        <SegmentFilter name="sort" label="Sort by" options={sortOrders} />
                      </>
                    }
                    flush
                  >
                    <ErrorTable errors={found} recentFirst={queryChoice('sort', sortOrders) === 'recent'} />
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

/** Counts of the error types at each location; the background only repeats the numbers. */
function Matrix({ errors }: Readonly<{ errors: readonly ErrorEntry[] }>) {
  const { sources, types, count, most } = matrixOf(errors);
  if (sources.length < 2 && types.length < 2) return null;
  return (
    <Card title="Error types by location" flush>
      <DataTable
        caption="How often each error type was seen at each location"
        rows={types}
        rowKey={(type) => type}
        columns={(col) => [
          col.of('Type', (type) => <code>{type}</code>),
          ...sources.map((source) => {
            const cell = (type: string) => {
              const seen = count(type, source);
              const percent = Math.round(strength(seen, most) * 100);
              return (
                <span class="error-count numbers" style={{ '--strength': `${percent}%` }}>
                  {seen === 0 ? '' : numberText(seen)}
                </span>
              );
            };
            return col.of(source, cell, { class: 'error-source', isEmpty: (type) => count(type, source) === 0 });
          }),
        ]}
      />
    </Card>
  );
}
