import { Banner, Button, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { api, ProblemResponse } from '../api.ts';
import type { SignInStep } from '../contract-types.ts';
import { type Failure, failureOf } from '../failure.ts';
import { availability, signedIn } from '../session.ts';
import { PasswordField } from './password-field.tsx';
import { SecondStep } from './second-step.tsx';
import { useSecondsUntil } from './seconds-until.ts';

/** E-mail and password, with the server's answer, and the second step when there is one. `email` is filled in when it is known. */
export function SignInForm({ email: knownEmail = '' }: { readonly email?: string }): JSX.Element {
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [problems, setProblems] = useState<{ email?: string; password?: string }>({});
  const [step, setStep] = useState<SignInStep | undefined>(undefined);
  const [waitUntilMs, setWaitUntilMs] = useState(0);
  const waitSeconds = useSecondsUntil(waitUntilMs);
  const formRef = useRef<HTMLFormElement>(null);

  const closed = availability.value.state !== 'live';

  const submit = async (): Promise<void> => {
    const missing = {
      ...(email.trim() === '' && { email: 'Enter your e-mail address.' }),
      ...(password === '' && { password: 'Enter your password.' }),
    };
    setProblems(missing);
    if (Object.keys(missing).length > 0) {
      requestAnimationFrame(() => formRef.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await api.signIn({ email, password });
      if ('step' in body) {
        setPassword('');
        setStep(body);
      } else {
        signedIn(body.user);
      }
    } catch (error) {
      setFailure(failureOf(error));
      if (error instanceof ProblemResponse && error.status === 429) {
        setWaitUntilMs(Date.now() + (error.retryAfterMs ?? 30_000));
      }
      if (error instanceof ProblemResponse && error.status === 401) setPassword('');
    } finally {
      setBusy(false);
    }
  };

  if (step !== undefined) {
    return (
      <SecondStep
        step={step}
        onStartAgain={(reason) => {
          setStep(undefined);
          setFailure(reason);
        }}
      />
    );
  }
  return (
    <form
      ref={formRef}
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && !closed && waitSeconds === 0) void submit();
      }}
    >
      {failure !== undefined && !closed && (
        <Banner tone={failure.status === 429 ? 'warning' : 'danger'} role="alert" title={failure.title}>
          <p>{failure.detail}</p>
        </Banner>
      )}
      <TextField
        id="sign-in-email"
        label="E-mail"
        type="email"
        name="email"
        autocomplete="username"
        value={email}
        problem={problems.email}
        onInput={setEmail}
      />
      <PasswordField
        id="sign-in-password"
        label="Password"
        autocomplete="current-password"
        autofocus={knownEmail !== ''}
        value={password}
        problem={problems.password}
        onInput={setPassword}
      />
      <Button
        type="submit"
        variant="primary"
        busy={busy}
        closedReason={
          closed
            ? 'Sign-in is unavailable until the database answers again.'
            : waitSeconds > 0
              ? `Too many attempts. Try again in ${waitSeconds} s.`
              : undefined
        }
      >
        {waitSeconds > 0 ? `Try again in ${waitSeconds} s` : 'Sign in'}
      </Button>
    </form>
  );
}
