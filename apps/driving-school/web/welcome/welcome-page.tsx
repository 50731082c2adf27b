import { Banner, Button, Icon, LinkButton, LiveRegion, Skeleton, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { passwordLengthMin, passwordProblem } from '../../contract/session.ts';
import { parseEmail } from '../../contract/parsers.ts';
import { api, ProblemResponse } from '../api.ts';
import type { SignInStep, Welcome } from '../contract-types.ts';
import { type Failure, failureOf } from '../failure.ts';
import { navigate } from '../navigation.ts';
import { usePageTitle } from '../page-title.ts';
import { roleMeanings, roleNames } from '../people/role-names.ts';
import { problemsByField } from '../problem-fields.ts';
import { availability, signedIn } from '../session.ts';
import { PasswordField } from '../sign-in/password-field.tsx';
import { SecondStep } from '../sign-in/second-step.tsx';

type LinkState =
  | { readonly state: 'checking' }
  | { readonly state: 'bad'; readonly failure: Failure }
  | { readonly state: 'good'; readonly welcome: Welcome };

/** The fragment is what is left out when only a part of the link was copied. */
const incompleteLink: Failure = {
  title: 'This link is incomplete',
  detail: 'Copy all of it, including the part after #, or ask the owner of the school for a new one.',
  status: 422,
};

const fieldNames = ['name', 'email', 'password'] as const;
type FieldName = (typeof fieldNames)[number];

/** Where a one-time link leads: choosing a name and a password. The token is in the fragment. */
export function WelcomePage(): JSX.Element {
  usePageTitle('Welcome');
  // Once: the fragment may go while the page is up.
  const [token] = useState(() => location.hash.slice(1));
  const [link, setLink] = useState<LinkState>({ state: 'checking' });

  const check = async (): Promise<void> => {
    if (token === '') {
      setLink({ state: 'bad', failure: incompleteLink });
      return;
    }
    setLink({ state: 'checking' });
    try {
      const { body } = await api.checkWelcome(token);
      setLink({ state: 'good', welcome: body });
    } catch (error) {
      setLink({ state: 'bad', failure: failureOf(error) });
    }
  };
  useEffect(() => void check(), []);

  // A link that could not be looked at is looked at again when the outage is over.
  const { state: reachable } = availability.value;
  useEffect(() => {
    if (reachable === 'live' && link.state === 'bad' && isOutage(link.failure)) void check();
  }, [reachable]);

  return (
    <div class="gate">
      <main class="gate-card" id="main">
        {link.state === 'checking' && (
          <>
            <h1>Welcome</h1>
            <p class="muted" role="status">
              Checking your link…
            </p>
            <Skeleton />
          </>
        )}
        {link.state === 'bad' && <BadLink failure={link.failure} onRetry={() => void check()} />}
        {link.state === 'good' && <WelcomeForm token={token} welcome={link.welcome} />}
      </main>
      <LiveRegion />
    </div>
  );
}

function BadLink({ failure, onRetry }: { readonly failure: Failure; readonly onRetry: () => void }): JSX.Element {
  const outage = isOutage(failure);
  return (
    <>
      <div class="gate-title">
        <Icon name={outage ? 'clock' : 'link'} />
        <h1>{outage ? 'Your link can’t be checked right now' : failure.title}</h1>
      </div>
      <p>
        {failure.detail}
        {outage && ' Your link has not been used up.'}
      </p>
      <div>
        {outage ? <Button onClick={onRetry}>Check again</Button> : <LinkButton href="/sign-in">Sign in</LinkButton>}
      </div>
    </>
  );
}

function WelcomeForm({ token, welcome }: { readonly token: string; readonly welcome: Welcome }): JSX.Element {
  const [form, setForm] = useState({ name: welcome.name ?? '', email: welcome.email ?? '', password: '' });
  const [problems, setProblems] = useState<Partial<Record<FieldName, string>>>({});
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [step, setStep] = useState<SignInStep | undefined>(undefined);
  const formRef = useRef<HTMLFormElement>(null);

  const set = (field: FieldName) => (text: string) => {
    const next = { ...form, [field]: text };
    setForm(next);
    if (problems[field] !== undefined) setProblems(pick(problems, problemsOf(next), field));
  };
  const check = (field: FieldName) => () => {
    if (form[field] !== '') setProblems(pick(problems, problemsOf(form), field));
  };
  const focusFirst = (): void => {
    requestAnimationFrame(() => formRef.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  };

  const submit = async (): Promise<void> => {
    const found = problemsOf(form);
    setProblems(found);
    if (Object.keys(found).length > 0) {
      focusFirst();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await api.welcome({ token, ...form });
      if ('step' in body) {
        setStep(body);
      } else {
        signedIn(body.user);
        navigate('/', { replace: true });
      }
    } catch (error) {
      if (error instanceof ProblemResponse && error.errors.length > 0) {
        const mapped = problemsByField(error.errors, fieldNames);
        setProblems(mapped.fields);
        focusFirst();
        if (mapped.rest.length > 0)
          setFailure({ title: error.title, detail: mapped.rest.join(' '), status: error.status });
      } else {
        setFailure(failureOf(error));
      }
    } finally {
      setBusy(false);
    }
  };

  if (step !== undefined) {
    return (
      <>
        <div class="gate-title">
          <Icon name="wheel" />
          <h1>Your password is saved</h1>
          <p class="muted">One step is left.</p>
        </div>
        <SecondStep
          step={step}
          onDone={() => navigate('/', { replace: true })}
          onStartAgain={() => navigate('/sign-in', { replace: true })}
        />
      </>
    );
  }
  const rules = passwordRules(form.password);
  const invitedAs = welcome.purpose === 'owner' ? undefined : welcome.email;
  return (
    <>
      <div class="gate-title">
        <Icon name="wheel" />
        <h1>{isForNewPassword(welcome) ? 'Choose a new password' : 'Welcome'}</h1>
        <p class="muted">
          {welcome.purpose === 'owner'
            ? 'You are the owner of this school. Enter your name and choose a password.'
            : `Your role: ${roleNames[welcome.role]}. ${roleMeanings[welcome.role]}`}
        </p>
      </div>
      {welcome.purpose === 'owner-recovery' && (
        <p>A second factor that you had is turned off. You can set up a new one under My account.</p>
      )}
      <form
        ref={formRef}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void submit();
        }}
      >
        {failure !== undefined && (
          <Banner tone="danger" role="alert" title={failure.title}>
            <p>{failure.detail}</p>
          </Banner>
        )}
        <TextField
          id="welcome-name"
          label="Your name"
          name="name"
          autocomplete="name"
          value={form.name}
          problem={problems.name}
          onInput={set('name')}
          onBlur={check('name')}
        />
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
          name="email"
          autocomplete="username"
          value={form.email}
          problem={problems.email}
          onInput={set('email')}
          onBlur={check('email')}
        />
        <PasswordField
          id="welcome-password"
          label="Password"
          autocomplete="new-password"
          value={form.password}
          problem={problems.password}
          hint={
            <>
              <span class="password-rule" data-met={rules.longEnough ? '' : undefined}>
                <Icon name={rules.longEnough ? 'check' : 'info'} />
                At least {passwordLengthMin} characters{rules.length > 0 && ` (${rules.length} so far)`}
              </span>
              <span class="password-rule">
                <Icon name="info" />
                Three or four unrelated words are good. Not your name or e-mail.
              </span>
            </>
          }
          onInput={set('password')}
          onBlur={check('password')}
        />
        <Button type="submit" variant="primary" busy={busy}>
          {isForNewPassword(welcome) ? 'Save and sign in' : 'Set up and sign in'}
        </Button>
      </form>
    </>
  );
}

function isForNewPassword({ purpose }: Welcome): boolean {
  return purpose === 'new-password' || purpose === 'owner-recovery';
}

function problemsOf(form: Readonly<Record<FieldName, string>>): Partial<Record<FieldName, string>> {
  const problems: Partial<Record<FieldName, string>> = {};
  if (form.name.trim() === '') problems.name = 'Enter your name.';
  const email = parseEmail(form.email);
  if (!email.ok) problems.email = form.email.trim() === '' ? 'Enter your e-mail address.' : email.message;
  const password = passwordProblem(form.password, form);
  if (password !== undefined) problems.password = password;
  return problems;
}

function passwordRules(password: string): { readonly length: number; readonly longEnough: boolean } {
  const { length } = Array.from(password);
  return { length, longEnough: length >= passwordLengthMin };
}

/** The problems as before, but for one field as found now. */
function pick(
  before: Partial<Record<FieldName, string>>,
  found: Partial<Record<FieldName, string>>,
  field: FieldName,
): Partial<Record<FieldName, string>> {
  const { [field]: _, ...others } = before;
  return found[field] === undefined ? others : { ...others, [field]: found[field] };
}

function isOutage({ status }: Failure): boolean {
  return status === undefined || status >= 500;
}
