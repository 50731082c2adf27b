import { Button, Card, notify, StatusMark } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { Account } from '../contract-types.ts';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { disabledReason } from '../session.ts';

/** Whether the school requires a second factor. For the owner. */
export function PolicyCard({
  account,
  onChanged,
}: {
  readonly account: Account;
  readonly onChanged: () => void;
}): JSX.Element {
  const { enabled, rule } = account.second_factor;
  const ownFactorMissing =
    !rule && !enabled ? 'Turn on your own second factor first, so that you can still sign in.' : undefined;
  const [confirming, setConfirming] = useState(false);
  return (
    <Card title="School policy">
      <div class="stack">
        <StatusMark shape={rule ? 'circle' : 'ring'} tone={rule ? 'success' : 'neutral'}>
          {rule ? 'Second factor required' : 'Second factor optional'}
        </StatusMark>
        <p>
          {rule
            ? 'Owners and operators without a second factor must set one up at their next sign-in.'
            : 'You can require a second factor for owners and operators.'}
        </p>
        <div>
          <Button disabledReason={ownFactorMissing ?? disabledReason.value} onClick={() => setConfirming(true)}>
            {rule ? 'Stop requiring it' : 'Require a second factor'}
          </Button>
        </div>
        {ownFactorMissing !== undefined && <p class="field-hint">{ownFactorMissing}</p>}
      </div>
      {confirming && (
        <ConfirmAction
          title={rule ? 'Stop requiring a second factor?' : 'Require a second factor?'}
          confirmLabel={rule ? 'Stop requiring it' : 'Require it'}
          text={
            rule
              ? 'Owners and operators can then turn off their second factor.'
              : 'Owners and operators without a second factor must set one up at their next sign-in. No one is signed out now.'
          }
          action={async () => {
            await api.setSecondFactorRule({ required: !rule });
            notify(rule ? 'A second factor is no longer required.' : 'A second factor is now required.');
            setConfirming(false);
            onChanged();
          }}
          onClose={() => setConfirming(false)}
        />
      )}
    </Card>
  );
}
