import { Banner, Button, Dialog, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { pendingProof } from '../confirm-identity.ts';
import { type Failure, failureOf } from '../failure.ts';
import { closedReason, user } from '../session.ts';
import { PasswordField } from '../sign-in/password-field.tsx';

/** Asks for the password or a code before a sensitive act, which then goes on by itself. */
export function ConfirmIdentityDialog(): JSX.Element | null {
  const pending = pendingProof.value;
  return pending === undefined ? null : <Asking settle={pending.settle} />;
}

function Asking({ settle }: { readonly settle: (proven: boolean) => void }): JSX.Element {
  const [by, setBy] = useState<'password' | 'code'>('password');
  const [hasFactor, setHasFactor] = useState(false);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);

  // Leaving the page, or the end of the session, is a no.
  useEffect(() => () => settle(false), []);
  useEffect(() => {
    // Only for the second way of answering: without it the password does.
    api.account().then(
      ({ body }) => setHasFactor(body.second_factor.enabled),
      () => undefined,
    );
  }, []);

  const submit = async (): Promise<void> => {
    if (text.trim() === '') {
      setProblem(by === 'password' ? 'Enter your password.' : 'Enter a code.');
      return;
    }
    setBusy(true);
    setProblem(undefined);
    setFailure(undefined);
    try {
      await api.confirmIdentity(by === 'password' ? { password: text } : { code: text });
      settle(true);
    } catch (error) {
      const failed = failureOf(error);
      setText('');
      if (failed.status === 401) setProblem(failed.detail);
      else setFailure(failed);
      requestAnimationFrame(() => document.getElementById(`confirm-${by}`)?.focus());
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      title="Confirm your identity"
      busy={busy}
      closedReason={closedReason.value}
      onClose={() => settle(false)}
      footer={
        <>
          <Button onClick={() => settle(false)}>Cancel</Button>
          <Button variant="primary" busy={busy} closedReason={closedReason.value} onClick={() => void submit()}>
            Continue
          </Button>
        </>
      }
    >
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && closedReason.value === undefined) void submit();
        }}
      >
        <p class="muted">You’re asked before important changes, at most once every 10 minutes.</p>
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
          value={user.value?.email}
        />
        {by === 'password' ? (
          <PasswordField
            id="confirm-password"
            label="Your password"
            autocomplete="current-password"
            autofocus
            value={text}
            problem={problem}
            onInput={setText}
          />
        ) : (
          <TextField
            id="confirm-code"
            label="Code"
            hint="Six digits from your authenticator app, or a recovery code."
            autocomplete="one-time-code"
            autofocus
            spellcheck={false}
            value={text}
            problem={problem}
            onInput={setText}
          />
        )}
        {hasFactor && (
          <div>
            <Button
              variant="quiet"
              size="small"
              onClick={() => {
                setBy(by === 'password' ? 'code' : 'password');
                setText('');
                setProblem(undefined);
              }}
            >
              {by === 'password' ? 'Use a code instead' : 'Use your password instead'}
            </Button>
          </div>
        )}
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true">
          Continue
        </button>
      </form>
    </Dialog>
  );
}
