import type { BreakerView, BulkView, OverviewView } from '../../src/contract.ts';
import { breakerSentence, sentence } from '../words/words.ts';
import type { Intent } from './intent.ts';
import { newerThan } from './breaker-orders.ts';
import { incidentPrefix } from './reason.ts';

export type BulkAction = 'trip' | 'probe' | 'reset' | 'isolate' | 'release';

const words: Readonly<Record<BulkAction, { verb: string; consequence: string; wayBack: string; danger: boolean }>> = {
  trip: {
    verb: 'Trip',
    consequence: 'They open immediately: calls are rejected without being attempted.',
    wayBack: 'Each probes its dependency after its reset timeout. Reset ends it at any time.',
    danger: true,
  },
  probe: {
    verb: 'Half-open',
    consequence:
      'Their reset timeouts end now: the next call of each is let through as a probe. Closed ones are skipped.',
    wayBack: 'Each closes or opens again, depending on its probe.',
    danger: false,
  },
  reset: {
    verb: 'Reset',
    consequence: 'They close immediately and clear their failure counts.',
    wayBack: 'Those still failing open again after the usual number of failures.',
    danger: false,
  },
  isolate: {
    verb: 'Isolate',
    consequence: 'All their calls are rejected immediately, without probes.',
    wayBack: 'Each ends automatically at the time you choose. Release ends it sooner.',
    danger: true,
  },
  release: {
    verb: 'Release',
    consequence: 'Each breaker returns to its automatic state. Those that aren’t isolated or held are skipped.',
    wayBack: 'Isolate them again.',
    danger: false,
  },
};

export const bulkActions = Object.keys(words) as readonly BulkAction[];

export function bulkVerb(action: BulkAction): string {
  return words[action].verb;
}

/** The same order for several breakers: exactly those that were seen, in the state in which they were seen. */
export function bulkOrder(
  breakers: readonly BreakerView[],
  action: BulkAction,
  report: OverviewView | undefined,
  taken: () => void,
): Intent {
  const { verb, consequence, wayBack, danger } = words[action];
  const many = `${breakers.length} breaker${breakers.length === 1 ? '' : 's'}`;
  return {
    id: `bulk ${action} ${breakers.map(({ id }) => id).join(' ')}`,
    question: `${verb} ${many}?`,
    verb: `${verb} ${many}`,
    danger,
    extent: `${many}, as currently shown: any that changes before its turn is skipped`,
    consequence,
    wayBack,
    now: breakers.map((breaker) => `${breaker.name}: ${breakerSentence(breaker)}`),
    ...(action === 'isolate' ? { minutes: [30, 5, 15, 60, 240, 1_440] as const } : {}),
    reason: incidentPrefix(
      report,
      breakers.map(({ id }) => id),
    ),
    request: ({ reason, endsAt }) => ({
      method: 'POST',
      path: 'bulk-operations',
      body: {
        action,
        reason,
        targets: breakers.map(({ id, version }) => ({ id, version })),
        ...(endsAt === undefined ? {} : { expires_at: endsAt }),
      },
    }),
    taken,
    follow: (answer) => (isRunning(answer as BulkView) ? `bulk-operations/${(answer as BulkView).id}` : undefined),
    stop: (answer) =>
      isRunning(answer as BulkView)
        ? { method: 'POST', path: `bulk-operations/${(answer as BulkView).id}/stop`, body: {} }
        : undefined,
    progress: (current, receipt) => {
      const bulk = receipt.answer as BulkView;
      const skipped = bulk.items.filter(({ state }) => state === 'skipped' || state === 'failed');
      const seen = newerThan(receipt, current);
      const names = new Map(breakers.map(({ id, name }) => [id, name]));
      const steps = skipped.map(({ id, detail }) => ({
        at: bulk.ended_at ?? bulk.requested_at,
        text: `${names.get(id) ?? id} skipped: ${sentence(detail ?? 'no reason given')}`,
      }));
      if (seen === undefined || isRunning(bulk)) {
        return {
          tone: 'info',
          title: 'Accepted',
          text: `${bulk.done} of ${bulk.total} done so far.`,
          running: isRunning(bulk),
          steps,
        };
      }
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
