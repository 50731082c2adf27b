import { Badge, Button, Card, notify, RelativeTime } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { OwnSession } from '../contract-types.ts';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';

/** Lists the devices on which the user is signed in, and signs them out. */
export function OwnSessions(): JSX.Element {
  const sessions = useResource(api.ownSessions);
  const [confirming, setConfirming] = useState(false);
  const signOut = useSubmit({
    async send(session: OwnSession) {
      await api.endSession(session.id);
      notify(`You’re signed out on ${session.device}.`);
      await sessions.load();
    },
  });
  const others = sessions.value?.data.filter(({ current }) => !current).length ?? 0;

  return (
    <Card
      title="Where you’re signed in"
      flush
      actions={
        others > 0 && (
          <Button size="small" disabledReason={signOut.disabledReason} onClick={() => setConfirming(true)}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <RefreshFailure resource={sessions} title="Your devices could not be refreshed" />
      <FailureBanner failure={signOut.failure} />
      <ResourceView resource={sessions} name="Your devices" skeleton={<SkeletonCard />}>
        {({ data }) => (
          <ul class="own-sessions">
            {data.map((session) => (
              <li key={session.id}>
                <div>
                  <strong>{session.device}</strong>
                  {session.current && <Badge tone="success">This device</Badge>}
                  <p class="muted">
                    Signed in <RelativeTime instant={session.created_at} />, last active{' '}
                    <RelativeTime instant={session.last_seen_at} />
                  </p>
                </div>
                {!session.current && (
                  <Button
                    size="small"
                    busy={signOut.sending?.id === session.id}
                    disabledReason={signOut.disabledReason}
                    onClick={() => void signOut.submit(session)}
                  >
                    Sign out<span class="visually-hidden"> on {session.device}</span>
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </ResourceView>
      <p class="card-foot field-hint">
        Don’t recognize a device? Sign it out and change your password. Inactive devices are signed out automatically.
      </p>
      {confirming && (
        <ConfirmAction
          title="Sign out everywhere else?"
          confirmLabel="Sign out everywhere else"
          text="You stay signed in here. On all other devices you must sign in again, and can then save changes that you haven’t saved there."
          action={async () => {
            const { ended } = await api.endOtherSessions();
            setConfirming(false);
            notify(`You’re signed out on ${ended} other ${ended === 1 ? 'device' : 'devices'}.`);
            await sessions.load();
          }}
          onClose={() => setConfirming(false)}
        />
      )}
    </Card>
  );
}
