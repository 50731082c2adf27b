import { Button, Card, notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { TimeOff, TimeOffAdded } from '../../contract/instructors.ts';
import { api } from '../api.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { disabledReason } from '../session.ts';
import { lessonsText, timeOffText } from './instructor-text.tsx';
import { TimeOffDialog } from './time-off-dialog.tsx';

/** Lists the time off from today on, and lets the office add and remove it. */
export function TimeOffCard({
  instructorId,
  name,
  readOnly = false,
}: {
  readonly instructorId: string;
  readonly name: string;
  readonly readOnly?: boolean;
}): JSX.Element {
  const list = useResource((signal) => api.timeOff(instructorId, signal), [instructorId]);
  const [adding, setAdding] = useState(false);
  const undo = useSubmit({
    async send({ from, to, reason }: TimeOff) {
      await api.addTimeOff(instructorId, { from, to, reason });
      await list.load();
      notify('The time off was restored.');
    },
  });
  const remove = useSubmit({
    async send(timeOff: TimeOff) {
      await api.removeTimeOff(instructorId, timeOff.id);
      await list.load();
      notify(`The time off on ${timeOffText(timeOff)} was removed.`, {
        action: { label: 'Undo', run: () => void undo.submit(timeOff) },
      });
    },
  });
  const added = (answer: TimeOffAdded): void => {
    setAdding(false);
    void list.load();
    const cancelled = answer.cancelled_lessons.length;
    notify(
      cancelled === 0
        ? 'The time off was added.'
        : `The time off was added, and ${lessonsText(cancelled)} cancelled. Tell the students.`,
    );
  };
  return (
    <Card
      flush
      title="Time off"
      actions={
        readOnly ? undefined : (
          <Button size="small" icon="plus" disabledReason={disabledReason.value} onClick={() => setAdding(true)}>
            Add time off
          </Button>
        )
      }
    >
      <FailureBanner failure={remove.failure ?? undo.failure} />
      <RefreshFailure resource={list} title="The time off could not be refreshed" />
      <ResourceView
        resource={list}
        name="The time off"
        skeleton={<SkeletonCard />}
        empty={({ data }) => data.length === 0 && <p class="card-body muted">No time off from today on.</p>}
      >
        {({ data }) => (
          <ul class="time-off-list">
            {data.map((timeOff) => (
              <li key={timeOff.id}>
                <span>
                  {timeOffText(timeOff)}
                  {timeOff.reason !== null && <span class="muted"> {timeOff.reason}</span>}
                </span>
                {!readOnly && (
                  <Button
                    size="small"
                    variant="danger-quiet"
                    busy={remove.sending?.id === timeOff.id}
                    disabledReason={disabledReason.value}
                    onClick={() => void remove.submit(timeOff)}
                  >
                    Remove<span class="visually-hidden"> {timeOffText(timeOff)}</span>
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </ResourceView>
      {adding && (
        <TimeOffDialog instructorId={instructorId} name={name} onClose={() => setAdding(false)} onAdded={added} />
      )}
    </Card>
  );
}
