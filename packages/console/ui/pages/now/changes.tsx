import { Card, EmptyState, Shape } from '@dualbrake/kit';
import type { ChangeView, Trigger } from '../../../src/contract.ts';
import { Time } from '../../parts/time.tsx';
import { Timeline, TimelineItem } from '../../parts/timeline.tsx';
import { capital, changeMark } from '../../words/words.ts';

/** Recent changes with their reason, user and time, newest first. */
export function Changes({ changes }: Readonly<{ changes: readonly ChangeView[] }>) {
  return (
    <Card title="Recent changes" flush>
      {changes.length === 0 ? (
        <EmptyState icon="check" title="No changes">
          No breaker has changed its state and no one has made a change since the start.
        </EmptyState>
      ) : (
        <Timeline items={changes} limit={12}>
          {(change) => <Change key={change.id} change={change} />}
        </Timeline>
      )}
    </Card>
  );
}

/** Triggers other than operators and the breaker itself. */
const triggerNames: Readonly<Partial<Record<Trigger, string>>> = {
  'health-check': 'a health check',
  shared: 'other processes',
};

function Change({ change }: Readonly<{ change: ChangeView }>) {
  const { shape, tone } = changeMark(change);
  const by = change.actor ?? triggerNames[change.trigger ?? 'automatic'];
  return (
    <TimelineItem
      class={`tone-${tone}`}
      lead={<Shape shape={shape} />}
      why={`${capital(change.why)}${by === undefined ? '' : ` By ${by}.`}`}
      when={<Time instant={change.at} form="both" />}
    >
      <strong>{change.target_name}</strong> {change.what}
    </TimelineItem>
  );
}
