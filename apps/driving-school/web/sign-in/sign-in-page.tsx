import { Banner, Icon, LiveRegion, ThemeSwitch } from '@dualbrake/console/kit';
import type { JSX } from 'preact';
import { usePageTitle } from '../page-title.ts';
import { availability, recovery } from '../session.ts';
import { SignInForm } from './sign-in-form.tsx';

/** The door. While the database does not answer it is closed, and says so. */
export function SignInPage(): JSX.Element {
  usePageTitle('Sign in');
  const { state } = availability.value;
  return (
    <div class="gate">
      <main class="gate-card" id="main">
        <div class="gate-title">
          <Icon name="wheel" />
          <h1>Sign in</h1>
          <p class="muted">Ontario Driving School Manager</p>
        </div>
        {state !== 'live' && (
          <Banner
            tone="warning"
            role="status"
            title={state === 'unreachable' ? 'The server cannot be reached' : 'Sign-in is closed for the moment'}
          >
            <p>
              {state === 'isolated'
                ? 'An operator has isolated the database, so nobody can sign in. People who are signed in can go on reading. This page opens again by itself.'
                : state === 'copies'
                  ? 'The database is not answering, so nobody can be let in. Whoever is signed in already can go on reading. This page opens again by itself.'
                  : 'This page keeps trying every few seconds and opens again by itself.'}
            </p>
          </Banner>
        )}
        {state === 'live' && recovery.value !== undefined && (
          <Banner tone="success" role="status" title="Sign-in is open again" />
        )}
        <SignInForm />
        <p class="field-hint">
          No account, or forgotten the password? Ask the owner of the school for a one-time link.
        </p>
      </main>
      <footer>
        <ThemeSwitch />
      </footer>
      <LiveRegion />
    </div>
  );
}
