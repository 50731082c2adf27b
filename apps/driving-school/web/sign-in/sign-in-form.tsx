import { Button, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api, ProblemResponse } from '../api.ts';
import type { SignIn, SignInStep } from '../contract-types.ts';
import { failureOf } from '../failure.ts';
import { SubmitForm } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { availability, startSession } from '../session.ts';
import { PasswordField } from './password-field.tsx';
import { SecondStep } from './second-step.tsx';
import { useRetryLimit } from './retry-limit.ts';

/** Asks for e-mail and password, then for the second step if there is one. @param email prefills a known address */
export function SignInForm({ email: knownEmail = '' }: { readonly email?: string }): JSX.Element {
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState('');
  const [step, setStep] = useState<SignInStep | undefined>(undefined);
  const limit = useRetryLimit();
  const available = availability.value.state === 'live';
  const signIn = useSubmit<SignIn, keyof SignIn>({
    check: (typed) => ({
      email: typed.email.trim() === '' ? 'Enter your e-mail address.' : undefined,
      password: typed.password === '' ? 'Enter your password.' : undefined,
    }),
    async send(typed) {
      const answer = await api.signIn(typed);
      if ('user' in answer) {
        startSession(answer.user);
        return;
      }
      setPassword('');
      setStep(answer);
    },
    explain(error) {
      limit.observe(error);
      if (error instanceof ProblemResponse && error.status === 401) setPassword('');
      return { failure: failureOf(error) };
    },
    disabledReason: () =>
      available ? limit.disabledReason : 'Sign-in is unavailable until the database answers again.',
  });

  if (step !== undefined) {
    return (
      <SecondStep
        step={step}
        onStartAgain={(failure) => {
          setStep(undefined);
          signIn.show({ failure });
        }}
      />
    );
  }
  return (
    <SubmitForm submission={signIn} content={{ email, password }}>
      <TextField
        id="sign-in-email"
        label="E-mail"
        type="email"
        name="email"
        autocomplete="username"
        value={email}
        problem={signIn.problems.email}
        onInput={setEmail}
      />
      <PasswordField
        id="sign-in-password"
        label="Password"
        autocomplete="current-password"
        autofocus={knownEmail !== ''}
        value={password}
        problem={signIn.problems.password}
        onInput={setPassword}
      />
      <Button type="submit" variant="primary" busy={signIn.busy} disabledReason={signIn.disabledReason}>
        {limit.buttonLabel ?? 'Sign in'}
      </Button>
    </SubmitForm>
  );
}
