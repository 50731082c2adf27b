import { Button, Card, EmptyState } from '@dualbrake/kit';
import { useState } from 'preact/hooks';
import { Shape } from '@dualbrake/kit';
import type { ChangeView, Trigger } from '../../../src/contract.ts';
import { Time } from '../../parts/time.tsx';
import { capital, changeLook } from '../../words/words.ts';

/** What fits on a screen; the others are one click away. */
const SHOWN = 12;

/** Changes, newest first: when, what, why, who. */
export function Changes({ changes }: { readonly changes: readonly ChangeView[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? changes : changes.slice(0, SHOWN);
  return (
    <Card title="What changed" flush>
      {changes.length === 0 ? (
        <EmptyState icon="check" title="No changes">
          No breaker has changed its state and no one has made a change since the start.
        </EmptyState>
      ) : (
        <>
          <ol class="timeline">
            {shown.map((change) => (
              <Change key={change.id} change={change} />
            ))}
          </ol>
          {changes.length > SHOWN && (
            <div class="timeline-more">
              <Button variant="quiet" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
                {all ? 'Show fewer' : `Show all ${changes.length}`}
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

/** What did it, where it wasn’t a person. */
const nameOfTrigger: Readonly<Partial<Record<Trigger, string>>> = {
  'health-check': 'a health check',
  shared: 'other processes',
};

function Change({ change }: { readonly change: ChangeView }) {
  const { shape, tone } = changeLook(change);
  const who = change.actor ?? (change.trigger === null ? undefined : nameOfTrigger[change.trigger]);
  return (
    <li class={`tone-${tone}`}>
      <Shape shape={shape} />
      <p class="timeline-what">
        <strong>{change.target_name}</strong> {change.what}
      </p>
      <p class="timeline-why">
        {capital(change.why)}
        {who !== undefined && ` By ${who}.`}
      </p>
      <p class="timeline-when">
        <Time instant={change.at} form="both" />
      </p>
    </li>
  );
}
