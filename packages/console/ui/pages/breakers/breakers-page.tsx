import './breakers.css';
import { useState } from 'preact/hooks';
import { Button, Card, EmptyState } from '@dualbrake/kit';
import type { ActivityView, BreakerView, OverviewView } from '../../../src/contract.ts';
import { openAction } from '../../actions/action.ts';
import { breakerTexts, bulkAction, bulkActions } from '../../actions/breaker-actions.ts';
import { useConsole, useDenied } from '../../live/context.ts';
import { useResource } from '../../live/resource.ts';
import { queryChoice, route, setQuery } from '../../live/router.ts';
import type { PageProps } from '../../pages.ts';
import { SearchFilter, SelectFilter } from '../../parts/filters.tsx';
import { AsOf, NotFoundPage, ReportPage } from '../../parts/page.tsx';
import { More } from '../../parts/show-all.tsx';
import { useStableOrder } from '../../parts/stable-order.tsx';
import { countText } from '../../words/words.ts';
import { BreakerPage } from './breaker-page.tsx';
import { BreakerTable } from './breaker-table.tsx';

const stateFilters = {
  '': 'Any',
  open: 'open',
  'half-open': 'half-open',
  closed: 'closed',
  isolated: 'isolated',
  held_closed: 'held closed',
} as const;
/** Empty: the order of the server. */
const sortOrders = { '': 'Most urgent first', name: 'Name', failures: 'Failures', calls: 'Calls' } as const;

/** All breakers, or the one in the URL. */
export function BreakersPage({ rest: [id] }: PageProps) {
  const report = useConsole().live.report.value;
  if (id !== undefined && report !== undefined) {
    const breaker = report.breakers.find((each) => each.id === id);
    if (breaker === undefined) return <NotFoundPage kind="breaker" id={id} path="breakers" />;
    return <BreakerPage breaker={breaker} report={report} />;
  }
  return (
    <ReportPage
      title="Breakers"
      description="Each breaker guards one dependency: it counts failures and blocks calls while the dependency is failing."
    >
      {(current) =>
        current.breakers.length === 0 ? (
          <EmptyState icon="breaker" title="No breakers yet">
            A breaker appears here once the application has added it to a pipeline, even before its first call.
          </EmptyState>
        ) : (
          <BreakerList report={current} />
        )
      }
    </ReportPage>
  );
}

/** Initial number of rows: a long table is slow to draw. */
const PAGE_ROWS = 50;

function BreakerList({ report }: Readonly<{ report: OverviewView }>) {
  const mayAct = useDenied('breaker:order') === undefined;
  // Counts are per minute, so more frequent requests would show nothing new.
  const activity = useResource<ActivityView>('activity?window=3600', { everyMs: 20_000 });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [limit, setLimit] = useState(PAGE_ROWS);
  const all = report.breakers;
  const filter = { q: route.value.query.get('q') ?? '', state: queryChoice('state', stateFilters) };
  const found = sorted(filtered(all, filter), queryChoice('sort', sortOrders));
  const { ordered, hold, sortButton } = useStableOrder(found, ({ id }) => id);
  const rows = ordered.slice(0, limit);
  const shownIds = rows.map(({ id }) => id);
  const isFiltered = filter.q !== '' || filter.state !== '';
  const select = (ids: readonly string[], on: boolean): void =>
    setSelected((now) => {
      const others = [...now].filter((id) => !ids.includes(id));
      return new Set(on ? [...others, ...ids] : others);
    });
  return (
    <>
      <div class="filter-bar row">
        <SearchFilter label="Search breakers by name or description" placeholder="Name, description" />
        <SelectFilter name="state" label="State" options={stateFilters} />
        <SelectFilter name="sort" label="Sort by" options={sortOrders} />
      </div>
      {found.length === 0 ? (
        <EmptyState
          title="No matching breakers"
          actions={<Button onClick={() => setQuery({ q: '', state: '' })}>Show all {all.length}</Button>}
        >
          {filterText(filter)}
        </EmptyState>
      ) : (
        <div {...hold}>
          <Card
            title={isFiltered ? `${found.length} of ${all.length} breakers` : countText(all.length, 'breaker')}
            actions={
              <>
                {sortButton}
                <AsOf resource={activity} />
              </>
            }
            flush
          >
            {mayAct && (
              <BulkBar
                breakers={all.filter(({ id }) => selected.has(id))}
                report={report}
                clear={() => setSelected(new Set())}
              />
            )}
            {mayAct && (
              <label class="select-all row">
                <input
                  type="checkbox"
                  checked={shownIds.every((id) => selected.has(id))}
                  onChange={(event) => select(shownIds, event.currentTarget.checked)}
                />
                Select all
              </label>
            )}
            <BreakerTable
              breakers={rows}
              report={report}
              activity={activity.data}
              selected={mayAct ? selected : undefined}
              onSelect={select}
            />
            {ordered.length > limit && (
              <More onClick={() => setLimit(limit + PAGE_ROWS)}>
                {`Show ${Math.min(PAGE_ROWS, ordered.length - limit)} more of ${ordered.length}`}
              </More>
            )}
          </Card>
        </div>
      )}
    </>
  );
}

type BulkBarProps = Readonly<{ breakers: readonly BreakerView[]; report: OverviewView; clear: () => void }>;

function BulkBar({ breakers, report, clear }: BulkBarProps) {
  if (breakers.length === 0) return null;
  return (
    <div class="bulk-bar row" role="region" aria-label="Selected breakers">
      <strong>{breakers.length} selected</strong>
      <div class="button-row">
        {bulkActions.map((name) => (
          <Button key={name} size="small" onClick={() => openAction(bulkAction(breakers, name, report, clear))}>
            {breakerTexts[name].verb}…
          </Button>
        ))}
        <Button size="small" variant="quiet" onClick={clear}>
          Clear
        </Button>
      </div>
    </div>
  );
}

function filterText({ q, state }: BreakerFilter): string {
  const parts = [q && `“${q}” in name or description`, state && `state ${stateFilters[state]}`];
  return `No breaker matches ${parts.filter(Boolean).join(', ')}.`;
}

/** Empty values match everything. */
interface BreakerFilter {
  readonly q: string;
  readonly state: keyof typeof stateFilters;
}

function filtered(breakers: readonly BreakerView[], { q, state }: BreakerFilter): readonly BreakerView[] {
  const wanted = q.trim().toLowerCase();
  return breakers.filter(
    (breaker) =>
      (state === '' || state === (breaker.override?.mode ?? breaker.state)) &&
      `${breaker.name}\n${breaker.description}`.toLowerCase().includes(wanted),
  );
}

function sorted(breakers: readonly BreakerView[], by: keyof typeof sortOrders): readonly BreakerView[] {
  if (by === '') return breakers;
  if (by === 'name') return breakers.toSorted((one, other) => one.name.localeCompare(other.name));
  return breakers.toSorted((one, other) => other[by] - one[by] || one.name.localeCompare(other.name));
}
