import { SelectField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { type ClosedDayAdded, closedDayFields, parseClosedDay } from '../../contract/closed-days.ts';
import { leavesOf } from '../../contract/fields.ts';
import { api } from '../api.ts';
import { fieldForm } from '../field-form.ts';
import { FieldInputs } from '../field-inputs.tsx';
import { FormDialog } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useRecordForm } from '../use-record-form.ts';

const closedDayForm = fieldForm(closedDayFields);
const leaves = leavesOf(closedDayFields);

/** Adds a closed day. */
export function ClosedDayDialog({
  year,
  onClose,
  onAdded,
}: {
  /** The year that the page shows, with which the day begins. */
  readonly year: number;
  readonly onClose: () => void;
  readonly onAdded: (added: ClosedDayAdded) => void;
}): JSX.Element {
  const locations = useResource((signal) => api.locations({}, signal));
  const state = useRecordForm({
    table: closedDayFields,
    fields: closedDayForm,
    initial: { ...closedDayForm.empty, day: `${year}-` },
    parse: parseClosedDay,
    async save(value, idempotencyKey) {
      const added = await api.addClosedDay(value, idempotencyKey);
      state.release();
      onAdded(added);
    },
  });
  const places = (locations.value?.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <FormDialog
      title="Add a closed day"
      submission={state.submission}
      content={state.form}
      submitLabel="Add day"
      onClose={() => {
        state.release();
        onClose();
      }}
    >
      <FieldInputs
        leaves={leaves}
        state={state}
        idOf={(name) => `closed-day-${name}`}
        special={{
          location_id: () => (
            <SelectField
              id="closed-day-location_id"
              label={closedDayFields.location_id.label}
              value={state.form.location_id}
              problem={state.problems.location_id}
              options={[{ value: '', label: 'All locations' }, ...places]}
              onChange={(value) => state.type('location_id', value)}
            />
          ),
        }}
      />
    </FormDialog>
  );
}
