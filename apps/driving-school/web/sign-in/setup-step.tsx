import { Banner, Button } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { EnrolmentForm } from '../account/enrolment-form.tsx';
import { RecoveryCodes } from '../account/recovery-codes.tsx';
import { api } from '../api.ts';
import type { SetUp } from '../contract-types.ts';
import { startSession } from '../session.ts';

/** Sets up the second factor that the school requires, before the user can do anything else. */
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
            startSession(done.user);
            onDone?.();
          }}
        >
          I’ve saved them. Continue
        </Button>
      </div>
    );
  }
  return (
    <div class="stack">
      <Banner title="Set up a second factor first">
        <p>
          Your school requires a second factor for your role. From now on, you sign in with your password and a code
          from your phone.
        </p>
      </Banner>
      <EnrolmentForm
        begin={api.setupSecret}
        finish={async (code) => setDone(await api.setup({ code }))}
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
