import { Card, EmptyState } from '../kit/index.ts';
import type { BreakerView } from '../src/contract.ts';
import type { Intent } from './action-dialog.tsx';
import { BreakerCard } from './breaker-card.tsx';

/** Every breaker, those that block calls first. */
export function Breakers({
  breakers,
  onOrder,
}: {
  readonly breakers: readonly BreakerView[];
  /** Nothing for who may only look. */
  readonly onOrder: ((intent: Intent) => void) | undefined;
}) {
  return (
    <Card title="Breakers" flush>
      {breakers.length === 0 ? (
        <EmptyState icon="pulse" title="No breakers yet">
          They appear here as soon as the application has made them.
        </EmptyState>
      ) : (
        <ul class="status-list">
          {breakers.map((breaker) => (
            <BreakerCard key={breaker.id} breaker={breaker} onOrder={onOrder} />
          ))}
        </ul>
      )}
    </Card>
  );
}
