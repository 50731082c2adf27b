import { Card, EmptyState, RelativeTime, StatusMark } from '../kit/index.ts';
import type { ChangeView } from '../src/contract.ts';
import { changeLook } from './words.ts';

/** What has happened, newest first: when, what, why, who. */
export function Changes({ changes }: { readonly changes: readonly ChangeView[] }) {
  return (
    <Card title="What changed" flush>
      {changes.length === 0 ? (
        <EmptyState icon="check" title="Nothing has changed">
          Since the application was started, no breaker has changed its state and nobody has given an order.
        </EmptyState>
      ) : (
        <ol class="change-list">
          {changes.map((change) => {
            const { shape, tone } = changeLook(change);
            return (
              <li key={change.id}>
                <span class="change-when">
                  <RelativeTime instant={change.at} form="both" />
                </span>
                <span class="change-what">
                  <StatusMark shape={shape} tone={tone}>
                    {change.target_name}: {change.what}
                  </StatusMark>
                </span>
                <span class="change-why">
                  {change.why}
                  {change.actor !== null && <span class="change-who"> by {change.actor}</span>}
                  {change.trigger === 'health-check' && <span class="change-who"> by a health check</span>}
                </span>
              </li>
            );
          })}
        </ol>
      )}
    </Card>
  );
}
