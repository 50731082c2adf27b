import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface FieldProps {
  readonly label: string;
  /** How it should look, by an example: `613 555 0134`. */
  readonly hint?: ComponentChildren;
  /** What is wrong and how to put it right. Marks the control as invalid. */
  readonly problem?: string | undefined;
  /** Odd, but allowed. */
  readonly warning?: string | undefined;
  /** Shown beside the label. Most fields of a form are of one kind: mark the other kind. */
  readonly mark?: 'optional' | 'required';
}

/** What a control inside a `Field` must carry. */
interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
}

/** Label above, control, then what is wrong or a hint: in the order in which they are needed. */
export function Field({
  label,
  hint,
  problem,
  warning,
  mark,
  id,
  children,
}: FieldProps & {
  readonly id?: string | undefined;
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

/** What a text control may be told beyond its label. The names are those of HTML. */
interface TextAttributes {
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
}

interface LineAttributes extends TextAttributes {
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
  LineAttributes & {
    readonly value: string;
    readonly onInput: (text: string) => void;
    /** A small button inside the control, at its end: show or hide a password. */
    readonly action?: ComponentChildren;
  }): JSX.Element {
  return (
    <Field label={label} hint={hint} problem={problem} warning={warning} {...(mark && { mark })} id={id}>
      {(control) => {
        const element = (
          <input
            {...input}
            {...control}
            // The DOM typings ask which of the five it is; for all of them the other attributes are the same.
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

/** Several lines of text. */
export function TextAreaField({
  label,
  hint,
  problem,
  warning,
  mark,
  id,
  value,
  onInput,
  ...textArea
}: FieldProps &
  TextAttributes & {
    readonly value: string;
    readonly onInput: (text: string) => void;
  }): JSX.Element {
  return (
    <Field label={label} hint={hint} problem={problem} warning={warning} {...(mark && { mark })} id={id}>
      {(control) => (
        <textarea
          rows={4}
          {...textArea}
          {...control}
          class="control"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** One choice out of a list that is too long for `Segments`. */
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

/** A yes or no, with the label beside it. */
export function CheckboxField({
  label,
  hint,
  checked,
  onChange,
  id,
}: {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly id?: string;
}): JSX.Element {
  const ownId = useId();
  const controlId = id ?? ownId;
  return (
    <div class="checkbox">
      <input
        id={controlId}
        type="checkbox"
        checked={checked}
        aria-describedby={hint === undefined ? undefined : `${controlId}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={controlId}>{label}</label>
        {hint !== undefined && (
          <p class="field-hint" id={`${controlId}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
