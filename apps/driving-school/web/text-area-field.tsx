import { Field, type FieldProps } from '@dualbrake/kit';
import type { JSX } from 'preact';

/** A multi-line text field. */
export function TextAreaField({
  id,
  name,
  autocomplete,
  value,
  onInput,
  onBlur,
  ...field
}: FieldProps & {
  readonly id?: string;
  readonly name?: string;
  readonly autocomplete?: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
  readonly onBlur?: () => void;
}): JSX.Element {
  return (
    <Field {...field} id={id}>
      {(control) => (
        <textarea
          {...control}
          rows={4}
          name={name}
          autocomplete={autocomplete}
          class="control"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
          onBlur={onBlur}
        />
      )}
    </Field>
  );
}
