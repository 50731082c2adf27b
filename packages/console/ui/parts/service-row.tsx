import { ProgressLine, StatusMark } from '@dualbrake/kit';
import type { OperationView, ServiceView } from '../../src/contract.ts';
import { hrefOf } from '../live/router.ts';
import { factName, factText, operationLook, operationText, sentence, serviceLook } from '../words/words.ts';
import { Facts } from './facts.tsx';
import { ServiceActions } from './service-actions.tsx';
import { StatusHead } from './status-head.tsx';
import { Time } from './time.tsx';

/** One service: state, what it tells of itself, what is being done to it, and what can be. */
export function ServiceRow({ service }: { readonly service: ServiceView }) {
  const { id, name, state, since, reason, facts, operation, recovering } = service;
  const look = serviceLook(state);
  return (
    <li class={`status-item tone-${look.tone}`} data-state={state} data-id={id}>
      <StatusHead name={name} href={hrefOf(['services', id])} look={look} />
      <div class="status-body">
        <p>
          Since <Time instant={since} form="both" />
          {reason === '' ? '.' : `: ${sentence(reason)}`}
          {recovering && ' Automatic recovery is running.'}
        </p>
      </div>
      {operation !== null && <OperationLine operation={operation} />}
      <Facts
        facts={Object.entries(facts).map(([fact, value]) => ({ name: factName(fact), value: factText(fact, value) }))}
      />
      <ServiceActions service={service} />
    </li>
  );
}

/** An order on its way: requested, running, and what came of it. */
export function OperationLine({ operation }: { readonly operation: OperationView }) {
  const { shape, tone } = operationLook(operation.state);
  return (
    <div class="operation">
      <StatusMark shape={shape} tone={tone}>
        {operationText(operation)}
      </StatusMark>
      <ProgressLine active={operation.ended_at === null} />
      <p class="status-detail">
        Requested by {operation.actor}, <Time instant={operation.requested_at} />: {sentence(operation.reason)}
      </p>
    </div>
  );
}
