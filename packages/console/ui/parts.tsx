import { Button } from '../kit/index.ts';
import { orderWords } from './words.ts';

/** Small numbers in a row, each with its name. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: string])[] }) {
  if (facts.length === 0) return null;
  return (
    <dl class="status-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="numbers">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One button for each order that a thing takes; none for who may only look. */
export function ActionButtons({
  actions,
  name,
  closedReasonOf,
  onOrder,
}: {
  readonly actions: readonly string[];
  /** Of the thing. */
  readonly name: string;
  /** Why this order makes no sense now; nothing when it does. */
  readonly closedReasonOf: (action: string) => string | undefined;
  readonly onOrder: ((action: string) => void) | undefined;
}) {
  if (onOrder === undefined || actions.length === 0) return null;
  return (
    <div class="button-row status-actions">
      {actions.map((action) => {
        const { label } = orderWords(action);
        return (
          <Button
            key={action}
            size="small"
            aria-label={`${label.replace('…', '')} ${name}`}
            closedReason={closedReasonOf(action)}
            onClick={() => onOrder(action)}
          >
            {label}
          </Button>
        );
      })}
    </div>
  );
}
