import type { BreakerView, BulkView, OverviewView } from '../../src/contract.ts';
import { breakerSentence, countText, sentence } from '../words/words.ts';
import { accepted, incidentPrefix, newerThan, type Action } from './action.ts';
import { breakerTexts } from './breaker-actions.ts';

export const bulkActions = ['trip', 'probe', 'reset', 'isolate', 'release'] as const;

/** The same action for several breakers. The server skips any that has changed since it was shown here. */
export function bulkAction(
  breakers: readonly BreakerView[],
  name: (typeof bulkActions)[number],
  report: OverviewView | undefined,
  onAccepted: () => void,
): Action {
  const { label: _label, verb, ...texts } = breakerTexts[name];
  const many = countText(breakers.length, 'breaker');
  const ids = breakers.map(({ id }) => id);
  return {
    ...texts,
    id: `bulk ${name} ${ids.join(' ')}`,
    title: `${verb} ${many}?`,
    confirmLabel: `${verb} ${many}`,
    scope: `${many}, as currently shown; any that changes before its turn, or to which this doesn’t apply, is skipped`,
    current: breakers.map((breaker) => `${breaker.name}: ${breakerSentence(breaker)}`),
    reason: incidentPrefix(report, ids),
    request: ({ reason, endsAt }) => ({
      method: 'POST',
      path: 'bulk-operations',
      body: {
        action: name,
        reason,
        targets: breakers.map(({ id, version }) => ({ id, version })),
        ...(endsAt && { expires_at: endsAt }),
      },
    }),
    onAccepted,
    progressPath: (answer) => {
      const bulk = answer as BulkView;
      return isRunning(bulk) ? `bulk-operations/${bulk.id}` : undefined;
    },
    stopRequest: (answer) => {
      const bulk = answer as BulkView;
      return isRunning(bulk) ? { method: 'POST', path: `bulk-operations/${bulk.id}/stop`, body: {} } : undefined;
    },
    progress: (current, receipt) => {
      const bulk = receipt.answer as BulkView;
      const steps = bulk.items
        .filter(({ state }) => state === 'skipped' || state === 'failed')
        .map(({ id, detail }) => ({
          at: bulk.ended_at ?? bulk.requested_at,
          text: `${breakers.find((each) => each.id === id)?.name ?? id} skipped: ${sentence(detail ?? 'no reason given')}`,
        }));
      const running = isRunning(bulk);
      if (running || newerThan(receipt, current) === undefined)
        return { ...accepted(`${bulk.done} of ${bulk.total} done so far.`), running, steps };
      const text = `${bulk.done} of ${bulk.total} done, ${bulk.skipped} skipped, ${bulk.failed} failed.`;
      return bulk.done === bulk.total
        ? { tone: 'success', title: 'Done', text, steps }
        : { tone: bulk.failed > 0 ? 'danger' : 'warning', title: 'Partly done', text, steps };
    },
  };
}

function isRunning({ state }: BulkView): boolean {
  return state === 'running' || state === 'planned';
}
