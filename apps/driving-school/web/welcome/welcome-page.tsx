import { Button, Icon, LinkButton, LiveRegion, Skeleton, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { passwordLengthMin, passwordProblem } from '../../contract/session.ts';
import { parseEmail } from '../../contract/parsers.ts';
import { api, incompleteLink, ProblemResponse } from '../api.ts';
import type { SignInStep, Welcome } from '../contract-types.ts';
import { type Failure, failureOf, isOutage } from '../failure.ts';
import { navigate } from '../navigation.ts';
import { roleMeanings, roleNames } from '../people/role-names.ts';
import { ResourceView } from '../platform/resource-view.tsx';
import type { FieldProblems } from '../platform/submission.ts';
import { SubmitForm } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { startSession } from '../session.ts';
import { PasswordField } from '../sign-in/password-field.tsx';
import { SecondStep } from '../sign-in/second-step.tsx';
import '../sign-in/sign-in.css';

const fieldNames = ['name', 'email', 'password'] as const;
type FieldName = (typeof fieldNames)[number];
type Form = Readonly<Record<FieldName, string>>;

/** The page of a one-time link, where the user enters a name and a password. The token is in the fragment. */
export function WelcomePage(): JSX.Element {
  // Read once: the fragment may be removed while the page is open.
  const [token] = useState(() => location.hash.slice(1));
  const link = useResource(async () => {
    if (token === '') throw incompleteLink();
    return api.checkWelcome(token);
  });
  return (
    <div class="standalone-page">
      <main class="standalone-card" id="main">
        <ResourceView
          resource={link}
          name="Your link"
          skeleton={<CheckingLink />}
          failed={(failure) => <InvalidLink failure={failure} onRetry={() => void link.load()} />}
        >
          {(welcome) => <WelcomeForm token={token} welcome={welcome} />}
        </ResourceView>
      </main>
      <LiveRegion />
    </div>
  );
}

function CheckingLink(): JSX.Element {
  return (
    <>
      <h1>Welcome</h1>
      <p class="muted" role="status">
        Checking your link…
      </p>
      <Skeleton />
    </>
  );
}

function InvalidLink({ failure, onRetry }: { readonly failure: Failure; readonly onRetry: () => void }): JSX.Element {
  const outage = isOutage(failure);
  return (
    <>
      <div class="sign-in-title">
        <Icon name={outage ? 'clock' : 'link'} />
        <h1>{outage ? 'Your link can’t be checked right now' : failure.title}</h1>
      </div>
      <p>
        {failure.detail}
        {outage && ' Your link is still valid.'}
      </p>
      <div>
        {outage ? <Button onClick={onRetry}>Check again</Button> : <LinkButton href="/sign-in">Sign in</LinkButton>}
      </div>
    </>
  );
}

function WelcomeForm({ token, welcome }: { readonly token: string; readonly welcome: Welcome }): JSX.Element {
  const [form, setForm] = useState<Form>({ name: welcome.name ?? '', email: welcome.email ?? '', password: '' });
  const [step, setStep] = useState<SignInStep | undefined>(undefined);
  const join = useSubmit<Form, FieldName>({
    fields: fieldNames,
    check: problemsOf,
    async send(typed) {
      const answer = await api.welcome({ token, ...typed });
      if ('step' in answer) {
        setStep(answer);
        return;
      }
      startSession(answer.user);
      navigate('/', { replace: true });
    },
    explain: (error) =>
      error instanceof ProblemResponse && error.errors.length > 0 ? undefined : { failure: failureOf(error) },
    disabledReason: () => undefined,
  });
  const field = (name: FieldName) => ({
    name,
    value: form[name],
    problem: join.problems[name],
    onInput(text: string) {
      const next = { ...form, [name]: text };
      setForm(next);
      if (join.problems[name] !== undefined) join.setProblem(name, problemsOf(next)[name]);
    },
    onBlur: () => form[name] !== '' && join.setProblem(name, problemsOf(form)[name]),
  });

  if (step !== undefined) {
    return (
      <>
        <div class="sign-in-title">
          <Icon name="wheel" />
          <h1>Your password is saved</h1>
          <p class="muted">One more step.</p>
        </div>
        <SecondStep
          step={step}
          onDone={() => navigate('/', { replace: true })}
          onStartAgain={() => navigate('/sign-in', { replace: true })}
        />
      </>
    );
  }
  const invitedAs = welcome.purpose === 'owner' ? undefined : welcome.email;
  return (
    <>
      <div class="sign-in-title">
        <Icon name="wheel" />
        <h1>{isForNewPassword(welcome) ? 'Choose a new password' : 'Welcome'}</h1>
        <p class="muted">
          {welcome.purpose === 'owner'
            ? 'You’re the owner of this school. Enter your name and choose a password.'
            : `Your role: ${roleNames[welcome.role]}. ${roleMeanings[welcome.role]}`}
        </p>
      </div>
      {welcome.purpose === 'owner-recovery' && (
        <p>Your second factor has been turned off. You can set up a new one under My account.</p>
      )}
      <SubmitForm submission={join} content={form}>
        <TextField id="welcome-name" label="Your name" autocomplete="name" {...field('name')} />
        <TextField
          id="welcome-email"
          label="E-mail"
          hint={
            invitedAs === undefined
              ? 'You use it to sign in.'
              : 'The invitation is for this address. You use it to sign in.'
          }
          readOnly={invitedAs !== undefined}
          type="email"
          autocomplete="username"
          {...field('email')}
        />
        <PasswordField
          id="welcome-password"
          label="Password"
          autocomplete="new-password"
          hint={<PasswordRules password={form.password} />}
          {...field('password')}
        />
        <Button type="submit" variant="primary" busy={join.busy}>
          {isForNewPassword(welcome) ? 'Save and sign in' : 'Set up and sign in'}
        </Button>
      </SubmitForm>
    </>
  );
}

function PasswordRules({ password }: { readonly password: string }): JSX.Element {
  const { length } = Array.from(password);
  const longEnough = length >= passwordLengthMin;
  return (
    <>
      <span class="password-rule" data-met={longEnough ? '' : undefined}>
        <Icon name={longEnough ? 'check' : 'info'} />
        At least {passwordLengthMin} characters{length > 0 && ` (${length} so far)`}
      </span>
      <span class="password-rule">
        <Icon name="info" />
        Use three or four unrelated words, not your name or e-mail.
      </span>
    </>
  );
}

function isForNewPassword({ purpose }: Welcome): boolean {
  return purpose === 'new-password' || purpose === 'owner-recovery';
}

function problemsOf(form: Form): FieldProblems<FieldName> {
  const email = parseEmail(form.email);
  return {
    name: form.name.trim() === '' ? 'Enter your name.' : undefined,
    email: form.email.trim() === '' ? 'Enter your e-mail address.' : email.ok ? undefined : email.message,
    password: passwordProblem(form.password, form),
  };
}
