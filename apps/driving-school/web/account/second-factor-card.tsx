import { Banner, Button, Card, Dialog, notify, RelativeTime, StatusMark } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { ConfirmAct } from '../confirm-act.tsx';
import type { Account } from '../contract-types.ts';
import { closedReason } from '../session.ts';
import { EnrolmentForm } from './enrolment-form.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

type Open =
  | { readonly what: 'set-up' }
  | { readonly what: 'codes'; readonly codes: readonly string[] }
  | { readonly what: 'renew' }
  | { readonly what: 'turn-off' };

/** Few enough that new ones are due. */
const fewCodes = 3;

/** The own second factor: on or off, another app, recovery codes. */
export function SecondFactorCard({
  account,
  onChanged,
}: {
  readonly account: Account;
  readonly onChanged: () => void;
}): JSX.Element {
  const { second_factor: factor, user } = account;
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const showCodes = (codes: readonly string[]): void => {
    setOpen({ what: 'codes', codes });
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
            {factor.recovery_codes_left < fewCodes ? (
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
              With a second factor, signing in also takes a code from an app on your phone, so a stolen password alone
              is not enough.{' '}
              {factor.required && 'Your school requires it for your role. You set it up at your next sign-in.'}
            </p>
          </>
        )}
        <div class="button-row">
          <Button
            variant={factor.enabled ? 'secondary' : 'primary'}
            closedReason={closedReason.value}
            onClick={() => setOpen({ what: 'set-up' })}
          >
            {factor.enabled ? 'Use another app' : 'Set up'}
          </Button>
          {factor.enabled && (
            <>
              <Button closedReason={closedReason.value} onClick={() => setOpen({ what: 'renew' })}>
                New recovery codes
              </Button>
              <Button
                variant="danger-quiet"
                closedReason={
                  factor.required ? 'Your school requires a second factor for your role.' : closedReason.value
                }
                onClick={() => setOpen({ what: 'turn-off' })}
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
      {open?.what === 'set-up' && (
        <Dialog wide title="Set up your second factor" onClose={close}>
          <EnrolmentForm
            begin={async () => (await api.secondFactorSecret()).body}
            finish={async (code) => {
              const { body } = await api.enableSecondFactor({ code });
              notify('Your second factor is on.');
              showCodes(body.recovery_codes);
            }}
            submitLabel="Turn on"
          />
        </Dialog>
      )}
      {open?.what === 'codes' && (
        <Dialog
          wide
          title="Your recovery codes"
          onClose={close}
          footer={
            <Button variant="primary" onClick={close}>
              I have saved them
            </Button>
          }
        >
          <RecoveryCodes codes={open.codes} account={user.email} />
        </Dialog>
      )}
      {open?.what === 'renew' && (
        <ConfirmAct
          title="Create new recovery codes?"
          confirmLabel="Create codes"
          text="You get ten new codes. The old ones stop working."
          act={async () => showCodes((await api.renewRecoveryCodes()).body.recovery_codes)}
          onClose={close}
        />
      )}
      {open?.what === 'turn-off' && (
        <ConfirmAct
          title="Turn off your second factor?"
          confirmLabel="Turn off"
          danger
          text="After that, your password alone is enough to sign in. The recovery codes stop working."
          act={async () => {
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
