import { Dialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { navigate } from '../navigation.ts';
import { user } from '../session.ts';
import { SignInForm } from './sign-in-form.tsx';

/** Signs the user in again over a page with unsaved changes, so that they are not lost. */
export function SignInDialog(): JSX.Element {
  return (
    <Dialog title="Sign in again" onClose={() => navigate('/sign-in')}>
      <p class="muted">
        Your session has ended. Your unsaved changes are still on the page behind this dialog. Sign in to save them.
      </p>
      <SignInForm email={user.value?.email ?? ''} />
    </Dialog>
  );
}
