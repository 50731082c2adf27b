import { Card, EmptyState } from '@dualbrake/kit';
import type { AttentionView, OverviewView } from '../../../src/contract.ts';
import { BreakerRow } from '../../parts/breaker-row.tsx';
import { useShowAll } from '../../parts/show-all.tsx';
import { useStableOrder } from '../../parts/stable-order.tsx';
import { Time } from '../../parts/time.tsx';
import { AttentionRow } from './attention-row.tsx';

/** What needs attention, the most urgent first; breakers with their actions. */
export function NeedsYou({ report }: Readonly<{ report: OverviewView }>) {
  const { attention, breakers, services } = report;
  const { ordered, hold, sortButton } = useStableOrder(attention, keyOf);
  const { shown, toggle } = useShowAll(ordered, 8);
  return (
    <Card title="Needs you" actions={sortButton} flush>
      {attention.length === 0 ? (
        <NothingNeeded report={report} />
      ) : (
        <ul class="status-list" {...hold}>
          {shown.map((item) => {
            const breaker = isOfBreaker(item) ? breakers.find(({ id }) => id === item.target) : undefined;
            const service = item.kind === 'service' ? services.find(({ id }) => id === item.target) : undefined;
            return breaker === undefined ? (
              <AttentionRow key={keyOf(item)} item={item} service={service} />
            ) : (
              <BreakerRow key={keyOf(item)} breaker={breaker} />
            );
          })}
          {toggle && <li class="status-item">{toggle}</li>}
        </ul>
      )}
    </Card>
  );
}

const breakerKinds = new Set<AttentionView['kind']>(['blocking', 'testing', 'isolated', 'held_closed']);

function isOfBreaker({ kind }: AttentionView): boolean {
  return breakerKinds.has(kind);
}

/** The same for a breaker in all its states, so that it keeps its row. */
function keyOf(item: AttentionView): string {
  return `${isOfBreaker(item) ? 'breaker' : item.kind} ${item.target}`;
}

function NothingNeeded({ report: { breakers } }: Readonly<{ report: OverviewView }>) {
  if (breakers.length === 0) {
    return (
      <EmptyState icon="check" title="No breakers yet">
        A breaker appears here once the application has created it and added it to a pipeline.
      </EmptyState>
    );
  }
  const last = breakers
    .flatMap(({ transitions }) => transitions[0]?.at ?? [])
    .toSorted()
    .at(-1);
  return (
    <EmptyState icon="check" title="Nothing">
      {breakers.length === 1 ? 'The only breaker is closed' : `All ${breakers.length} breakers are closed`}: calls flow.{' '}
      {last !== undefined && (
        <>
          Last state change <Time instant={last} />.
        </>
      )}
    </EmptyState>
  );
}
