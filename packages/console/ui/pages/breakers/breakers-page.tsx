import { useState } from 'preact/hooks';
import { Button, Card, EmptyState, SearchField, SelectField } from '@dualbrake/kit';
import { useConsole, useMay } from '../../live/context.ts';
import { useResource } from '../../live/resource.ts';
import { place, setQuery } from '../../live/router.ts';
import { bulkActions, bulkOrder, bulkVerb } from '../../orders/bulk-orders.ts';
import { ask } from '../../orders/current-order.ts';
import { AsOf, NoReport, Page } from '../../parts/page.tsx';
import { OrderChip, useStableOrder } from '../../parts/stable-order.tsx';
import type { ActivityView } from '../../../src/contract.ts';
import { BreakerTable } from './breaker-table.tsx';
import {
  filtered,
  sortNames,
  sorted,
  stateNames,
  type BreakerFilter,
  type SortName,
  type StateName,
} from './breaker-filter.ts';

/** Rows at first: who looks for one of two hundred searches, and a long table is slow to draw. */
const PAGE = 50;

/** Every breaker: find, compare, choose several, order. */
export function BreakersPage() {
  const { live } = useConsole();
  const report = live.report.value;
  const mayOrder = useMay('breaker:order') && live.session.value?.read_only !== true;
  // By the minute: asking more often would show nothing new.
  const activity = useResource<ActivityView>('activity?window=3600', { everyMs: 20_000 });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = (ids: readonly string[], on: boolean): void =>
    setChosen((now) => {
      const next = new Set(now);
      for (const id of ids)
        if (on) next.add(id);
        else next.delete(id);
      return next;
    });
  const [shown, setShown] = useState(PAGE);
  const { query } = place.value;
  const filter: BreakerFilter = {
    q: query.get('q') ?? '',
    state: (stateNames as readonly string[]).includes(query.get('state') ?? '')
      ? (query.get('state') as StateName)
      : '',
  };
  const sort: SortName = (sortNames as readonly string[]).includes(query.get('sort') ?? '')
    ? (query.get('sort') as SortName)
    : 'urgency';
  const all = report?.breakers ?? [];
  const found = sorted(filtered(all, filter), sort);
  const { ordered, hold, moved, apply } = useStableOrder(found, ({ id }) => id);
  const rows = ordered.slice(0, shown);
  const isFiltered = filter.q !== '' || filter.state !== '';
  const chosenBreakers = all.filter(({ id }) => chosen.has(id));
  return (
    <Page
      title="Breakers"
      description="Each breaker guards one dependency: it counts failures and blocks calls while the dependency is failing."
    >
      {report === undefined ? (
        <NoReport />
      ) : all.length === 0 ? (
        <EmptyState icon="breaker" title="No breakers yet">
          A breaker appears here as soon as the application adds it to a pipeline, even before its first call.
        </EmptyState>
      ) : (
        <>
          <div class="filter-bar">
            <SearchField
              label="Search breakers by name or description"
              placeholder="Name, description"
              value={filter.q}
              onInput={(q) => setQuery({ q })}
            />
            <SelectField
              label="State"
              value={filter.state}
              options={[
                { value: '', label: 'Any' },
                ...stateNames.map((state) => ({ value: state, label: state.replace('_', ' ') })),
              ]}
              onChange={(state) => setQuery({ state })}
            />
            <SelectField
              label="Sort by"
              value={sort}
              options={[
                { value: 'urgency', label: 'Most urgent first' },
                { value: 'name', label: 'Name' },
                { value: 'failures', label: 'Failures' },
                { value: 'calls', label: 'Calls' },
              ]}
              onChange={(next) => setQuery({ sort: next === 'urgency' ? undefined : next })}
            />
          </div>
          {found.length === 0 ? (
            <EmptyState
              title="No matching breakers"
              actions={<Button onClick={() => setQuery({ q: '', state: '' })}>Show all {all.length}</Button>}
            >
              {describe(filter)}
            </EmptyState>
          ) : (
            <div {...hold}>
              <Card
                title={isFiltered ? `${found.length} of ${all.length} breakers` : `${all.length} breakers`}
                actions={
                  <>
                    <OrderChip moved={moved} apply={apply} />
                    <AsOf resource={activity} />
                  </>
                }
                flush
              >
                {mayOrder && chosenBreakers.length > 0 && (
                  <div class="bulk-bar" role="region" aria-label="Selected breakers">
                    <strong>{chosenBreakers.length} selected</strong>
                    <div class="button-row">
                      {bulkActions.map((action) => (
                        <Button
                          key={action}
                          size="small"
                          onClick={() => ask(bulkOrder(chosenBreakers, action, report, () => setChosen(new Set())))}
                        >
                          {bulkVerb(action)}…
                        </Button>
                      ))}
                      <Button size="small" variant="quiet" onClick={() => setChosen(new Set())}>
                        Clear
                      </Button>
                    </div>
                  </div>
                )}
                {mayOrder && (
                  <label class="select-all">
                    <input
                      type="checkbox"
                      checked={rows.every(({ id }) => chosen.has(id))}
                      onChange={(event) =>
                        choose(
                          rows.map(({ id }) => id),
                          event.currentTarget.checked,
                        )
                      }
                    />
                    Select all
                  </label>
                )}
                <BreakerTable
                  breakers={rows}
                  report={report}
                  activity={activity.data}
                  chosen={mayOrder ? chosen : undefined}
                  onChoose={choose}
                />
                {ordered.length > shown && (
                  <div class="timeline-more">
                    <Button size="small" variant="quiet" onClick={() => setShown(shown + PAGE)}>
                      {`Show ${Math.min(PAGE, ordered.length - shown)} more of ${ordered.length}`}
                    </Button>
                  </div>
                )}
              </Card>
            </div>
          )}
        </>
      )}
    </Page>
  );
}

function describe({ q, state }: BreakerFilter): string {
  const parts = [q && `“${q}” in name or description`, state && `state ${state.replace('_', ' ')}`];
  return `No breaker matches ${parts.filter(Boolean).join(', ')}.`;
}
