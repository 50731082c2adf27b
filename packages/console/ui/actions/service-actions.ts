import type { OperationView, OverviewView, ServiceView } from '../../src/contract.ts';
import { breakerName, limitText, sentence, serviceSentence, wordsOf } from '../words/words.ts';
import { incidentPrefix, type Action, type Progress, type Receipt } from './action.ts';

interface ServiceTexts {
  readonly verb: string;
  readonly consequence: string;
  readonly undoText: string;
  /** The state that shows the effect; omitted when the operation's own result is enough. */
  readonly state?: string;
}

const known: Readonly<Record<string, ServiceTexts>> = {
  restart: {
    verb: 'Restart',
    consequence:
      'It is stopped and started again. Until it is back, known records are shown as copies and nothing can be saved.',
    undoText: 'It can’t be cancelled once it runs. It usually takes a few seconds; saved data stays saved.',
    state: 'up',
  },
  reconnect: {
    verb: 'Reconnect',
    consequence: 'All its connections are closed and reopened. Running calls may fail and be retried.',
    undoText: 'It can’t be cancelled; it takes a few seconds.',
    state: 'up',
  },
  check: { verb: 'Check', consequence: 'Runs its health check. Nothing is changed.', undoText: 'Nothing to undo.' },
  drain: {
    verb: 'Drain',
    consequence: 'It accepts no new work and finishes running work. Load balancers send requests elsewhere.',
    undoText: 'Admit puts it back into service.',
    state: 'draining',
  },
  admit: {
    verb: 'Admit',
    consequence: 'It accepts new work again.',
    undoText: 'Drain takes it out of service again.',
    state: 'up',
  },
};

/** Texts for an action; an unknown action is shown under its own name. */
export function serviceTexts(action: string): ServiceTexts {
  return (
    known[action] ?? {
      verb: wordsOf(action),
      consequence: `Runs the service’s own action “${action}”.`,
      undoText: 'Whether it can be undone depends on the service.',
    }
  );
}

/** An action that a service offers, such as a restart. */
export function serviceAction(service: ServiceView, action: string, report: OverviewView | undefined): Action {
  const { id, name, dependants } = service;
  const { verb, consequence, undoText, state } = serviceTexts(action);
  const detail = service.action_details.find((each) => each.name === action);
  const usedBy = dependants.map((each) => breakerName(report, each));
  return {
    id: `services ${id} ${action}`,
    confirmLabel: `${verb} ${name}`,
    danger: detail?.destructive ?? false,
    scope: `Service ${name}${usedBy.length === 0 ? '' : `; used by ${usedBy.join(', ')}`}`,
    consequence,
    undoText: `${undoText}${detail === undefined ? '' : ` Times out after ${limitText(detail.time_limit_ms)}.`}`,
    current: serviceSentence(service),
    warning: service.recovering ? 'Automatic recovery is running on it.' : undefined,
    reason: incidentPrefix(report, dependants),
    request: ({ reason }) => ({
      method: 'POST',
      path: `services/${encodeURIComponent(id)}/actions`,
      body: { action, reason },
    }),
    progress: (current, receipt) => progressOf(id, state, current, receipt),
    renew: (current) => serviceAction(current?.services.find((each) => each.id === id) ?? service, action, current),
  };
}

function progressOf(
  id: string,
  wantedState: string | undefined,
  report: OverviewView | undefined,
  { answer, before }: Receipt,
): Progress {
  const sent = answer as OperationView;
  const service = report?.services.find((each) => each.id === id);
  // The stream reports steps of an operation sooner than the next snapshot does.
  const operation = service?.operation?.id === sent.id ? service.operation : sent;
  const common = { acknowledged: acknowledgedOf(operation), steps: operation.steps };
  const message = operation.message === null ? '' : `${sentence(operation.message)} `;
  if (operation.state === 'failed' || operation.state === 'expired' || operation.state === 'partial')
    return { tone: 'danger', title: 'Failed', text: message || 'No reason was given.', ...common };
  // A report from before the end of the operation shows the state from before it.
  const isNew = report !== undefined && report.now > before && report.now >= (operation.ended_at ?? '');
  const hasEffect = wantedState === undefined || service?.state === wantedState;
  if (operation.state === 'applied' && hasEffect && isNew) {
    const text = service === undefined ? `${sent.action} of ${sent.service}` : serviceSentence(service);
    return { tone: 'success', title: 'Done', text: `${message}${text}`, ...common };
  }
  const running = operation.ended_at === null;
  const state = isNew || running ? `Now: ${service?.state ?? 'not reported'}.` : 'Waiting for the next report…';
  return { tone: 'info', title: running ? 'Running' : 'Accepted', text: `${message}${state}`, running, ...common };
}

function acknowledgedOf({ state, acknowledgements }: OperationView): NonNullable<Progress['acknowledged']> {
  if (state === 'requested') return { by: 0, of: 1, failed: 0 };
  // The process that accepted the operation is running it, even before it has acknowledged anything.
  if (acknowledgements.length === 0) return { by: 1, of: 1, failed: 0 };
  const by = acknowledgements.filter(({ ok }) => ok).length;
  return { by, of: acknowledgements.length, failed: acknowledgements.length - by };
}
