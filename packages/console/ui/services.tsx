import { Card, EmptyState } from '../kit/index.ts';
import type { ServiceView } from '../src/contract.ts';
import type { Intent } from './action-dialog.tsx';
import { ServiceCard } from './service-card.tsx';

/** Databases, pools and workers. */
export function Services({
  services,
  onOrder,
}: {
  readonly services: readonly ServiceView[];
  /** Nothing for who may only look. */
  readonly onOrder: ((intent: Intent) => void) | undefined;
}) {
  return (
    <Card title="Services" flush>
      {services.length === 0 ? (
        <EmptyState icon="monitor" title="No services">
          The application has named none that can be watched or restarted.
        </EmptyState>
      ) : (
        <ul class="status-list">
          {services.map((service) => (
            <ServiceCard key={service.id} service={service} onOrder={onOrder} />
          ))}
        </ul>
      )}
    </Card>
  );
}
