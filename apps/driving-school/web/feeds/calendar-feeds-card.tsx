import { Button, Card, CopyField, Dialog, RelativeTime } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CalendarFeed } from '../../contract/calendar-feeds.ts';
import { api } from '../api.ts';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { schoolAheadMs } from '../school-clock.ts';
import { disabledReason } from '../session.ts';
import './calendar-feeds.css';

/** Links with which the calendar programs of an instructor read the lessons: create, list, revoke. */
export function CalendarFeedsCard({ instructorId }: { readonly instructorId: string }): JSX.Element {
  const feeds = useResource((signal) => api.calendarFeeds(instructorId, signal), [instructorId]);
  const [created, setCreated] = useState<string | undefined>(undefined);
  const [revoking, setRevoking] = useState<CalendarFeed | undefined>(undefined);
  const create = useSubmit({
    async send() {
      const { data } = await api.createCalendarFeed(instructorId);
      setCreated(data.url);
      await feeds.load();
    },
  });
  return (
    <Card
      title="Lessons in a calendar program"
      actions={
        <Button
          size="small"
          icon="plus"
          busy={create.busy}
          disabledReason={disabledReason.value}
          onClick={() => void create.submit()}
        >
          Create link
        </Button>
      }
    >
      <div class="stack feeds-stack">
        <p class="muted">
          A link shows the lessons in Google Calendar, Apple Calendar or Outlook, with first names and pickup addresses.
          Use one link for each device. Calendar programs may show changes up to a day late: on the day itself, check
          the day sheet.
        </p>
        <FailureBanner failure={create.failure} />
        <RefreshFailure resource={feeds} title="The links could not be refreshed" />
        <ResourceView
          resource={feeds}
          name="The calendar links"
          skeleton={<SkeletonCard lines={1} />}
          empty={({ data }) => data.length === 0 && <p class="muted">No links yet.</p>}
        >
          {({ data }) => (
            <ul class="feeds-list">
              {data.map((feed) => (
                <li key={feed.id}>
                  <span>
                    Created <RelativeTime instant={feed.created_at} aheadMs={-schoolAheadMs.value} />
                    <span class="muted">
                      {feed.last_read_at === null ? (
                        ', never read'
                      ) : (
                        <>
                          , last read <RelativeTime instant={feed.last_read_at} aheadMs={-schoolAheadMs.value} />
                        </>
                      )}
                    </span>
                  </span>
                  <Button
                    size="small"
                    variant="danger-quiet"
                    disabledReason={disabledReason.value}
                    onClick={() => setRevoking(feed)}
                  >
                    Revoke
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </ResourceView>
      </div>
      {created !== undefined && <NewLink url={created} onClose={() => setCreated(undefined)} />}
      {revoking !== undefined && (
        <ConfirmAction
          title="Revoke this calendar link?"
          confirmLabel="Revoke link"
          danger
          text="Calendar programs that use it can no longer read the lessons. Other links keep working."
          action={async () => {
            await api.revokeCalendarFeed(revoking.id);
            setRevoking(undefined);
            await feeds.load();
          }}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Card>
  );
}

/** Where each program takes a link. */
const programs = [
  ['Google Calendar', ['Other calendars', 'From URL']],
  ['Apple Calendar', ['File', 'New Calendar Subscription']],
  ['iPhone', ['Settings', 'Calendar', 'Accounts', 'Add Subscribed Calendar']],
  ['Outlook', ['Add calendar', 'Subscribe from web']],
] as const;

/** Shows a new link, which can't be shown again. */
function NewLink({ url, onClose }: { readonly url: string; readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog
      title="Copy the link now"
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>It is shown only this once. Anyone who has it can read the lessons until you revoke it.</p>
      <CopyField label="Calendar link" text={url} />
      <dl class="feed-programs field-hint">
        {programs.map(([name, steps]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{steps.join(' › ')}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
