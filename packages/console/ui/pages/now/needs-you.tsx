import { useState } from 'preact/hooks';
import { Button, Card, EmptyState } from '@dualbrake/kit';
import type { AttentionView, OverviewView } from '../../../src/contract.ts';
import { BreakerRow } from '../../parts/breaker-row.tsx';
import { OrderChip, useStableOrder } from '../../parts/stable-order.tsx';
import { Time } from '../../parts/time.tsx';
import { AttentionRow } from './attention-row.tsx';

/** Rows shown one by one; the others are counted. */
const SHOWN = 8;

/** What the server lists as needing a person, the most urgent first; breakers with their actions. */
export function NeedsYou({ report }: { readonly report: OverviewView }) {
  const { attention, breakers, services } = report;
  const [all, setAll] = useState(false);
  const { ordered, hold, moved, apply } = useStableOrder(attention, keyOf);
  return (
    <Card title="Needs you" actions={<OrderChip moved={moved} apply={apply} />} flush>
      {attention.length === 0 ? (
        <NothingNeeded report={report} />
      ) : (
        <ul class="status-list" {...hold}>
          {ordered.slice(0, all ? ordered.length : SHOWN).map((item) => {
            const breaker = isOfBreaker(item) ? breakers.find(({ id }) => id === item.target) : undefined;
            const key = keyOf(item);
            return breaker === undefined ? (
              <AttentionRow
                key={key}
                item={item}
                service={item.kind === 'service' ? services.find(({ id }) => id === item.target) : undefined}
              />
            ) : (
              <BreakerRow key={key} breaker={breaker} />
            );
          })}
          {ordered.length > SHOWN && (
            <li class="status-item">
              <Button variant="quiet" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? 'Show fewer' : `Show all ${ordered.length}`}
              </Button>
            </li>
          )}
        </ul>
      )}
    </Card>
  );
}

const breakerKinds = new Set<AttentionView['kind']>(['blocking', 'testing', 'isolated', 'held_closed']);

function isOfBreaker({ kind }: AttentionView): boolean {
  return breakerKinds.has(kind);
}

/** A breaker keeps its row, whatever state it goes through. */
function keyOf(item: AttentionView): string {
  return `${isOfBreaker(item) ? 'breaker' : item.kind} ${item.target}`;
}

function NothingNeeded({ report: { breakers } }: { readonly report: OverviewView }) {
  if (breakers.length === 0) {
    return (
      <EmptyState icon="check" title="No breakers yet">
        A breaker appears here as soon as the application has created one and added it to a pipeline.
      </EmptyState>
    );
  }
  const last = breakers
    .flatMap(({ transitions }) => transitions[0]?.at ?? [])
    .toSorted()
    .at(-1);
  return (
    <EmptyState icon="check" title="Nothing">
      {breakers.length === 1 ? 'The one breaker is closed' : `All ${breakers.length} breakers are closed`}: calls flow.
      {last !== undefined && (
        <>
          {' '}
          Last state change <Time instant={last} />.
        </>
      )}
    </EmptyState>
  );
}
