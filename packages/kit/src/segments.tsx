import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

/** A choice between two to four options, all visible. A radio group: arrow keys move the selection. */
export function Segments<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  /** For screen readers; not shown. */
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
}): JSX.Element {
  const name = useId();
  return (
    <div class="segments" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.value}>
          <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
          {option.label}
        </label>
      ))}
    </div>
  );
}
