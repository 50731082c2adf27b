import { Banner, Button, clockTimeText, LinkButton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { durationText } from './duration-text.ts';
import { oldScheduleCopy } from './schedule-copy.ts';
import { schoolAheadMs, schoolDate } from './school-clock.ts';
import { availability, recovery, retryNow, user } from './session.ts';

/** The banner on every page during an outage and for a few seconds afterwards. */
export function AvailabilityBanner(): JSX.Element | null {
  const current = availability.value;
  if (current.state === 'copies') {
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
          Since <ClockTime atMs={current.sinceMs + schoolAheadMs.value} />. You see copies of the coming two weeks, and
          of students that were opened before, marked with their age. You can’t save changes until the database answers.
          Retrying automatically.
        </p>
        <OldScheduleCopy />
      </Banner>
    );
  }
  if (current.state === 'isolated') {
    const until = clockTimeText(current.untilMs, Date.now());
    return (
      <Banner
        wide
        tone="warning"
        title={`An operator has isolated the database until ${until}`}
        actions={<StatusLink />}
      >
        <p>
          You see copies of the coming two weeks, and of students that were opened before, marked with their age. You
          can’t save changes until the isolation ends. Retrying automatically.
        </p>
        <OldScheduleCopy />
      </Banner>
    );
  }
  if (current.state === 'unreachable') {
    return (
      <Banner wide tone="danger" title="The server can't be reached" actions={<RetryButton />}>
        <p>
          Since <ClockTime atMs={current.sinceMs + schoolAheadMs.value} />. This page shows data from before the outage.
          You can’t save changes. Retrying automatically.
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

function OldScheduleCopy(): JSX.Element | null {
  const asOf = oldScheduleCopy.value;
  if (asOf === undefined) return null;
  return (
    <p>
      <strong>
        The calendar and the day sheets are more than an hour old, from <ClockTime atMs={Date.parse(asOf)} />.
      </strong>{' '}
      Ask before you rely on a lesson: it may have been moved or cancelled since.
    </p>
  );
}

/** A moment of the school's clock. */
function ClockTime({ atMs }: { readonly atMs: number }): JSX.Element {
  return <time dateTime={new Date(atMs).toISOString()}>{clockTimeText(atMs, schoolDate().getTime())}</time>;
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
