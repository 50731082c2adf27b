import { Banner, Button, Card, notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { passwordLengthMin, passwordProblem } from '../../contract/session.ts';
import { api, ProblemResponse } from '../api.ts';
import type { SessionUser } from '../contract-types.ts';
import { type Failure, saveFailureOf } from '../failure.ts';
import { problemsByField } from '../problem-fields.ts';
import { closedReason, signedIn } from '../session.ts';
import { PasswordField } from '../sign-in/password-field.tsx';

const fieldNames = ['current_password', 'new_password'] as const;
type FieldName = (typeof fieldNames)[number];
type Problems = Partial<Record<FieldName, string>>;

const empty = { current_password: '', new_password: '' };

/** Changing the own password. */
export function PasswordCard({ user }: { readonly user: SessionUser }): JSX.Element {
  const [form, setForm] = useState(empty);
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const formRef = useRef<HTMLFormElement>(null);

  const focusFirst = (): void => {
    requestAnimationFrame(() => formRef.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  };
  const set = (field: FieldName) => (text: string) => {
    setForm({ ...form, [field]: text });
    const { [field]: _, ...others } = problems;
    setProblems(others);
  };

  const submit = async (): Promise<void> => {
    const found = problemsOf(form, user);
    setProblems(found);
    if (Object.keys(found).length > 0) {
      focusFirst();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await api.changePassword(form);
      setForm(empty);
      signedIn(body.user);
      notify('Your password is changed. You are signed out on all other devices.');
    } catch (error) {
      if (error instanceof ProblemResponse && error.errors.length > 0) {
        setProblems(problemsByField(error.errors, fieldNames).fields);
        focusFirst();
      } else {
        setFailure(saveFailureOf(error));
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card title="Password">
      <form
        ref={formRef}
        class="stack account-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && closedReason.value === undefined) void submit();
        }}
      >
        {failure !== undefined && (
          <Banner tone={failure.status === 429 ? 'warning' : 'danger'} role="alert" title={failure.title}>
            <p>{failure.detail}</p>
          </Banner>
        )}
        {/* Password managers look for the account that a password belongs to. */}
        <input
          class="visually-hidden"
          tabIndex={-1}
          aria-hidden="true"
          readOnly
          autocomplete="username"
          value={user.email}
        />
        <PasswordField
          id="current-password"
          label="Current password"
          autocomplete="current-password"
          value={form.current_password}
          problem={problems.current_password}
          onInput={set('current_password')}
        />
        <PasswordField
          id="new-password"
          label="New password"
          autocomplete="new-password"
          hint={`At least ${passwordLengthMin} characters. Three or four unrelated words are good.`}
          value={form.new_password}
          problem={problems.new_password}
          onInput={set('new_password')}
        />
        <div>
          <Button type="submit" busy={busy} closedReason={closedReason.value}>
            Change password
          </Button>
        </div>
        <p class="field-hint">Changing it signs you out on all other devices.</p>
      </form>
    </Card>
  );
}

function problemsOf(form: Readonly<Record<FieldName, string>>, user: SessionUser): Problems {
  const current = form.current_password === '' ? 'Enter your current password.' : undefined;
  const wanted = form.new_password === '' ? 'Enter a new password.' : passwordProblem(form.new_password, user);
  return {
    ...(current !== undefined && { current_password: current }),
    ...(wanted !== undefined && { new_password: wanted }),
  };
}
