import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** Props of every field, regardless of its control. */
export interface FieldProps {
  readonly label: string;
  /** The expected format, best as an example: `613 555 0134`. */
  readonly hint?: ComponentChildren;
  /** Says how to fix the value. Marks the control as invalid. */
  readonly problem?: string | undefined;
  /** The value is unusual but allowed. */
  readonly warning?: string | undefined;
  /** Shown beside the label. Mark the rarer kind of field in a form. */
  readonly mark?: 'optional' | 'required';
}

/** Attributes that connect a control to its label and texts. */
interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
}

/** A label, a control, and below it the problem, the warning and the hint. */
export function Field({
  label,
  hint,
  problem,
  warning,
  mark,
  id,
  children,
}: FieldProps & {
  /** ID of the control. Default: generated. */
  readonly id?: string | undefined;
  /** Renders the control, which must take all attributes that are passed in. */
  readonly children: (control: ControlProps) => ComponentChildren;
}): JSX.Element {
  const ownId = useId();
  const controlId = id ?? ownId;
  const described = [
    problem !== undefined && `${controlId}-problem`,
    warning !== undefined && `${controlId}-warning`,
    hint !== undefined && `${controlId}-hint`,
  ].filter((part) => part !== false);
  return (
    <div class="field">
      <label class="field-label" for={controlId}>
        {label}
        {mark !== undefined && <span class="field-mark">{mark}</span>}
      </label>
      {children({
        id: controlId,
        'aria-describedby': described.length === 0 ? undefined : described.join(' '),
        'aria-invalid': problem === undefined ? undefined : 'true',
      })}
      {problem !== undefined && (
        <p class="field-problem" id={`${controlId}-problem`}>
          <Icon name="danger" />
          <span>{problem}</span>
        </p>
      )}
      {warning !== undefined && (
        <p class="field-warning" id={`${controlId}-warning`}>
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      )}
      {hint !== undefined && (
        <p class="field-hint" id={`${controlId}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Attributes of `<input>`, with their HTML names. */
interface InputAttributes {
  readonly id?: string;
  readonly name?: string;
  readonly autocomplete?: string;
  readonly autofocus?: boolean;
  readonly maxlength?: number;
  readonly placeholder?: string;
  readonly readOnly?: boolean;
  readonly required?: boolean;
  readonly spellcheck?: boolean;
  readonly onBlur?: () => void;
  readonly type?: 'text' | 'email' | 'tel' | 'password' | 'date';
  readonly inputmode?: 'text' | 'email' | 'tel' | 'numeric';
  readonly autocapitalize?: 'off' | 'words' | 'characters';
}

/** One line of text, a date, an e-mail address or a password. */
export function TextField({
  label,
  hint,
  problem,
  warning,
  mark,
  id,
  value,
  onInput,
  action,
  type = 'text',
  ...input
}: FieldProps &
  InputAttributes & {
    readonly value: string;
    readonly onInput: (text: string) => void;
    /** A small button inside the control, at its end, such as one that shows a password. */
    readonly action?: ComponentChildren;
  }): JSX.Element {
  return (
    <Field label={label} hint={hint} problem={problem} warning={warning} {...(mark && { mark })} id={id}>
      {(control) => {
        const element = (
          <input
            {...input}
            {...control}
            // The DOM typings distinguish inputs by one literal type; these five have the same attributes.
            {...({ type } as { readonly type: 'text' })}
            class="control"
            value={value}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
        );
        return action === undefined ? (
          element
        ) : (
          <div class="control-with-action">
            {element}
            {action}
          </div>
        );
      }}
    </Field>
  );
}

/** A choice from a list that is too long for `Segments`. */
export function SelectField<Value extends string>({
  label,
  hint,
  problem,
  warning,
  mark,
  id,
  value,
  options,
  onChange,
  ...select
}: FieldProps & {
  readonly id?: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
  readonly name?: string;
  readonly autocomplete?: string;
  readonly disabled?: boolean;
}): JSX.Element {
  return (
    <Field label={label} hint={hint} problem={problem} warning={warning} {...(mark && { mark })} id={id}>
      {(control) => (
        <div class="select">
          <select
            {...select}
            {...control}
            class="control"
            value={value}
            onChange={(event) => {
              const chosen = options.find((option) => option.value === event.currentTarget.value);
              if (chosen !== undefined) onChange(chosen.value);
            }}
          >
            {options.map((option) => (
              <option key={option.value} value={option.value} selected={option.value === value}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="chevron-down" />
        </div>
      )}
    </Field>
  );
}

/** A checkbox with its label beside it, and the problem and the hint below. */
export function CheckboxField({
  label,
  checked,
  onChange,
  hint,
  problem,
  id,
}: Pick<FieldProps, 'label' | 'hint' | 'problem'> & {
  /** Default: generated. */
  readonly id?: string | undefined;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}): JSX.Element {
  const ownId = useId();
  const controlId = id ?? ownId;
  const described = [problem !== undefined && `${controlId}-problem`, hint !== undefined && `${controlId}-hint`].filter(
    (part) => part !== false,
  );
  return (
    <div class="checkbox">
      <input
        id={controlId}
        type="checkbox"
        checked={checked}
        aria-describedby={described.length === 0 ? undefined : described.join(' ')}
        aria-invalid={problem === undefined ? undefined : 'true'}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={controlId}>{label}</label>
      {problem !== undefined && (
        <p class="field-problem" id={`${controlId}-problem`}>
          <Icon name="danger" />
          <span>{problem}</span>
        </p>
      )}
      {hint !== undefined && (
        <p class="field-hint" id={`${controlId}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
