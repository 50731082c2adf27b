import { Button, Card, notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { passwordLengthMin, passwordProblem } from '../../contract/session.ts';
import { api } from '../api.ts';
import type { PasswordChange, SessionUser } from '../contract-types.ts';
import type { FieldProblems } from '../platform/submission.ts';
import { HiddenUsername, SubmitForm } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { startSession } from '../session.ts';
import { PasswordField } from '../sign-in/password-field.tsx';

type FieldName = keyof PasswordChange;

const empty: PasswordChange = { current_password: '', new_password: '' };

/** Changes the user's own password. */
export function PasswordCard({ user }: { readonly user: SessionUser }): JSX.Element {
  const [form, setForm] = useState(empty);
  const change = useSubmit<PasswordChange, FieldName>({
    fields: ['current_password', 'new_password'],
    check: (typed) => problemsOf(typed, user),
    async send(typed) {
      const answer = await api.changePassword(typed);
      setForm(empty);
      startSession(answer.user);
      notify('Your password was changed. You’re signed out on all other devices.');
    },
  });
  const field = (name: FieldName) => ({
    value: form[name],
    problem: change.problems[name],
    onInput(text: string) {
      setForm({ ...form, [name]: text });
      change.setProblem(name, undefined);
    },
  });

  return (
    <Card title="Password">
      <SubmitForm submission={change} content={form} class="stack account-form">
        <HiddenUsername email={user.email} />
        <PasswordField
          id="current-password"
          label="Current password"
          autocomplete="current-password"
          {...field('current_password')}
        />
        <PasswordField
          id="new-password"
          label="New password"
          autocomplete="new-password"
          hint={`At least ${passwordLengthMin} characters. Use three or four unrelated words.`}
          {...field('new_password')}
        />
        <div>
          <Button type="submit" busy={change.busy} disabledReason={change.disabledReason}>
            Change password
          </Button>
        </div>
        <p class="field-hint">Changing your password signs you out on all other devices.</p>
      </SubmitForm>
    </Card>
  );
}

function problemsOf(form: PasswordChange, user: SessionUser): FieldProblems<FieldName> {
  return {
    current_password: form.current_password === '' ? 'Enter your current password.' : undefined,
    new_password: form.new_password === '' ? 'Enter a new password.' : passwordProblem(form.new_password, user),
  };
}
