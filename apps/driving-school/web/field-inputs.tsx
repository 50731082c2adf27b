import { CheckboxField, SelectField, TextField } from '@dualbrake/kit';
import { type ComponentChildren, Fragment, type JSX } from 'preact';
import type { InputOptions, Leaf } from '../contract/fields.ts';
import { TextAreaField } from './text-area-field.tsx';

/** The state of a form that the inputs show and change. */
export interface FieldInputState {
  readonly form: Readonly<Record<string, string>>;
  readonly problems: Readonly<Partial<Record<string, string>>>;
  type(name: string, text: string): void;
  leaveField(name: string): void;
}

/** Shows the inputs of the given fields. Pairs of fields with `width: 'half'` share a column. */
export function FieldInputs({
  leaves,
  state,
  idOf,
  special = {},
}: {
  readonly leaves: readonly Leaf[];
  readonly state: FieldInputState;
  readonly idOf: (name: string) => string;
  /** Custom inputs, by name. */
  readonly special?: Readonly<Partial<Record<string, (leaf: Leaf) => JSX.Element>>>;
}): JSX.Element {
  const inputs = leaves.filter(({ field }) => field.input !== false);
  const draw = (leaf: Leaf): JSX.Element =>
    special[leaf.path]?.(leaf) ?? <FieldInput leaf={leaf} state={state} id={idOf(leaf.path)} />;
  const drawn: ComponentChildren[] = [];
  for (let index = 0; index < inputs.length; index += 1) {
    const [leaf, next] = [inputs[index], inputs[index + 1]];
    if (leaf === undefined) continue;
    if (widthOf(leaf) === 'wide') {
      drawn.push(
        <div key={leaf.path} class="form-wide">
          {draw(leaf)}
        </div>,
      );
    } else if (widthOf(leaf) === 'half' && next !== undefined && widthOf(next) === 'half') {
      drawn.push(
        <div key={leaf.path} class="field-pair">
          {draw(leaf)}
          {draw(next)}
        </div>,
      );
      index += 1;
    } else drawn.push(<Fragment key={leaf.path}>{draw(leaf)}</Fragment>);
  }
  return <>{drawn}</>;
}

function widthOf(leaf: Leaf | undefined): InputOptions['width'] {
  return leaf === undefined || leaf.field.input === false ? undefined : leaf.field.input?.width;
}

/** Shows the input of a field. */
export function FieldInput({
  leaf: { path, member, field },
  state,
  id,
  hint = field.hint,
}: {
  readonly leaf: Leaf;
  readonly state: FieldInputState;
  readonly id: string;
  /** Default: the field's hint. */
  readonly hint?: string | undefined;
}): JSX.Element {
  const shared = {
    id,
    label: field.label,
    value: state.form[path] ?? '',
    problem: state.problems[path],
    ...(hint === undefined ? {} : { hint }),
  };
  if (field.kind === 'choice') {
    const options = Object.entries(field.options).map(([value, label]) => ({ value, label }));
    return <SelectField {...shared} options={options} onChange={(value) => state.type(path, value)} />;
  }
  if (field.kind === 'flag') {
    const { value, ...checkbox } = shared;
    return (
      <CheckboxField {...checkbox} checked={value === 'yes'} onChange={(on) => state.type(path, on ? 'yes' : 'no')} />
    );
  }
  const { type, capitals, lengthMax } = field.input === false ? {} : (field.input ?? {});
  const text = {
    ...shared,
    name: path,
    // The browser would suggest data of its user, but records are about other people.
    autocomplete: 'off',
    // A member of a group is required only if the group has a value.
    ...(field.required === undefined || member !== undefined ? {} : ({ required: true, mark: 'required' } as const)),
    ...(lengthMax === undefined ? {} : { maxlength: lengthMax }),
    ...(capitals === undefined || capitals === 'words' ? {} : { spellcheck: false }),
    onInput: (typed: string) => state.type(path, typed),
    onBlur: () => state.leaveField(path),
  };
  if (type === 'textarea') return <TextAreaField {...text} />;
  if (field.kind === 'number') {
    const label = field.unit === undefined ? field.label : `${field.label} (${field.unit})`;
    return <TextField {...text} label={label} inputmode="numeric" maxlength={12} />;
  }
  if (field.kind === 'day') return <TextField {...text} inputmode="text" placeholder="YYYY-MM-DD" maxlength={20} />;
  return (
    <TextField
      {...text}
      {...(type === undefined ? {} : { type })}
      {...(capitals === undefined ? {} : { autocapitalize: capitals })}
    />
  );
}
