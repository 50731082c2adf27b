import { SearchField, Segments, SelectField } from '@dualbrake/kit';
import { queryChoice, route, setQuery } from '../live/router.ts';

/** A filter keeps its value in the query of the URL; the empty value removes it. */
interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  /** Labels by value; the empty value is the default. */
  readonly options: Readonly<Record<string, string>>;
}

export function SearchFilter({
  name = 'q',
  label,
  placeholder,
}: Readonly<{ name?: string; label: string; placeholder: string }>) {
  return (
    <SearchField
      label={label}
      placeholder={placeholder}
      value={route.value.query.get(name) ?? ''}
      onInput={(text) => setQuery({ [name]: text })}
    />
  );
}

export function SelectFilter({ label, ...choice }: ChoiceProps) {
  return <SelectField label={label} {...choiceOf(choice)} />;
}

export function SegmentFilter({ label, ...choice }: ChoiceProps & Readonly<{ fallback?: string }>) {
  return <Segments label={label} {...choiceOf(choice)} />;
}

function choiceOf({ name, options, fallback = '' }: Omit<ChoiceProps, 'label'> & Readonly<{ fallback?: string }>) {
  return {
    value: queryChoice(name, options) || fallback,
    options: Object.entries(options).map(([value, label]) => ({ value, label })),
    onChange: (value: string) => setQuery({ [name]: value }),
  };
}

/** Options for a filter whose labels are its values. */
export function anyOf(values: Iterable<string>): Readonly<Record<string, string>> {
  return { '': 'Any', ...Object.fromEntries([...values].map((value) => [value, value])) };
}
