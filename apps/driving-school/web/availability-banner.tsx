import { Banner, Button, clockTimeText, LinkButton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { durationText } from './duration-text.ts';
import { availability, recovery, retryNow, user } from './session.ts';

/** Across the top of every page: what is live, what is a copy, what is closed; and for a moment, that it is over. */
export function AvailabilityBanner(): JSX.Element | null {
  const { value: now } = availability;
  if (now.state === 'copies') {
    return (
      <Banner
        wide
        tone="warning"
        title="The database is not answering"
        actions={
          <>
            <RetryButton />
            <StatusLink />
          </>
        }
      >
        <p>
          Since <BeginningOf sinceMs={now.sinceMs} />. Students that were opened before are shown as copies, each with
          its age. Changes can’t be saved until the database answers. Retrying automatically.
        </p>
      </Banner>
    );
  }
  if (now.state === 'isolated') {
    const until = clockTimeText(now.untilMs, Date.now());
    return (
      <Banner
        wide
        tone="warning"
        title={`An operator has isolated the database until ${until}`}
        actions={<StatusLink />}
      >
        <p>
          Students that were opened before are shown as copies, each with its age. Nothing can be saved until then, or
          until the operator releases it. This page checks every few seconds and opens again by itself.
        </p>
      </Banner>
    );
  }
  if (now.state === 'unreachable') {
    return (
      <Banner wide tone="danger" title="The server can't be reached" actions={<RetryButton />}>
        <p>
          Since <BeginningOf sinceMs={now.sinceMs} />. What is on this page was loaded before that. Nothing can be saved
          now. Retrying automatically.
        </p>
      </Banner>
    );
  }
  if (recovery.value !== undefined) {
    return (
      <Banner wide tone="success" title="Everything is live again">
        <p>
          The outage lasted {durationText(recovery.value.lastedMs)}. This page is up to date, and you can save changes.
        </p>
      </Banner>
    );
  }
  return null;
}

function BeginningOf({ sinceMs }: { readonly sinceMs: number }): JSX.Element {
  return <time dateTime={new Date(sinceMs).toISOString()}>{clockTimeText(sinceMs, Date.now())}</time>;
}

function RetryButton(): JSX.Element {
  return (
    <Button size="small" onClick={retryNow}>
      Retry now
    </Button>
  );
}

function StatusLink(): JSX.Element | undefined {
  const role = user.value?.role;
  if (role === undefined || role === 'instructor') return undefined;
  return (
    <LinkButton size="small" href="/admin">
      System status
    </LinkButton>
  );
}
