import {
  Badge,
  Banner,
  Button,
  Card,
  DataList,
  type Fact,
  notify,
  PageHeader,
  RelativeTime,
  StatusMark,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { leavesOf, shownLeaf } from '../../contract/fields.ts';
import { vehicleFields } from '../../contract/vehicle-fields.ts';
import type { Vehicle, VehicleAnswer, VehicleFields } from '../../contract/vehicles.ts';
import { api, newIdempotencyKey } from '../api.ts';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { mayWrite } from '../session.ts';
import { WritingLink } from '../writing-link.tsx';
import { OutageCard } from './outage-card.tsx';
import { PaperBadge, paperNames } from './paper-badges.tsx';
import { vehicleEditPage, vehiclesPage } from './pages.ts';
import './vehicles.css';

/** A car: its facts, its papers, and when it can't be used. */
export function VehiclePage({ vehicleId }: { readonly vehicleId: string }): JSX.Element {
  const record = useResource((signal) => api.vehicle(vehicleId, signal));
  const title = record.value?.data.plate ?? 'Car';
  usePageTitle(title);
  return (
    <div class="page">
      {record.value === undefined && <PageHeader title={title} back={{ href: vehiclesPage.href(), label: 'Cars' }} />}
      <ResourceView resource={record} name="This car" skeleton={<SkeletonCard lines={4} />}>
        {({ data, as_of: asOf }) => (
          <>
            <RecordHeader vehicle={data} onChange={(changed) => record.set(changed)} />
            <RefreshFailure resource={record} title="The car could not be refreshed" />
            <div class="record">
              <div class="stack">
                <Card title="Car" flush>
                  <DataList facts={[...factsOf(data), historyOf(data)]} />
                </Card>
                <Card title="Notes">
                  {data.notes === null ? <p class="muted">No notes.</p> : <p class="notes">{data.notes}</p>}
                </Card>
              </div>
              <div class="stack">
                <Card title="Documents" flush>
                  <DataList facts={papersOf(data)} />
                </Card>
                <OutageCard vehicle={data} asOf={asOf} />
              </div>
            </div>
          </>
        )}
      </ResourceView>
    </div>
  );
}

function factsOf(vehicle: Vehicle): Fact[] {
  const shown: readonly (keyof VehicleFields)[] = ['description', 'transmission', 'dual_brake'];
  const facts = leavesOf(vehicleFields)
    .filter(({ name }) => shown.includes(name as keyof VehicleFields))
    .map((leaf) => ({ name: leaf.field.fact || leaf.field.label, value: shownLeaf(vehicle, leaf) }));
  const location = { name: vehicleFields.location_id.fact, value: vehicle.location_name ?? 'None' };
  return [...facts, location];
}

function papersOf(vehicle: Vehicle): Fact[] {
  const papers = vehicle.papers.map((paper) => ({
    name: paperNames[paper.field],
    value: <PaperBadge paper={paper} />,
  }));
  const endorsement = {
    name: vehicleFields.insurance_6d.fact,
    value: vehicle.insurance_6d ? (
      <StatusMark tone="success" shape="circle">
        On the policy
      </StatusMark>
    ) : (
      <StatusMark tone="warning" shape="ring">
        Not on the policy
      </StatusMark>
    ),
  };
  return [...papers.slice(0, 1), endorsement, ...papers.slice(1)];
}

function historyOf({ updated_at: updatedAt, updated_by_name: by }: Vehicle): Fact {
  return {
    name: 'Last change',
    value: (
      <>
        <RelativeTime instant={updatedAt} form="both" />
        {by !== null && ` by ${by}`}
      </>
    ),
  };
}

function RecordHeader({
  vehicle,
  onChange,
}: {
  readonly vehicle: Vehicle;
  readonly onChange: (answer: VehicleAnswer) => void;
}): JSX.Element {
  const [confirming, setConfirming] = useState(false);
  const { id, plate, description, version, status } = vehicle;
  const archived = status === 'archived';
  const restore = useSubmit({
    async send(from: number) {
      onChange(await api.setVehicleStatus(id, 'restore', { version: from, idempotencyKey: newIdempotencyKey() }));
      notify(`${plate} is active again.`);
    },
  });
  return (
    <>
      <PageHeader
        back={{ href: vehiclesPage.href(), label: 'Cars' }}
        title={plate}
        description={description ?? undefined}
        beside={archived && <Badge shape="dotted">Archived</Badge>}
        actions={
          mayWrite.value ? (
            <>
              {archived ? (
                <Button
                  busy={restore.busy}
                  disabledReason={restore.disabledReason}
                  onClick={() => void restore.submit(version)}
                >
                  Restore
                </Button>
              ) : (
                <Button
                  variant="danger-quiet"
                  disabledReason={restore.disabledReason}
                  onClick={() => setConfirming(true)}
                >
                  Archive
                </Button>
              )}
              <WritingLink href={vehicleEditPage.href({ vehicleId: id })} variant="primary" icon="edit">
                Edit
              </WritingLink>
            </>
          ) : undefined
        }
      />
      <FailureBanner failure={restore.failure} />
      {archived && (
        <Banner tone="neutral" title="This car is archived">
          <p>No lessons can be booked with it. The record is kept.</p>
        </Banner>
      )}
      {confirming && (
        <ConfirmAction
          title={`Archive ${plate}?`}
          confirmLabel="Archive car"
          danger
          text="No lessons can be booked with it any more. Nothing is deleted, and you can restore it at any time. A car with booked lessons can’t be archived."
          action={async () => {
            const answer = await api.setVehicleStatus(id, 'archive', {
              version,
              idempotencyKey: newIdempotencyKey(),
            });
            setConfirming(false);
            onChange(answer);
            notify(`${plate} was archived.`, {
              action: { label: 'Undo', run: () => void restore.submit(answer.data.version) },
            });
          }}
          onClose={() => setConfirming(false)}
        />
      )}
    </>
  );
}
