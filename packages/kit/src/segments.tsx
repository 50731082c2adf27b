import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

/** One choice out of two to four, all of them in view. Arrow keys move, as in every radio group. */
export function Segments<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  /** Said by screen readers, not shown. */
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
