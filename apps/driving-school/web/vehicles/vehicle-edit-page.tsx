import { Banner, ConfirmDialog, notify, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { vehicleDateNames } from '../../contract/booking/vehicle-dates.ts';
import { vehicleFields } from '../../contract/vehicle-fields.ts';
import { type BrokenLesson, parseVehicle, type Vehicle } from '../../contract/vehicles.ts';
import { api, ProblemResponse } from '../api.ts';
import { dayText } from '../day-text.ts';
import { changedFields } from '../field-form.ts';
import { navigate } from '../navigation.ts';
import { usePageTitle } from '../platform/page-title.ts';
import { ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useRecordForm } from '../use-record-form.ts';
import { vehiclePage, vehiclesPage } from './pages.ts';
import { vehicleForm, VehicleFormView } from './vehicle-form.tsx';
import './vehicles.css';

/** Edits a car. Before a date is saved that breaks booked lessons, the page lists their days. */
export function VehicleEditPage({ vehicleId }: { readonly vehicleId: string }): JSX.Element {
  const record = useResource((signal) => api.vehicle(vehicleId, signal));
  return (
    <div class="page page-form">
      {record.value === undefined && (
        <PageHeader title="Edit car" back={{ href: vehiclesPage.href(), label: 'Cars' }} />
      )}
      <ResourceView resource={record} name="This car" skeleton={<SkeletonCard lines={4} />}>
        {({ data }) => <Editor vehicle={data} />}
      </ResourceView>
    </div>
  );
}

function Editor({ vehicle: opened }: { readonly vehicle: Vehicle }): JSX.Element {
  /** The record that the form started from. */
  const [vehicle, setVehicle] = useState(opened);
  /** Fields that someone else has changed while the form was open. */
  const [theirs, setTheirs] = useState<readonly string[]>([]);
  const [broken, setBroken] = useState<readonly BrokenLesson[]>([]);
  /** The content for which the user has confirmed the broken lessons. */
  const confirmed = useRef<unknown>(undefined);
  const href = vehiclePage.href({ vehicleId: vehicle.id });
  usePageTitle(`Edit ${vehicle.plate}`);

  const state = useRecordForm({
    table: vehicleFields,
    fields: vehicleForm,
    initial: vehicleForm.fromRecord(vehicle),
    parse: parseVehicle,
    async save(value, idempotencyKey) {
      const changes = changedFields(vehicleFields, vehicle, value);
      if (Object.keys(changes).length === 0) return leave('Nothing was changed.', 'info');
      if (vehicleDateNames.some((name) => name in changes) && confirmed.current !== state.form) {
        const { affected } = await api.previewVehicle(vehicle.id, changes, vehicle.version);
        if (affected.length > 0) return setBroken(affected);
      }
      const { data, affected_lessons } = await api.changeVehicle(vehicle.id, changes, {
        version: vehicle.version,
        idempotencyKey,
      });
      const count = affected_lessons.length;
      leave(
        count === 0
          ? `${data.plate} is saved.`
          : `${data.plate} is saved. ${count === 1 ? 'One booked lesson needs' : `${count} booked lessons need`} another car.`,
        count === 0 ? 'success' : 'warning',
      );
    },
    async explain(error) {
      if (!(error instanceof ProblemResponse && error.status === 412)) return undefined;
      const { data } = await api.vehicle(vehicle.id);
      const [base, newer] = [vehicleForm.fromRecord(vehicle), vehicleForm.fromRecord(data)];
      setTheirs(vehicleForm.conflictsBetween(base, newer, state.form).map(({ label }) => label));
      setVehicle(data);
      state.restart(newer, vehicleForm.rebase(base, newer, state.form));
      return {};
    },
  });
  const leave = (message: string, tone: 'success' | 'info' | 'warning'): void => {
    state.release();
    notify(message, { tone });
    navigate(href, { replace: true });
  };

  return (
    <>
      <PageHeader title={`Edit ${vehicle.plate}`} back={{ href, label: vehicle.plate }} />
      {theirs.length > 0 && (
        <Banner tone="warning" role="alert" title="Someone changed this car while you were editing">
          <p>
            Nothing was saved. The form now has their changes to {theirs.join(', ')}, and yours where you typed. Check
            it and save again.
          </p>
        </Banner>
      )}
      <VehicleFormView
        state={state}
        saveLabel="Save changes"
        cancelHref={href}
        location={
          vehicle.location_id === null
            ? undefined
            : { id: vehicle.location_id, name: vehicle.location_name ?? 'The location on record' }
        }
      />
      {broken.length > 0 && (
        <ConfirmDialog
          title={broken.length === 1 ? 'One booked lesson is affected' : `${broken.length} booked lessons are affected`}
          confirmLabel="Save anyway"
          cancelLabel="Go back"
          onConfirm={() => {
            confirmed.current = state.form;
            setBroken([]);
            void state.submission.submit(state.form);
          }}
          onClose={() => setBroken([])}
        >
          <p>
            With the new dates, this car can’t be used for lessons on these days. The lessons stay booked until you move
            or cancel them.
          </p>
          <ul class="broken-days">
            {daysOf(broken).map(({ day, count }) => (
              <li key={day}>
                {dayText(day)}: {count === 1 ? 'one lesson' : `${count} lessons`}
              </li>
            ))}
          </ul>
        </ConfirmDialog>
      )}
    </>
  );
}

/** The days of lessons with their numbers. */
function daysOf(lessons: readonly BrokenLesson[]): { readonly day: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { local_date: day } of lessons) counts.set(day, (counts.get(day) ?? 0) + 1);
  return [...counts].map(([day, count]) => ({ day, count }));
}
