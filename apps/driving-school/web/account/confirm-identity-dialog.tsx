import { Button, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { pendingConfirmation } from '../confirm-identity.ts';
import { failureOf } from '../failure.ts';
import { FormDialog, HiddenUsername } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { user } from '../session.ts';
import { PasswordField } from '../sign-in/password-field.tsx';

/** Asks for the password or a code before a sensitive action. */
export function ConfirmIdentityDialog(): JSX.Element | null {
  const pending = pendingConfirmation.value;
  return pending === undefined ? null : <ConfirmationForm settle={pending.settle} />;
}

function ConfirmationForm({ settle }: { readonly settle: (confirmed: boolean) => void }): JSX.Element {
  // Determines whether a code can be used. Until then, only the password can.
  const account = useResource(api.account);
  const [method, setMethod] = useState<'password' | 'code'>('password');
  const [text, setText] = useState('');
  // Cancels the action when the user leaves the page or the session ends.
  useEffect(() => () => settle(false), []);
  const confirm = useSubmit<string, 'text'>({
    check: (typed) =>
      typed.trim() === '' ? { text: method === 'password' ? 'Enter your password.' : 'Enter a code.' } : {},
    async send(typed) {
      await api.confirmIdentity(method === 'password' ? { password: typed } : { code: typed });
      settle(true);
    },
    explain(error) {
      const failure = failureOf(error);
      setText('');
      if (failure.status === 401) return { problems: { text: failure.detail } };
      requestAnimationFrame(() => document.getElementById(`confirm-${method}`)?.focus());
      return { failure };
    },
  });
  const field = { autofocus: true, value: text, problem: confirm.problems.text, onInput: setText };

  return (
    <FormDialog
      title="Confirm your identity"
      intro="Important changes require your password or a code, at most once every 10 minutes."
      submission={confirm}
      content={text}
      submitLabel="Continue"
      onClose={() => settle(false)}
    >
      <HiddenUsername email={user.value?.email} />
      {method === 'password' ? (
        <PasswordField id="confirm-password" label="Your password" autocomplete="current-password" {...field} />
      ) : (
        <TextField
          id="confirm-code"
          label="Code"
          hint="Six digits from your authenticator app, or a recovery code."
          autocomplete="one-time-code"
          spellcheck={false}
          {...field}
        />
      )}
      {account.value?.second_factor.enabled === true && (
        <div>
          <Button
            variant="quiet"
            size="small"
            onClick={() => {
              setMethod(method === 'password' ? 'code' : 'password');
              setText('');
              confirm.show({});
            }}
          >
            {method === 'password' ? 'Use a code instead' : 'Use your password instead'}
          </Button>
        </div>
      )}
    </FormDialog>
  );
}
