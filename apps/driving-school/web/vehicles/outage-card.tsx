import { Badge, Button, Card, notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Outage, Vehicle } from '../../contract/vehicles.ts';
import { api, newIdempotencyKey } from '../api.ts';
import { browserDay, wallTimeText } from '../day-text.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { disabledReason, mayWrite } from '../session.ts';
import { OutageDialog } from './outage-dialog.tsx';

/** When a car can't be used: current and coming times first, past ones on request. */
export function OutageCard({ vehicle, asOf }: { readonly vehicle: Vehicle; readonly asOf: string }): JSX.Element {
  const outages = useResource((signal) => api.outages(vehicle.id, signal));
  const [adding, setAdding] = useState(false);
  const [withPast, setWithPast] = useState(false);
  const remove = useSubmit({
    async send({ id, from, to, reason }: Outage) {
      await api.removeOutage(vehicle.id, id);
      await outages.load();
      notify('The car can be used again.', {
        action: { label: 'Undo', run: () => void addAgain.submit({ from, to, reason }) },
      });
    },
  });
  const addAgain = useSubmit({
    async send(outage: { readonly from: string; readonly to: string; readonly reason: string | null }) {
      await api.addOutage(vehicle.id, outage, newIdempotencyKey());
      await outages.load();
    },
  });
  return (
    <Card
      title="Out of service"
      flush
      actions={
        mayWrite.value &&
        vehicle.status === 'active' && (
          <Button size="small" icon="plus" disabledReason={disabledReason.value} onClick={() => setAdding(true)}>
            Add time
          </Button>
        )
      }
    >
      <RefreshFailure resource={outages} title="The list could not be refreshed" />
      <FailureBanner failure={remove.failure ?? addAgain.failure} />
      <ResourceView resource={outages} name="The list" skeleton={<SkeletonCard />}>
        {({ data, as_of: now }) => {
          const coming = data.filter(({ to }) => to > now).toReversed();
          const shown = withPast ? [...coming, ...data.filter(({ to }) => to <= now)] : coming;
          const past = data.length - coming.length;
          return (
            <>
              {shown.length === 0 && (
                <p class="card-body muted">
                  No times.{mayWrite.value && ' Add one when the car is at the garage, for example.'}
                </p>
              )}
              {shown.length > 0 && (
                <ul class="outage-list">
                  {shown.map((outage) => (
                    <li key={outage.id}>
                      <div>
                        <p>
                          <span class="numbers">{wallTimeText(outage.local_from)}</span>
                          <br />
                          to <span class="numbers">{wallTimeText(outage.local_to)}</span>{' '}
                          {outage.from <= now && outage.to > now && (
                            <Badge tone="warning" shape="half">
                              Now
                            </Badge>
                          )}
                        </p>
                        {outage.reason !== null && <p class="muted">{outage.reason}</p>}
                      </div>
                      {mayWrite.value && (
                        <Button
                          size="small"
                          variant="danger-quiet"
                          busy={remove.sending?.id === outage.id}
                          disabledReason={remove.disabledReason}
                          onClick={() => void remove.submit(outage)}
                        >
                          Remove<span class="visually-hidden"> {wallTimeText(outage.local_from)}</span>
                        </Button>
                      )}
                    </li>
                  ))}
                </ul>
              )}
              {past > 0 && (
                <div class="card-foot">
                  <Button size="small" variant="quiet" onClick={() => setWithPast(!withPast)}>
                    {withPast ? 'Hide past times' : `Show past times (${past})`}
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </ResourceView>
      {adding && (
        <OutageDialog
          vehicle={vehicle}
          today={browserDay(asOf)}
          onClose={() => setAdding(false)}
          onAdded={({ cancelled_lessons: cancelled }) => {
            setAdding(false);
            notify(
              cancelled.length === 0
                ? 'The time was added.'
                : `The time was added, and ${cancelled.length === 1 ? 'one lesson was' : `${cancelled.length} lessons were`} cancelled.`,
            );
            void outages.load();
          }}
        />
      )}
    </Card>
  );
}
