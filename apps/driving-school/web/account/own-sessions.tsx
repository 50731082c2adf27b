import { Badge, Banner, Button, Card, notify, RelativeTime, Skeleton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { ConfirmAct } from '../confirm-act.tsx';
import type { OwnSession } from '../contract-types.ts';
import { type Failure, failureOf, saveFailureOf } from '../failure.ts';
import { closedReason, refreshAfterOutage } from '../session.ts';

/** Where one is signed in, and how to end that. */
export function OwnSessions(): JSX.Element {
  const [sessions, setSessions] = useState<readonly OwnSession[] | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [asking, setAsking] = useState(false);
  const [ending, setEnding] = useState<string | undefined>(undefined);

  const read = async (): Promise<'live' | 'copy'> => {
    try {
      setSessions((await api.ownSessions()).body.data);
      setFailure(undefined);
      return 'live';
    } catch (error) {
      const failed = failureOf(error);
      setFailure(failed);
      return failed.status === undefined || failed.status >= 500 ? 'copy' : 'live';
    }
  };
  useEffect(() => {
    void read();
    return refreshAfterOutage(read);
  }, []);

  const end = async (session: OwnSession): Promise<void> => {
    setEnding(session.id);
    try {
      await api.endSession(session.id);
      notify(`You are signed out on ${session.device}.`);
      await read();
    } catch (error) {
      setFailure(saveFailureOf(error));
    } finally {
      setEnding(undefined);
    }
  };
  const others = (sessions ?? []).filter(({ current }) => !current).length;

  return (
    <Card
      title="Where you are signed in"
      flush
      actions={
        others > 0 && (
          <Button size="small" closedReason={closedReason.value} onClick={() => setAsking(true)}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      {failure !== undefined && (
        <Banner tone="warning" role="alert" title={failure.title}>
          <p>{failure.detail}</p>
        </Banner>
      )}
      {sessions === undefined ? (
        failure === undefined && (
          <div class="loading-card" role="status">
            <span class="visually-hidden">Loading…</span>
            <Skeleton width="50%" />
          </div>
        )
      ) : (
        <ul class="own-sessions">
          {sessions.map((session) => (
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
                  busy={ending === session.id}
                  closedReason={closedReason.value}
                  onClick={() => void end(session)}
                >
                  Sign out<span class="visually-hidden"> on {session.device}</span>
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <p class="card-foot field-hint">
        Don’t recognize a device? Sign it out and change your password. Inactive devices are signed out automatically.
      </p>
      {asking && (
        <ConfirmAct
          title="Sign out everywhere else?"
          confirmLabel="Sign out everywhere else"
          text="You stay signed in here. All other devices must sign in again. Unsaved changes there can be saved after that."
          act={async () => {
            const { body } = await api.endOtherSessions();
            setAsking(false);
            notify(`You are signed out on ${body.ended} other ${body.ended === 1 ? 'device' : 'devices'}.`);
            await read();
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  );
}
