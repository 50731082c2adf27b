import { Banner, Button, Card, Dialog, notify, RelativeTime, StatusMark } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { Account } from '../contract-types.ts';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { disabledReason } from '../session.ts';
import { EnrolmentForm } from './enrolment-form.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

type OpenDialog =
  | { readonly kind: 'set-up' }
  | { readonly kind: 'codes'; readonly codes: readonly string[] }
  | { readonly kind: 'renew' }
  | { readonly kind: 'turn-off' };

/** The number of recovery codes below which the page recommends creating new ones. */
const recoveryCodesLow = 3;

/** The user's second factor: turns it on or off, sets up another app, creates recovery codes. */
export function SecondFactorCard({
  account,
  onChanged,
}: {
  readonly account: Account;
  readonly onChanged: () => void;
}): JSX.Element {
  const { second_factor: factor, user } = account;
  const [dialog, setDialog] = useState<OpenDialog | undefined>(undefined);
  const close = (): void => setDialog(undefined);
  const showCodes = (codes: readonly string[]): void => {
    setDialog({ kind: 'codes', codes });
    onChanged();
  };

  return (
    <Card title="Second factor">
      <div class="stack">
        {factor.enabled ? (
          <>
            <StatusMark shape="circle" tone="success">
              On
              {factor.enabled_at !== null && (
                <span class="muted">
                  {' · '}turned on <RelativeTime instant={factor.enabled_at} />
                </span>
              )}
            </StatusMark>
            <p>You sign in with your password and a code from your authenticator app.</p>
            {factor.recovery_codes_left < recoveryCodesLow ? (
              <Banner tone="warning" title={`${codesText(factor.recovery_codes_left)} left`}>
                <p>Create new ones, so that you can still sign in without your phone.</p>
              </Banner>
            ) : (
              <p class="muted">{codesText(factor.recovery_codes_left)} left.</p>
            )}
          </>
        ) : (
          <>
            <StatusMark shape="ring" tone="neutral">
              Off
            </StatusMark>
            <p>
              With a second factor, signing in also requires a code from an app on your phone, so a stolen password is
              not enough.{' '}
              {factor.required && 'Your school requires it for your role: you must set it up at your next sign-in.'}
            </p>
          </>
        )}
        <div class="button-row">
          <Button
            variant={factor.enabled ? 'secondary' : 'primary'}
            disabledReason={disabledReason.value}
            onClick={() => setDialog({ kind: 'set-up' })}
          >
            {factor.enabled ? 'Use another app' : 'Set up'}
          </Button>
          {factor.enabled && (
            <>
              <Button disabledReason={disabledReason.value} onClick={() => setDialog({ kind: 'renew' })}>
                New recovery codes
              </Button>
              <Button
                variant="danger-quiet"
                disabledReason={
                  factor.required ? 'Your school requires a second factor for your role.' : disabledReason.value
                }
                onClick={() => setDialog({ kind: 'turn-off' })}
              >
                Turn off
              </Button>
            </>
          )}
        </div>
        {factor.enabled && factor.required && (
          <p class="field-hint">It can’t be turned off, because your school requires it for your role.</p>
        )}
      </div>
      {dialog?.kind === 'set-up' && (
        <Dialog wide title="Set up your second factor" onClose={close}>
          <EnrolmentForm
            begin={api.secondFactorSecret}
            finish={async (code) => {
              const { recovery_codes: codes } = await api.enableSecondFactor({ code });
              notify('Your second factor is on.');
              showCodes(codes);
            }}
            submitLabel="Turn on"
          />
        </Dialog>
      )}
      {dialog?.kind === 'codes' && (
        <Dialog
          wide
          title="Your recovery codes"
          onClose={close}
          footer={
            <Button variant="primary" onClick={close}>
              I’ve saved them
            </Button>
          }
        >
          <RecoveryCodes codes={dialog.codes} account={user.email} />
        </Dialog>
      )}
      {dialog?.kind === 'renew' && (
        <ConfirmAction
          title="Create new recovery codes?"
          confirmLabel="Create codes"
          text="You get ten new codes. The old ones stop working."
          action={async () => showCodes((await api.renewRecoveryCodes()).recovery_codes)}
          onClose={close}
        />
      )}
      {dialog?.kind === 'turn-off' && (
        <ConfirmAction
          title="Turn off your second factor?"
          confirmLabel="Turn off"
          danger
          text="After that, your password alone is enough to sign in. The recovery codes stop working."
          action={async () => {
            await api.disableSecondFactor();
            notify('Your second factor is off.');
            close();
            onChanged();
          }}
          onClose={close}
        />
      )}
    </Card>
  );
}

function codesText(left: number): string {
  if (left === 0) return 'No recovery codes';
  return `${left} recovery ${left === 1 ? 'code' : 'codes'}`;
}
