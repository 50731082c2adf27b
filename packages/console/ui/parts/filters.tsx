import { SearchField, Segments, SelectField } from '@dualbrake/kit';
import { route, setQuery } from '../live/router.ts';

/** A filter keeps its value in the query of the URL; the empty value removes it. */
interface FilterProps {
  readonly name: string;
  readonly label: string;
}

interface ChoiceProps extends FilterProps {
  /** The first option is the default when it is the empty string. */
  readonly options: readonly (string | { readonly value: string; readonly label: string })[];
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

export function SelectFilter({ name, label, options }: ChoiceProps) {
  const choices = optionsOf(options);
  return (
    <SelectField
      label={label}
      value={chosen(name, choices)}
      options={choices}
      onChange={(value) => setQuery({ [name]: value })}
    />
  );
}

export function SegmentFilter({ name, label, options, fallback }: ChoiceProps & Readonly<{ fallback?: string }>) {
  const choices = optionsOf(options);
  return (
    <Segments
      label={label}
      value={chosen(name, choices, fallback)}
      options={choices}
      onChange={(value) => setQuery({ [name]: value })}
    />
  );
}

function optionsOf(options: ChoiceProps['options']): readonly { readonly value: string; readonly label: string }[] {
  return options.map((option) => (typeof option === 'string' ? { value: option, label: option } : option));
}

function chosen(name: string, options: readonly { readonly value: string }[], fallback = ''): string {
  const value = route.value.query.get(name);
  return options.some((option) => option.value === value) ? (value ?? fallback) : fallback;
}
