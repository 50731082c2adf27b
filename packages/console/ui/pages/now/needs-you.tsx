import { Card, EmptyState } from '../../../kit/index.ts';
import type { OverviewView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { BreakerRow } from '../../parts/breaker-row.tsx';
import { OrderChip, useStableOrder } from '../../parts/stable-order.tsx';
import { needsLook } from '../../words/words.ts';
import { Time } from '../../parts/time.tsx';

/** More than these nobody reads one by one. */
const SHOWN = 8;

/** Breakers that do not let calls flow by themselves: blocked by people first, then open, then testing. */
export function NeedsYou({ report }: { readonly report: OverviewView }) {
  const wanted = report.breakers.filter(needsLook);
  const { ordered, hold, moved, apply } = useStableOrder(wanted, ({ id }) => id);
  const last = report.breakers
    .flatMap(({ transitions }) => transitions[0]?.at ?? [])
    .toSorted()
    .at(-1);
  return (
    <Card title="Needs you" actions={<OrderChip moved={moved} apply={apply} />} flush>
      {wanted.length === 0 ? (
        <EmptyState icon="check" title={report.breakers.length === 0 ? 'No breaker is registered yet' : 'Nothing'}>
          {report.breakers.length === 0 ? (
            'A breaker appears here as soon as the application has made one and put it into a pipeline.'
          ) : (
            <>
              All {report.breakers.length} breakers are closed: calls flow.
              {last !== undefined && (
                <>
                  {' '}
                  The last one changed <Time instant={last} />.
                </>
              )}
            </>
          )}
        </EmptyState>
      ) : (
        <ul class="status-list" {...hold}>
          {ordered.slice(0, SHOWN).map((breaker) => (
            <BreakerRow key={breaker.id} breaker={breaker} />
          ))}
          {ordered.length > SHOWN && (
            <li class="status-item">
              <a href={hrefOf(['breakers'])}>
                And {ordered.length - SHOWN} more: see them all, and choose several at once
              </a>
            </li>
          )}
        </ul>
      )}
    </Card>
  );
}
