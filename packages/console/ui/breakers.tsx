import { Button, Card, EmptyState, RelativeTime, StatusMark } from '../kit/index.ts';
import type { BreakerView } from '../src/contract.ts';
import type { Intent } from './order-dialog.tsx';
import { breakerLooks, countDown, durationText, numberText, orderWords } from './words.ts';

/** Every breaker: state, since when and why, and what can be ordered. */
export function Breakers({
  breakers,
  nowMs,
  closedReason,
  onOrder,
}: {
  readonly breakers: readonly BreakerView[];
  readonly nowMs: number;
  /** Why nothing can be ordered; nothing when it can. */
  readonly closedReason: string | undefined;
  readonly onOrder: (intent: Intent) => void;
}) {
  return (
    <Card title="Breakers" flush>
      {breakers.length === 0 ? (
        <EmptyState title="No breakers yet">They appear here as soon as the application has made them.</EmptyState>
      ) : (
        <ul class="status-list">
          {breakers.map((breaker) => (
            <Breaker key={breaker.id} breaker={breaker} nowMs={nowMs} closedReason={closedReason} onOrder={onOrder} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Breaker({
  breaker,
  nowMs,
  closedReason,
  onOrder,
}: {
  readonly breaker: BreakerView;
  readonly nowMs: number;
  readonly closedReason: string | undefined;
  readonly onOrder: (intent: Intent) => void;
}) {
  const { id, name, state, since, reason, next_test_at: nextTestAt, last_failure: failure } = breaker;
  const look = breakerLooks[state];
  const facts: readonly (readonly [string, string])[] = [
    ['Calls', numberText(breaker.calls)],
    ['Failed', numberText(breaker.failures)],
    ['Refused', numberText(breaker.refused)],
    ['Last recovery', durationText(breaker.last_recovery_ms)],
  ];
  return (
    <li class="status-item" data-state={state}>
      <div class="status-head">
        <h3>{name}</h3>
        <StatusMark shape={look.shape} tone={look.tone}>
          {look.word}
        </StatusMark>
      </div>
      <p class="status-why">
        Since <RelativeTime instant={since} form="both" />: {reason}.
        {nextTestAt !== null && <strong> Tests {countDown(Date.parse(nextTestAt), nowMs)}.</strong>}
      </p>
      <p class="status-detail">
        {breaker.calls + breaker.refused === 0 && 'No calls yet. '}
        {failure !== null && (
          <>
            Last failure <code>{failure.rule}</code> ({failure.class}), <RelativeTime instant={failure.at} />.{' '}
          </>
        )}
        {breaker.used_by.length > 0 && `Used by ${breaker.used_by.join(', ')}.`}
      </p>
      <dl class="status-facts">
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd class="numbers">{value}</dd>
          </div>
        ))}
      </dl>
      <div class="button-row status-actions">
        {breaker.actions.map((action) => (
          <Button
            key={action}
            size="small"
            aria-label={`${orderWords(action).verb} ${name}`}
            closedReason={
              closedReason ??
              (action === 'probe' && state !== 'open' ? 'Only an open breaker waits for a test.' : undefined)
            }
            onClick={() => onOrder({ kind: 'breakers', id, name, action, now: `${look.word}, ${reason}.` })}
          >
            {orderWords(action).label}
          </Button>
        ))}
      </div>
    </li>
  );
}
