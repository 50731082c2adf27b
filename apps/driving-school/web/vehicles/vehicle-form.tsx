import { Button, LinkButton, SelectField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { leavesOf } from '../../contract/fields.ts';
import { vehicleFields, vehicleSections } from '../../contract/vehicle-fields.ts';
import type { VehicleFields } from '../../contract/vehicles.ts';
import { api } from '../api.ts';
import { fieldForm, type FormOf } from '../field-form.ts';
import { FieldInputs } from '../field-inputs.tsx';
import { SubmitForm } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import type { RecordFormState } from '../use-record-form.ts';

export const vehicleForm = fieldForm(vehicleFields);
export type VehicleForm = FormOf<typeof vehicleFields>;

const sections = Object.entries(vehicleSections).map(([name, { title, about }]) => ({
  title,
  about,
  leaves: leavesOf(vehicleFields).filter((leaf) => vehicleFields[leaf.name as keyof VehicleFields].section === name),
}));

/** The form of a new or existing car. */
export function VehicleFormView({
  state,
  saveLabel,
  cancelHref,
  location,
}: {
  readonly state: RecordFormState<VehicleForm>;
  readonly saveLabel: string;
  readonly cancelHref: string;
  /** The location on record, offered even when the list can't be loaded. */
  readonly location?: { readonly id: string; readonly name: string } | undefined;
}): JSX.Element {
  const { submission } = state;
  const { busy, disabledReason: closed } = submission;
  return (
    <SubmitForm submission={submission} content={state.form} class="vehicle-form">
      {sections.map(({ title, about, leaves }) => (
        <FormSection key={title} title={title} about={about}>
          <FieldInputs
            leaves={leaves}
            state={state}
            idOf={idOf}
            special={{ location_id: () => <LocationField state={state} onRecord={location} /> }}
          />
        </FormSection>
      ))}
      <div class="form-bar">
        <Button type="submit" variant="primary" busy={busy} disabledReason={closed}>
          {saveLabel}
        </Button>
        <LinkButton href={cancelHref}>Cancel</LinkButton>
        <p class="muted">{closed ?? (busy ? 'Saving…' : state.unsaved ? 'Not saved yet.' : '')}</p>
      </div>
    </SubmitForm>
  );
}

function FormSection({
  title,
  about,
  children,
}: {
  readonly title: string;
  readonly about: string | undefined;
  readonly children: JSX.Element;
}): JSX.Element {
  const titleId = useId();
  return (
    <section class="form-section" role="group" aria-labelledby={titleId}>
      <div>
        <h2 id={titleId}>{title}</h2>
        {about !== undefined && <p class="field-hint">{about}</p>}
      </div>
      <div class="form-fields">{children}</div>
    </section>
  );
}

function LocationField({
  state,
  onRecord,
}: {
  readonly state: RecordFormState<VehicleForm>;
  readonly onRecord: { readonly id: string; readonly name: string } | undefined;
}): JSX.Element {
  const locations = useResource((signal) => api.locations({}, signal));
  const known = [...(locations.value?.data ?? [])].map(({ id, name }) => ({ value: id, label: name }));
  if (onRecord !== undefined && !known.some(({ value }) => value === onRecord.id)) {
    known.unshift({ value: onRecord.id, label: onRecord.name });
  }
  return (
    <SelectField
      id={idOf('location_id')}
      label={vehicleFields.location_id.label}
      value={state.form.location_id}
      problem={state.problems.location_id}
      warning={
        locations.failure === undefined
          ? undefined
          : `The list of locations could not be loaded. ${locations.failure.detail}`
      }
      options={[{ value: '', label: 'None' }, ...known]}
      onChange={(value) => state.type('location_id', value)}
    />
  );
}

function idOf(name: string): string {
  return `vehicle-${name}`;
}
