import { type Column, EmptyState, LinkButton, PageHeader, Segments, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { vehicleFields } from '../../contract/vehicle-fields.ts';
import type { Vehicle } from '../../contract/vehicles.ts';
import { api } from '../api.ts';
import { locationsPage } from '../locations/pages.ts';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { useResource } from '../platform/use-resource.ts';
import { mayWrite } from '../session.ts';
import { WritingLink } from '../writing-link.tsx';
import { PaperBadges } from './paper-badges.tsx';
import { vehicleNewPage, vehiclePage } from './pages.ts';
import './vehicles.css';

/** The school's cars, with the papers that need attention. */
export function VehiclesPage(): JSX.Element {
  const [status, setStatus] = useState<Vehicle['status']>('active');
  const vehicles = useResource((signal) => api.vehicles({ status }, signal), [status]);
  const locations = useResource((signal) => api.locations({}, signal));
  const isEmpty = vehicles.value?.data.length === 0 && status === 'active';
  const add = mayWrite.value ? (
    <WritingLink href={vehicleNewPage.href()} variant="primary" icon="plus">
      Add car
    </WritingLink>
  ) : undefined;
  return (
    <div class="page">
      <PageHeader title="Cars" actions={isEmpty ? undefined : add} />
      <div class="toolbar">
        <Segments
          label="Which cars"
          value={status}
          options={[
            { value: 'active', label: 'Active' },
            { value: 'archived', label: 'Archived' },
          ]}
          onChange={setStatus}
        />
      </div>
      <RefreshFailure resource={vehicles} title="The list could not be refreshed" />
      <ResourceTable
        class="vehicles-table"
        resource={vehicles}
        name="The list of cars"
        empty={({ data }) =>
          data.length === 0 &&
          (status === 'archived' ? (
            <EmptyState icon="car" title="No archived cars">
              Cars that you no longer use are kept here.
            </EmptyState>
          ) : (
            <NoCars add={add} hasLocation={locations.value === undefined || locations.value.data.length > 0} />
          ))
        }
      >
        {({ data }) => <Table caption="Cars" columns={columns} rows={data} rowKey={({ id }) => id} hover width={44} />}
      </ResourceTable>
    </div>
  );
}

/** Leads a new school to its first location, and then to its first car. */
function NoCars({
  add,
  hasLocation,
}: {
  readonly add: JSX.Element | undefined;
  readonly hasLocation: boolean;
}): JSX.Element {
  if (add === undefined) {
    return (
      <EmptyState icon="car" title="No cars yet">
        The office adds the school’s cars.
      </EmptyState>
    );
  }
  return hasLocation ? (
    <EmptyState icon="car" title="Add your first car" actions={add}>
      Record when its insurance and registration expire: no lesson can be booked after those days, and you see in time
      what to renew.
    </EmptyState>
  ) : (
    <EmptyState
      icon="map"
      title="Add a location first"
      actions={
        <>
          <LinkButton variant="primary" href={locationsPage.href()}>
            Go to locations
          </LinkButton>
          <LinkButton href={vehicleNewPage.href()}>Add a car anyway</LinkButton>
        </>
      }
    >
      A location is where lessons begin, such as your office. Then add your cars.
    </EmptyState>
  );
}

const columns: readonly Column<Vehicle>[] = [
  {
    key: 'plate',
    header: 'Car',
    cell: ({ id, plate, description }) => (
      <span class="vehicle-name">
        <a class="row-link" href={vehiclePage.href({ vehicleId: id })}>
          {plate}
        </a>
        {description !== null && <span class="muted">{description}</span>}
      </span>
    ),
  },
  {
    key: 'transmission',
    header: 'Transmission',
    fit: true,
    cell: ({ transmission, dual_brake: dualBrake }) => (
      <>
        {vehicleFields.transmission.options[transmission]}
        {!dualBrake && <span class="muted">, no second brake</span>}
      </>
    ),
  },
  {
    key: 'location',
    header: 'Usual location',
    isEmpty: ({ location_name: name }) => name === null,
    cell: ({ location_name: name }) => name ?? <span class="muted">None</span>,
  },
  { key: 'papers', header: 'Documents', cell: (vehicle) => <PaperBadges vehicle={vehicle} /> },
];
