import type { ServiceView } from '../../src/contract.ts';
import { Button } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import { useDenied } from '../live/denied.ts';
import { localInstant } from '../live/server-clock.ts';
import { ask } from '../orders/current-order.ts';
import { serviceOrder, serviceWords } from '../orders/service-orders.ts';

/** What a service can do; each opens a dialog. */
export function ServiceActions({ service }: { readonly service: ServiceView }) {
  const { live } = useConsole();
  const denied = useDenied('service:order');
  const running = service.operation !== null && service.operation.ended_at === null;
  const closedReason = (action: string): string | undefined => {
    if (denied !== undefined) return denied;
    if (running) return 'Another action is running.';
    const until = service.action_details.find(({ name }) => name === action)?.cooling_until;
    if (until === null || until === undefined) return undefined;
    const seconds = Math.ceil((localInstant(until) - Date.now()) / 1_000);
    return seconds <= 0 ? undefined : `This ran a moment ago. Available again in ${seconds} s.`;
  };
  if (service.actions.length === 0) return null;
  return (
    <div class="button-row status-actions">
      {service.actions.map((action) => (
        <Button
          key={action}
          size="small"
          aria-label={`${serviceWords(action).verb} ${service.name}`}
          closedReason={closedReason(action)}
          onClick={() => ask(serviceOrder(service, action, live.report.value))}
        >
          {serviceWords(action).verb}…
        </Button>
      ))}
    </div>
  );
}
