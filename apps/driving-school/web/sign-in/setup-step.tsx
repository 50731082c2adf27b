import { Banner, Button } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { EnrolmentForm } from '../account/enrolment-form.tsx';
import { RecoveryCodes } from '../account/recovery-codes.tsx';
import { api } from '../api.ts';
import type { SetUp } from '../contract-types.ts';
import { signedIn } from '../session.ts';

/** Setting up the second factor that the school requires, before anything else is open. */
export function SetupStep({
  onDone,
  onStartAgain,
}: {
  readonly onDone: (() => void) | undefined;
  readonly onStartAgain: () => void;
}): JSX.Element {
  const [done, setDone] = useState<SetUp | undefined>(undefined);
  if (done !== undefined) {
    return (
      <div class="stack">
        <RecoveryCodes codes={done.recovery_codes} account={done.user.email} />
        <Button
          variant="primary"
          onClick={() => {
            signedIn(done.user);
            onDone?.();
          }}
        >
          I have saved them. Continue
        </Button>
      </div>
    );
  }
  return (
    <div class="stack">
      <Banner title="Set up a second factor first">
        <p>
          Your school requires a second factor for your role. From now on you sign in with your password and a code from
          your phone.
        </p>
      </Banner>
      <EnrolmentForm
        begin={async () => (await api.setupSecret()).body}
        finish={async (code) => setDone((await api.setup({ code })).body)}
        submitLabel="Turn on"
      />
      <div>
        <Button variant="quiet" size="small" onClick={onStartAgain}>
          Start again
        </Button>
      </div>
    </div>
  );
}
