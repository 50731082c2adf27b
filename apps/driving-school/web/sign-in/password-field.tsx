import { TextField } from '@dualbrake/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

/** A password field with a button that shows the password. */
export function PasswordField(props: {
  readonly id: string;
  readonly label: string;
  readonly autocomplete: 'current-password' | 'new-password';
  readonly value: string;
  readonly problem?: string | undefined;
  readonly hint?: ComponentChildren;
  readonly onInput: (text: string) => void;
  readonly onBlur?: () => void;
  readonly autofocus?: boolean;
}): JSX.Element {
  const [shown, setShown] = useState(false);
  return (
    <TextField
      {...props}
      name="password"
      type={shown ? 'text' : 'password'}
      autocapitalize="off"
      spellcheck={false}
      action={
        <button
          type="button"
          class="button button-quiet button-small"
          aria-pressed={shown}
          aria-controls={props.id}
          onClick={() => setShown(!shown)}
        >
          {shown ? 'Hide' : 'Show'}
          <span class="visually-hidden"> password</span>
        </button>
      }
    />
  );
}
