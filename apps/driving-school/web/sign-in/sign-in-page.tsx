import { Banner, Button, Icon, LiveRegion, ThemeSwitch } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { endedByIdleness } from '../idle.ts';
import { availability, recovery, retryNow } from '../session.ts';
import { SignInForm } from './sign-in-form.tsx';
import './sign-in.css';

/** Signs users in. During an outage, explains why this is not possible and links operators to the console. */
export function SignInPage(): JSX.Element {
  const { state } = availability.value;
  return (
    <div class="standalone-page">
      <main class="standalone-card" id="main">
        <div class="sign-in-title">
          <Icon name="wheel" />
          <h1>Sign in</h1>
          <p class="muted">Ontario Driving School Manager</p>
        </div>
        {state !== 'live' && (
          <Banner
            tone="warning"
            role="status"
            title={state === 'unreachable' ? "The server can't be reached" : 'Sign-in is temporarily unavailable'}
          >
            <p>
              {state === 'isolated'
                ? 'An operator has isolated the database. If you’re already signed in on another page, you can still view students there. Retrying automatically.'
                : state === 'copies'
                  ? 'The database is not answering. If you’re already signed in on another page, you can still view students there. Retrying automatically.'
                  : 'Check your connection. Retrying automatically.'}
            </p>
            {state !== 'unreachable' && (
              <p>
                Operators can still <a href="/admin/sign-in">open the console with the operator token</a>.
              </p>
            )}
            <p class="sign-in-retry">
              <Button size="small" onClick={retryNow}>
                Retry now
              </Button>
            </p>
          </Banner>
        )}
        {state === 'live' && recovery.value !== undefined && (
          <Banner tone="success" role="status" title="Sign-in is available again" />
        )}
        {endedByIdleness.value && (
          <Banner title="You were signed out">
            <p>There was no activity on this device for a while.</p>
          </Banner>
        )}
        <SignInForm />
        <div class="field-hint sign-in-hints">
          <p>No account, or forgot your password? Ask the owner of the school for a one-time link.</p>
          <p>Setting up a new school? Open the link printed in the terminal where the program runs.</p>
        </div>
      </main>
      <footer>
        <ThemeSwitch />
      </footer>
      <LiveRegion />
    </div>
  );
}
