import { Banner, Button, lazyPage, notify, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { api, ProblemResponse } from '../api.ts';
import type { SignInStep } from '../contract-types.ts';
import { type Failure, failureOf } from '../failure.ts';
import { signedIn } from '../session.ts';
import { useSecondsUntil } from './seconds-until.ts';

// With the drawing of QR codes, which few need.
const setup = lazyPage(async () => (await import('./setup-step.tsx')).SetupStep);

/** What is left of signing in after the password: a code, or setting up a second factor. */
export function SecondStep({
  step,
  onDone,
  onStartAgain,
}: {
  readonly step: SignInStep;
  /** The person is signed in. */
  readonly onDone?: () => void;
  /** Back to e-mail address and password. `failure` says why, when it was not the person's wish. */
  readonly onStartAgain: (failure?: Failure) => void;
}): JSX.Element {
  return step.step === 'code' ? (
    <CodeStep onDone={onDone} onStartAgain={onStartAgain} />
  ) : (
    <setup.Page onDone={onDone} onStartAgain={() => onStartAgain()} />
  );
}

/** Of the field for the code. */
const codeId = 'sign-in-code';

function CodeStep({
  onDone,
  onStartAgain,
}: {
  readonly onDone: (() => void) | undefined;
  readonly onStartAgain: (failure?: Failure) => void;
}): JSX.Element {
  const [by, setBy] = useState<'app' | 'recovery'>('app');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [waitUntilMs, setWaitUntilMs] = useState(0);
  const waitSeconds = useSecondsUntil(waitUntilMs);

  // Before the next key: what is typed at once must not go to the button.
  useLayoutEffect(() => document.getElementById(codeId)?.focus(), [by]);

  const submit = async (): Promise<void> => {
    if (code.trim() === '') {
      setProblem('Enter a code.');
      focusCode();
      return;
    }
    setBusy(true);
    setProblem(undefined);
    setFailure(undefined);
    try {
      const { body } = await api.signInCode({ code });
      const left = body.recovery_codes_left;
      if (left !== undefined) notify(recoveryCodesText(left), { tone: left > 2 ? 'info' : 'warning' });
      signedIn(body.user);
      onDone?.();
    } catch (error) {
      const failed = failureOf(error);
      if (error instanceof ProblemResponse && error.code === 'sign_in_again') {
        onStartAgain(failed);
        return;
      }
      setCode('');
      if (error instanceof ProblemResponse && error.code === 'wrong_code') setProblem(failed.detail);
      else setFailure(failed);
      if (error instanceof ProblemResponse && error.status === 429)
        setWaitUntilMs(Date.now() + (error.retryAfterMs ?? 30_000));
      focusCode();
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && waitSeconds === 0) void submit();
      }}
    >
      {failure !== undefined && (
        <Banner tone={failure.status === 429 ? 'warning' : 'danger'} role="alert" title={failure.title}>
          <p>{failure.detail}</p>
        </Banner>
      )}
      {by === 'app' ? (
        <TextField
          id={codeId}
          label="Code from your authenticator app"
          hint="Six digits. A new code appears every 30 seconds."
          name="code"
          inputmode="numeric"
          autocomplete="one-time-code"
          spellcheck={false}
          value={code}
          problem={problem}
          onInput={setCode}
        />
      ) : (
        <TextField
          id={codeId}
          label="Recovery code"
          hint="Such as 4T7X-9KQ2-MZ3B-W8RD. Each works once."
          name="code"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          value={code}
          problem={problem}
          onInput={setCode}
        />
      )}
      <Button
        type="submit"
        variant="primary"
        busy={busy}
        closedReason={waitSeconds > 0 ? `Too many attempts. Try again in ${waitSeconds} s.` : undefined}
      >
        {waitSeconds > 0 ? `Try again in ${waitSeconds} s` : 'Sign in'}
      </Button>
      <div class="button-row">
        <Button
          variant="quiet"
          size="small"
          onClick={() => {
            setBy(by === 'app' ? 'recovery' : 'app');
            setCode('');
            setProblem(undefined);
          }}
        >
          {by === 'app' ? 'Use a recovery code' : 'Use the app'}
        </Button>
        <Button variant="quiet" size="small" onClick={() => onStartAgain()}>
          Start again
        </Button>
      </div>
    </form>
  );
}

function focusCode(): void {
  requestAnimationFrame(() => document.getElementById(codeId)?.focus());
}

function recoveryCodesText(left: number): string {
  if (left === 0) return 'That was your last recovery code. Create new ones under My account.';
  return `You used a recovery code. ${left} ${left === 1 ? 'is' : 'are'} left; create new ones under My account.`;
}
