import { Badge, Banner, Button, type Column, EmptyState, LinkButton, notify, Segments, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatPhone } from '../../contract/parsers.ts';
import type { Location } from '../../contract/locations.ts';
import { timeZones } from '../../contract/zones.ts';
import { api, newIdempotencyKey } from '../api.ts';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { disabledReason } from '../session.ts';
import { SettingsHeader } from '../settings/settings-header.tsx';
import { vehicleNewPage } from '../vehicles/pages.ts';
import { LocationDialog } from './location-dialog.tsx';
import './locations.css';

type OpenDialog = { readonly kind: 'add' } | { readonly kind: 'edit' | 'archive'; readonly location: Location };

/** The locations of the school: added, changed and archived in dialogs. */
export function LocationsPage(): JSX.Element {
  const [status, setStatus] = useState<Location['status']>('active');
  const locations = useResource((signal) => api.locations({ status }, signal), [status]);
  const [dialog, setDialog] = useState<OpenDialog | undefined>(undefined);
  /** The first location of the school, just added: cars come next. */
  const [first, setFirst] = useState<Location | undefined>(undefined);
  const close = (): void => setDialog(undefined);
  const restore = useSubmit({
    async send({ id, name, version }: Location) {
      await api.setLocationStatus(id, 'restore', { version, idempotencyKey: newIdempotencyKey() });
      notify(`${name} is active again.`);
      await locations.load();
    },
  });
  const add = (
    <Button
      variant="primary"
      icon="plus"
      disabledReason={disabledReason.value}
      onClick={() => setDialog({ kind: 'add' })}
    >
      Add location
    </Button>
  );
  const isEmpty = locations.value?.data.length === 0 && status === 'active';

  return (
    <div class="page">
      <SettingsHeader
        title="Locations"
        description="Where your lessons begin. Working hours and time off use the time zone of the first one."
        actions={isEmpty ? undefined : add}
      />
      {first !== undefined && (
        <Banner
          tone="success"
          role="status"
          title={`${first.name} was added`}
          actions={
            <LinkButton href={vehicleNewPage.href()} size="small">
              Add a car
            </LinkButton>
          }
        >
          <p>Next, add the first car, so that lessons can be booked with it.</p>
        </Banner>
      )}
      <div class="toolbar">
        <Segments
          label="Which locations"
          value={status}
          options={[
            { value: 'active', label: 'Active' },
            { value: 'archived', label: 'Archived' },
          ]}
          onChange={setStatus}
        />
      </div>
      <RefreshFailure resource={locations} title="The list could not be refreshed" />
      <FailureBanner failure={restore.failure} />
      <ResourceTable
        class="locations-table"
        resource={locations}
        name="The list of locations"
        empty={({ data }) =>
          data.length === 0 &&
          (status === 'active' ? (
            <EmptyState icon="map" title="Add your first location" actions={add}>
              A location is where lessons begin, such as your office. It sets the time zone, and how long instructor and
              car stay free between lessons. Then you can add cars.
            </EmptyState>
          ) : (
            <EmptyState icon="map" title="No archived locations">
              Locations that you no longer use are kept here.
            </EmptyState>
          ))
        }
      >
        {({ data }) => (
          <Table
            caption="Locations"
            columns={columnsFor(setDialog, (location) => void restore.submit(location), restore.sending?.id)}
            rows={data}
            rowKey={({ id }) => id}
          />
        )}
      </ResourceTable>
      {dialog?.kind === 'archive' && (
        <ConfirmAction
          title={`Archive ${dialog.location.name}?`}
          confirmLabel="Archive location"
          danger
          text="No lessons can be booked there any more. Nothing is deleted, and you can restore it at any time. A location with booked lessons can’t be archived."
          action={async () => {
            const { id, name, version } = dialog.location;
            await api.setLocationStatus(id, 'archive', { version, idempotencyKey: newIdempotencyKey() });
            close();
            notify(`${name} was archived.`);
            await locations.load();
          }}
          onClose={close}
        />
      )}
      {(dialog?.kind === 'add' || dialog?.kind === 'edit') && (
        <LocationDialog
          location={dialog.kind === 'edit' ? dialog.location : undefined}
          onClose={close}
          onSaved={(saved) => {
            close();
            if (isEmpty) setFirst(saved);
            else notify(`${saved.name} is saved.`);
            void locations.load();
          }}
          onReload={() => void locations.load()}
        />
      )}
    </div>
  );
}

function columnsFor(
  open: (dialog: OpenDialog) => void,
  restore: (location: Location) => void,
  restoring: string | undefined,
): readonly Column<Location>[] {
  return [
    {
      key: 'name',
      header: 'Name',
      cell: (location) => (
        <span class="location-name">
          <strong>{location.name}</strong>
          {location.status === 'archived' && <Badge shape="dotted">Archived</Badge>}
        </span>
      ),
    },
    { key: 'zone', header: 'Time zone', cell: ({ time_zone: zone }) => timeZones[zone] },
    {
      key: 'buffer',
      header: 'Between lessons',
      fit: true,
      cell: ({ buffer_minutes: minutes }) => `${minutes} min`,
    },
    {
      key: 'address',
      header: 'Address',
      isEmpty: ({ address, phone }) => address === null && phone === null,
      cell: ({ address, phone }) => (
        <span class="location-address">
          {[address?.street, address?.city, address?.postal_code?.replace(' ', '\u00A0')].filter(Boolean).join(', ')}
          {phone !== null && (
            <a class="numbers" href={`tel:${phone}`}>
              {formatPhone(phone)}
            </a>
          )}
        </span>
      ),
    },
    {
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      fit: true,
      align: 'end',
      cell: (location) => (
        <span class="row-actions">
          {location.status === 'active' ? (
            <>
              <Button
                size="small"
                disabledReason={disabledReason.value}
                onClick={() => open({ kind: 'edit', location })}
              >
                Edit<span class="visually-hidden"> {location.name}</span>
              </Button>
              <Button
                size="small"
                variant="danger-quiet"
                disabledReason={disabledReason.value}
                onClick={() => open({ kind: 'archive', location })}
              >
                Archive<span class="visually-hidden"> {location.name}</span>
              </Button>
            </>
          ) : (
            <Button
              size="small"
              busy={restoring === location.id}
              disabledReason={disabledReason.value}
              onClick={() => restore(location)}
            >
              Restore<span class="visually-hidden"> {location.name}</span>
            </Button>
          )}
        </span>
      ),
    },
  ];
}
