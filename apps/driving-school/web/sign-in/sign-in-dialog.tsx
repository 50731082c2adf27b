import { Dialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { navigate } from '../navigation.ts';
import { user } from '../session.ts';
import { SignInForm } from './sign-in-form.tsx';

/** Asks for the password over a page on which something is typed, so that nothing typed is lost. */
export function SignInDialog(): JSX.Element {
  return (
    <Dialog title="Sign in again" onClose={() => navigate('/sign-in')}>
      <p class="muted">Your session has ended. What you typed stays on the page behind this; sign in to save it.</p>
      <SignInForm email={user.value?.email ?? ''} />
    </Dialog>
  );
}
