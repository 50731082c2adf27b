import { notify, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { vehicleFields } from '../../contract/vehicle-fields.ts';
import { parseVehicle } from '../../contract/vehicles.ts';
import { api } from '../api.ts';
import { navigate } from '../navigation.ts';
import { useRecordForm } from '../use-record-form.ts';
import { vehiclePage, vehiclesPage } from './pages.ts';
import { vehicleForm, VehicleFormView } from './vehicle-form.tsx';
import './vehicles.css';

/** Adds a car. */
export function VehicleNewPage(): JSX.Element {
  const state = useRecordForm({
    table: vehicleFields,
    fields: vehicleForm,
    initial: vehicleForm.empty,
    parse: parseVehicle,
    async save(value, idempotencyKey) {
      const { data } = await api.addVehicle(value, idempotencyKey);
      state.release();
      notify(`${data.plate} was added.`);
      navigate(vehiclePage.href({ vehicleId: data.id }), { replace: true });
    },
  });
  return (
    <div class="page page-form">
      <PageHeader
        title="New car"
        back={{ href: vehiclesPage.href(), label: 'Cars' }}
        description="Only the licence plate is required. To book lessons with the car, record its insurance and registration."
      />
      <VehicleFormView state={state} saveLabel="Add car" cancelHref={vehiclesPage.href()} />
    </div>
  );
}
