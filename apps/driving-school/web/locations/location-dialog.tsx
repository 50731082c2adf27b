import { notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { leavesOf } from '../../contract/fields.ts';
import { locationFields } from '../../contract/location-fields.ts';
import { type Location, type LocationFields, parseLocation } from '../../contract/locations.ts';
import { api, ProblemResponse } from '../api.ts';
import { changedFields, fieldForm } from '../field-form.ts';
import { FieldInputs } from '../field-inputs.tsx';
import { FormDialog } from '../platform/submit-form.tsx';
import { useRecordForm } from '../use-record-form.ts';

const locationForm = fieldForm(locationFields);
const leaves = leavesOf(locationFields);

/** Adds or changes a location. */
export function LocationDialog({
  location,
  onClose,
  onSaved,
  onReload,
}: {
  /** Undefined for a new one. */
  readonly location: Location | undefined;
  readonly onClose: () => void;
  readonly onSaved: (location: Location) => void;
  /** Called when someone else has changed the location. */
  readonly onReload: () => void;
}): JSX.Element {
  const save = async (value: LocationFields, idempotencyKey: string): Promise<void> => {
    if (location === undefined) {
      const { data } = await api.addLocation(value, idempotencyKey);
      state.release();
      onSaved(data);
      return;
    }
    const changes = changedFields(locationFields, location, value);
    if (Object.keys(changes).length === 0) {
      notify('Nothing was changed.', { tone: 'info' });
      onClose();
      return;
    }
    const conditions = { version: location.version, idempotencyKey };
    const { data } = await api.changeLocation(location.id, changes, conditions);
    state.release();
    onSaved(data);
  };
  const state = useRecordForm({
    table: locationFields,
    fields: locationForm,
    initial: location === undefined ? locationForm.empty : locationForm.fromRecord(location),
    parse: parseLocation,
    save,
    explain(error) {
      if (error instanceof ProblemResponse && error.status === 412) onReload();
      return undefined;
    },
  });
  return (
    <FormDialog
      title={location === undefined ? 'Add a location' : `Edit ${location.name}`}
      submission={state.submission}
      content={state.form}
      submitLabel={location === undefined ? 'Add location' : 'Save'}
      onClose={() => {
        state.release();
        onClose();
      }}
    >
      <div class="dialog-fields">
        <FieldInputs leaves={leaves} state={state} idOf={(name) => `location-${name.replace('/', '-')}`} />
      </div>
    </FormDialog>
  );
}
