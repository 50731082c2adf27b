import { Button, lazyPage, notify, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { api, ProblemResponse } from '../api.ts';
import type { SignInStep } from '../contract-types.ts';
import { type Failure, failureOf } from '../failure.ts';
import { SubmitForm } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { startSession } from '../session.ts';
import { useRetryLimit } from './retry-limit.ts';

// Loaded separately, because it draws QR codes and few users need it.
const setup = lazyPage(async () => (await import('./setup-step.tsx')).SetupStep);

/** The second step of signing in: a code, or setting up a second factor. */
export function SecondStep({
  step,
  onDone,
  onStartAgain,
}: {
  readonly step: SignInStep;
  /** Called when the user is signed in. */
  readonly onDone?: () => void;
  /** Returns to e-mail and password, with the reason unless the user requested it. */
  readonly onStartAgain: (failure?: Failure) => void;
}): JSX.Element {
  return step.step === 'code' ? (
    <CodeStep onDone={onDone} onStartAgain={onStartAgain} />
  ) : (
    <setup.Page onDone={onDone} onStartAgain={() => onStartAgain()} />
  );
}

const codeFieldId = 'sign-in-code';

function CodeStep({
  onDone,
  onStartAgain,
}: {
  readonly onDone: (() => void) | undefined;
  readonly onStartAgain: (failure?: Failure) => void;
}): JSX.Element {
  const [method, setMethod] = useState<'app' | 'recovery'>('app');
  const [code, setCode] = useState('');
  const limit = useRetryLimit();

  // A layout effect, so that the next key press can't reach the button.
  useLayoutEffect(() => document.getElementById(codeFieldId)?.focus(), [method]);

  const signIn = useSubmit<string, 'code'>({
    check: (typed) => (typed.trim() === '' ? { code: 'Enter a code.' } : {}),
    async send(typed) {
      const answer = await api.signInCode({ code: typed });
      const left = answer.recovery_codes_left;
      if (left !== undefined) notify(recoveryCodesText(left), { tone: left > 2 ? 'info' : 'warning' });
      startSession(answer.user);
      onDone?.();
    },
    explain(error) {
      const failure = failureOf(error);
      const problem = error instanceof ProblemResponse ? error.code : undefined;
      if (problem === 'sign_in_again') {
        onStartAgain(failure);
        return {};
      }
      setCode('');
      limit.observe(error);
      if (problem === 'wrong_code') return { problems: { code: failure.detail } };
      requestAnimationFrame(() => document.getElementById(codeFieldId)?.focus());
      return { failure };
    },
    disabledReason: () => limit.disabledReason,
  });
  const field = {
    id: codeFieldId,
    name: 'code',
    spellcheck: false,
    value: code,
    problem: signIn.problems.code,
    onInput: setCode,
  };

  return (
    <SubmitForm submission={signIn} content={code}>
      {method === 'app' ? (
        <TextField
          label="Code from your authenticator app"
          hint="Six digits. A new code appears every 30 seconds."
          inputmode="numeric"
          autocomplete="one-time-code"
          {...field}
        />
      ) : (
        <TextField
          label="Recovery code"
          hint="Such as 4T7X-9KQ2-MZ3B-W8RD. Each works once."
          autocomplete="off"
          autocapitalize="characters"
          {...field}
        />
      )}
      <Button type="submit" variant="primary" busy={signIn.busy} disabledReason={signIn.disabledReason}>
        {limit.buttonLabel ?? 'Sign in'}
      </Button>
      <div class="button-row">
        <Button
          variant="quiet"
          size="small"
          onClick={() => {
            setMethod(method === 'app' ? 'recovery' : 'app');
            setCode('');
            signIn.show({});
          }}
        >
          {method === 'app' ? 'Use a recovery code' : 'Use the app'}
        </Button>
        <Button variant="quiet" size="small" onClick={() => onStartAgain()}>
          Start again
        </Button>
      </div>
    </SubmitForm>
  );
}

function recoveryCodesText(left: number): string {
  if (left === 0) return 'That was your last recovery code. Create new ones under My account.';
  return `You have used a recovery code. You have ${left} left and can create new ones under My account.`;
}
