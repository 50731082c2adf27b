import { announce, Button, Skeleton, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ProblemResponse } from '../api.ts';
import type { Enrolment } from '../contract-types.ts';
import { failureOf } from '../failure.ts';
import { FailureBanner, SubmitForm } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { QrCode } from './qr-code.tsx';

/** Sets up an authenticator app: the user scans or types the secret, then enters the app's first code. */
export function EnrolmentForm({
  begin,
  finish,
  submitLabel,
}: {
  /** Creates the secret. */
  readonly begin: () => Promise<Enrolment>;
  /** Sends the first code. */
  readonly finish: (code: string) => Promise<void>;
  readonly submitLabel: string;
}): JSX.Element {
  const [enrolment, setEnrolment] = useState<Enrolment | undefined>(undefined);
  const [code, setCode] = useState('');
  const start = useSubmit({
    send: async () => setEnrolment(await begin()),
    explain: (error) => ({ failure: failureOf(error) }),
    disabledReason: () => undefined,
  });
  useEffect(() => void start.submit(), []);
  const confirm = useSubmit<string, 'code'>({
    check: (typed) => (typed.trim() === '' ? { code: 'Enter the code from the app.' } : {}),
    send: finish,
    explain(error) {
      setCode('');
      if (error instanceof ProblemResponse && error.status === 422)
        return { problems: { code: error.errors[0]?.message ?? error.message } };
      return { failure: failureOf(error) };
    },
    disabledReason: () => undefined,
  });

  const startAgain = (
    <Button
      size="small"
      onClick={() => {
        confirm.show({});
        void start.submit();
      }}
    >
      Start again
    </Button>
  );

  return (
    <SubmitForm submission={confirm} content={code} failureActions={startAgain}>
      <FailureBanner failure={start.failure} actions={startAgain} />
      <ol class="enrolment-steps">
        <li>
          <p>
            Install an authenticator app on your phone, such as Aegis, 2FAS, Google Authenticator or Microsoft
            Authenticator, or use your password manager.
          </p>
        </li>
        <li>
          <p>Scan this code with the app. If you can’t scan it, enter the key instead.</p>
          <div class="enrolment-secret">
            {enrolment === undefined ? (
              <Skeleton />
            ) : (
              <>
                <QrCode
                  text={enrolment.uri}
                  label="QR code for your authenticator app. You can enter the key below instead."
                />
                <Key secret={enrolment.secret} uri={enrolment.uri} />
              </>
            )}
          </div>
        </li>
        <li>
          <TextField
            id="enrolment-code"
            label="Current code from the app"
            hint="Six digits. It changes every 30 seconds."
            inputmode="numeric"
            autocomplete="one-time-code"
            spellcheck={false}
            maxlength={40}
            value={code}
            problem={confirm.problems.code}
            onInput={setCode}
          />
        </li>
      </ol>
      <Button type="submit" variant="primary" busy={confirm.busy}>
        {submitLabel}
      </Button>
    </SubmitForm>
  );
}

/** The secret as text, to type in or to open in an app on the same device. */
function Key({ secret, uri }: { readonly secret: string; readonly uri: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
      announce('Copied');
    } catch {
      // The clipboard is not available over plain HTTP.
      announce('Copying isn’t possible here. Select the key instead.');
    }
  };
  return (
    <div class="enrolment-key">
      <p>
        Key: <code>{inGroupsOfFour(secret)}</code>
      </p>
      <div class="button-row">
        <Button size="small" icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy key'}
        </Button>
      </div>
      <p class="field-hint">
        Is the app on this device? <a href={uri}>Open the key in the app</a>
      </p>
    </div>
  );
}

/** Adds spaces, which apps accept, to make the secret easier to type. */
function inGroupsOfFour(secret: string): string {
  return secret.replaceAll(/.{4}(?!$)/g, '$& ');
}
