import { Button, EmptyState, ProgressLine } from '@dualbrake/kit';
import type { OperationView, ServiceView } from '../../src/contract.ts';
import { openAction } from '../actions/action.ts';
import { serviceAction, serviceTexts } from '../actions/service-actions.ts';
import { useConsole, useDenied } from '../live/context.ts';
import { hrefOf } from '../live/router.ts';
import { localInstant } from '../live/server-clock.ts';
import { factName, factText, operationMark, operationText, sentence, serviceStatus } from '../words/words.ts';
import { Facts } from './facts.tsx';
import { StateMark, StatusItem } from './status.tsx';
import { Time } from './time.tsx';

/** One service: status, its own facts, its last action, and the actions it offers. */
export function ServiceRow({ service }: Readonly<{ service: ServiceView }>) {
  const { id, name, state, since, reason, facts, operation, recovering } = service;
  return (
    <StatusItem
      name={name}
      href={hrefOf(['services', id])}
      status={serviceStatus(state)}
      data-state={state}
      data-id={id}
    >
      <p>
        Since <Time instant={since} form="both" />
        {reason === '' ? '.' : `: ${sentence(reason)}`}
        {recovering && ' Automatic recovery is running.'}
      </p>
      {operation !== null && <OperationLine operation={operation} />}
      <Facts
        facts={Object.entries(facts).map(([fact, value]) => ({ name: factName(fact), value: factText(fact, value) }))}
      />
      <ServiceActions service={service} />
    </StatusItem>
  );
}

export function ServiceList({ services }: Readonly<{ services: readonly ServiceView[] }>) {
  if (services.length === 0) {
    return (
      <EmptyState icon="server" title="No services">
        The application hasn’t registered any services. Pass them to createConsole and they appear here.
      </EmptyState>
    );
  }
  return (
    <ul class="list">
      {services.map((service) => (
        <ServiceRow key={service.id} service={service} />
      ))}
    </ul>
  );
}

function OperationLine({ operation }: Readonly<{ operation: OperationView }>) {
  return (
    <div class="operation">
      <StateMark status={operationMark(operation.state)}>{operationText(operation)}</StateMark>
      <ProgressLine active={operation.ended_at === null} />
      <p class="status-detail">
        Requested by {operation.actor}, <Time instant={operation.requested_at} />: {sentence(operation.reason)}
      </p>
    </div>
  );
}

function ServiceActions({ service }: Readonly<{ service: ServiceView }>) {
  const { live } = useConsole();
  const denied = useDenied('service:order');
  const disabledReason = (action: string): string | undefined => {
    if (denied !== undefined) return denied;
    if (service.operation?.ended_at === null) return 'Another action is running.';
    const until = service.action_details.find(({ name }) => name === action)?.cooling_until ?? '';
    const seconds = Math.ceil((localInstant(until) - Date.now()) / 1_000);
    return seconds > 0 ? `This ran a moment ago. Available again in ${seconds} s.` : undefined;
  };
  if (service.actions.length === 0) return null;
  return (
    <div class="button-row">
      {service.actions.map((action) => (
        <Button
          key={action}
          size="small"
          aria-label={`${serviceTexts(action).verb} ${service.name}`}
          disabledReason={disabledReason(action)}
          onClick={() => openAction(serviceAction(service, action, live.report.value))}
        >
          {serviceTexts(action).verb}…
        </Button>
      ))}
    </div>
  );
}
