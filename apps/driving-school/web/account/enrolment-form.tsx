import { announce, Banner, Button, Skeleton, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ProblemResponse } from '../api.ts';
import type { Enrolment } from '../contract-types.ts';
import { type Failure, failureOf } from '../failure.ts';
import { QrCode } from './qr-code.tsx';

/** Setting up an authenticator app: scan or type the secret, then give the app's first code. */
export function EnrolmentForm({
  begin,
  finish,
  submitLabel,
}: {
  /** Makes the secret. */
  readonly begin: () => Promise<Enrolment>;
  /** Sends the first code. */
  readonly finish: (code: string) => Promise<void>;
  readonly submitLabel: string;
}): JSX.Element {
  const [enrolment, setEnrolment] = useState<Enrolment | undefined>(undefined);
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);

  const start = async (): Promise<void> => {
    setFailure(undefined);
    try {
      setEnrolment(await begin());
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  useEffect(() => void start(), []);

  const submit = async (): Promise<void> => {
    if (code.trim() === '') {
      setProblem('Enter the code from the app.');
      focusCode();
      return;
    }
    setBusy(true);
    setProblem(undefined);
    setFailure(undefined);
    try {
      await finish(code);
    } catch (error) {
      setCode('');
      if (error instanceof ProblemResponse && error.status === 422)
        setProblem(error.errors[0]?.message ?? error.message);
      else setFailure(failureOf(error));
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
        if (!busy && enrolment !== undefined) void submit();
      }}
    >
      {failure !== undefined && (
        <Banner
          tone="danger"
          role="alert"
          title={failure.title}
          actions={
            <Button size="small" onClick={() => void start()}>
              Start again
            </Button>
          }
        >
          <p>{failure.detail}</p>
        </Banner>
      )}
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
                  label="QR code for your authenticator app. The key below is the same in text."
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
            problem={problem}
            onInput={setCode}
          />
        </li>
      </ol>
      <Button type="submit" variant="primary" busy={busy}>
        {submitLabel}
      </Button>
    </form>
  );
}

/** The secret for typing it in, whole at every width, and for people who read this on the phone itself. */
function Key({ secret, uri }: { readonly secret: string; readonly uri: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
      announce('Copied');
    } catch {
      // Over plain HTTP the clipboard is closed. The key can be selected.
      announce('Copying is not possible here. Select the key instead.');
    }
  };
  return (
    <div class="enrolment-key">
      <p>
        Key: <code>{spaced(secret)}</code>
      </p>
      <div class="button-row">
        <Button size="small" icon={copied ? 'check' : 'copy'} onClick={() => void copy()}>
          {copied ? 'Copied' : 'Copy key'}
        </Button>
      </div>
      <p class="field-hint">
        Is the app on this device? <a href={uri}>Add the key to it</a>
      </p>
    </div>
  );
}

function focusCode(): void {
  requestAnimationFrame(() => document.getElementById('enrolment-code')?.focus());
}

/** In groups of four, as people type it. Apps take it with spaces. */
function spaced(secret: string): string {
  return secret.replaceAll(/.{4}(?!$)/g, '$& ');
}
