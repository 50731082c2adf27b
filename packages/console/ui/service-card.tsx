import { ProgressLine, StatusMark } from '../kit/index.ts';
import type { OperationView, ServiceView } from '../src/contract.ts';
import type { Intent } from './action-dialog.tsx';
import { ActionButtons, Facts } from './parts.tsx';
import { Time } from './time.tsx';
import { factName, factText, operationLook, operationText, sentence, serviceLook } from './words.ts';

/** One service: state, what it tells of itself, what is being done to it, and what can be. */
export function ServiceCard({
  service,
  onOrder,
}: {
  readonly service: ServiceView;
  readonly onOrder: ((intent: Intent) => void) | undefined;
}) {
  const { id, name, state, since, reason, facts, actions, operation } = service;
  const look = serviceLook(state);
  const running = operation !== null && operation.ended_at === null;
  return (
    <li class={`status-item tone-${look.tone}`} data-state={state}>
      <div class="status-head">
        <h3>{name}</h3>
        <StatusMark shape={look.shape} tone={look.tone}>
          {look.word}
        </StatusMark>
      </div>
      <div class="status-body">
        <p>
          Since <Time instant={since} form="both" />
          {reason === '' ? '.' : `: ${sentence(reason)}`}
        </p>
      </div>
      {operation !== null && <Operation operation={operation} />}
      <Facts facts={Object.entries(facts).map(([fact, value]) => [factName(fact), factText(fact, value)])} />
      <ActionButtons
        actions={actions}
        name={name}
        closedReasonOf={() => (running ? 'Something is being done to it already.' : undefined)}
        onOrder={
          onOrder && ((action) => onOrder({ kind: 'services', id, name, action, now: `${look.word}, ${reason}` }))
        }
      />
    </li>
  );
}

/** An order on its way: requested, running, and what came of it. */
function Operation({ operation }: { readonly operation: OperationView }) {
  const { shape, tone } = operationLook(operation.state);
  return (
    <div class="operation">
      <StatusMark shape={shape} tone={tone}>
        {operationText(operation)}
      </StatusMark>
      <ProgressLine active={operation.ended_at === null} />
      <p class="status-detail">
        Ordered by {operation.actor}, <Time instant={operation.requested_at} />: {sentence(operation.reason)}
      </p>
    </div>
  );
}
