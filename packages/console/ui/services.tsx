import { Badge, Button, Card, RelativeTime, StatusMark } from '../kit/index.ts';
import type { ServiceView } from '../src/contract.ts';
import type { Intent } from './order-dialog.tsx';
import { factName, factText, operationText, orderWords, serviceLook } from './words.ts';

/** Databases, pools and workers: state, what they tell of themselves, and what can be done to them. */
export function Services({
  services,
  closedReason,
  onOrder,
}: {
  readonly services: readonly ServiceView[];
  readonly closedReason: string | undefined;
  readonly onOrder: (intent: Intent) => void;
}) {
  if (services.length === 0) return null;
  return (
    <Card title="Services" flush>
      <ul class="status-list">
        {services.map((service) => {
          const { id, name, state, since, reason, facts, actions, operation } = service;
          const look = serviceLook(state);
          const running = operation !== null && operation.ended_at === null;
          return (
            <li class="status-item" key={id} data-state={state}>
              <div class="status-head">
                <h3>{name}</h3>
                <StatusMark shape={look.shape} tone={look.tone}>
                  {look.word}
                </StatusMark>
                {running && <Badge tone="info">{operationText(operation)}</Badge>}
              </div>
              <p class="status-why">
                Since <RelativeTime instant={since} form="both" />: {reason}.
              </p>
              {operation !== null && !running && (
                <p class="status-detail">
                  {operationText(operation)} Ordered by {operation.actor},{' '}
                  <RelativeTime instant={operation.requested_at} />: {operation.reason}
                </p>
              )}
              <dl class="status-facts">
                {Object.entries(facts).map(([fact, value]) => (
                  <div key={fact}>
                    <dt>{factName(fact)}</dt>
                    <dd class="numbers">{factText(fact, value)}</dd>
                  </div>
                ))}
              </dl>
              <div class="button-row status-actions">
                {actions.map((action) => (
                  <Button
                    key={action}
                    size="small"
                    aria-label={`${orderWords(action).verb} ${name}`}
                    closedReason={closedReason ?? (running ? 'Something is being done to it already.' : undefined)}
                    onClick={() => onOrder({ kind: 'services', id, name, action, now: `${look.word}, ${reason}.` })}
                  >
                    {orderWords(action).label}
                  </Button>
                ))}
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
