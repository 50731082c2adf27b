import { EmptyState, LinkButton, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { availability, user } from '../session.ts';
import { usePageTitle } from './page-title.ts';

/** Shown at an unknown address. */
export function NotFound(): JSX.Element {
  return <NoPage title="Page not found" description="There is no page at this address." />;
}

/** Shown instead of a page that the user's role can't open. */
export function NoAccess(): JSX.Element {
  return (
    <NoPage
      title="You don't have access"
      description="Your role does not include this page. The owner can change your role under People."
    />
  );
}

function NoPage({ title, description }: { readonly title: string; readonly description: string }): JSX.Element {
  usePageTitle(title);
  return (
    <div class="page">
      <PageHeader title={title} description={description} />
      <div>
        <LinkButton href="/">{user.value?.role === 'operator' ? 'Go to the start page' : 'Go to students'}</LinkButton>
      </div>
    </div>
  );
}

/** Shown until the session has been checked. */
export function Loading(): JSX.Element {
  usePageTitle('Loading');
  const { state } = availability.value;
  return (
    <main class="standalone-page" id="main">
      <h1 class="visually-hidden">Driving School</h1>
      {state === 'live' ? (
        <p class="muted" role="status">
          Loading…
        </p>
      ) : (
        <EmptyState
          icon="warning"
          title={state === 'unreachable' ? "The server can't be reached" : 'The database is not ready yet'}
        >
          Retrying automatically.
        </EmptyState>
      )}
    </main>
  );
}
