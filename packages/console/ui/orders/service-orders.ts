import type { OperationView, OverviewView, ServiceView } from '../../src/contract.ts';
import { limitText, sentence, serviceSentence } from '../words/words.ts';
import type { Intent, Progress, Receipt } from './intent.ts';
import { incidentPrefix } from './reason.ts';

interface ServiceWords {
  readonly verb: string;
  readonly consequence: string;
  readonly wayBack: string;
  /** State in which it has come true; nothing: the operation's own word is enough. */
  readonly state?: string;
}

const known: Readonly<Record<string, ServiceWords>> = {
  restart: {
    verb: 'Restart',
    consequence:
      'It is stopped and started again. Until it is back, known records are shown as copies and nothing can be saved.',
    wayBack: 'It can’t be cancelled once it runs. It usually takes a few seconds; saved data stays saved.',
    state: 'up',
  },
  reconnect: {
    verb: 'Reconnect',
    consequence: 'All its connections are closed and reopened. Running calls may fail and be retried.',
    wayBack: 'It can’t be cancelled; it takes a few seconds.',
    state: 'up',
  },
  check: {
    verb: 'Check',
    consequence: 'Runs its health check. Nothing is changed.',
    wayBack: 'Nothing to undo.',
  },
  drain: {
    verb: 'Drain',
    consequence: 'It takes no new work and finishes what it has begun. Load balancers send requests elsewhere.',
    wayBack: 'Admit puts it back into service.',
    state: 'draining',
  },
  admit: {
    verb: 'Admit',
    consequence: 'It takes new work again.',
    wayBack: 'Drain takes it out of service again.',
    state: 'up',
  },
};

/** Words for an action; one that we do not know is called by its own name. */
export function serviceWords(action: string): ServiceWords {
  return (
    known[action] ?? {
      verb: action.charAt(0).toUpperCase() + action.slice(1).replaceAll('-', ' '),
      consequence: `Runs the service’s own action “${action}”.`,
      wayBack: 'The console doesn’t know how to undo it.',
    }
  );
}

/** Restart, reconnect, or whatever else a service can do. */
export function serviceOrder(service: ServiceView, action: string, report: OverviewView | undefined): Intent {
  const { id, name, dependants } = service;
  const words = serviceWords(action);
  const detail = service.action_details.find((each) => each.name === action);
  const dependantNames = dependants.map(
    (each) => report?.breakers.find((breaker) => breaker.id === each)?.name ?? each,
  );
  return {
    id: `services ${id} ${action}`,
    question: `${words.verb} ${name}?`,
    verb: `${words.verb} ${name}`,
    danger: detail?.destructive ?? false,
    extent: dependantNames.length === 0 ? `Service ${name}` : `Service ${name}; used by ${dependantNames.join(', ')}`,
    consequence: words.consequence,
    wayBack:
      detail === undefined ? words.wayBack : `${words.wayBack} Times out after ${limitText(detail.time_limit_ms)}.`,
    now: serviceSentence(service),
    warning: service.recovering ? 'Automatic recovery is running on it.' : undefined,
    reason: incidentPrefix(report, dependants),
    request: ({ reason }) => ({
      method: 'POST',
      path: `services/${encodeURIComponent(id)}/actions`,
      body: { action, reason },
    }),
    progress: (current, receipt) => progressOf(id, words, current, receipt),
    renew: (current) => {
      const seen = current?.services.find((each) => each.id === id);
      return seen === undefined ? serviceOrder(service, action, current) : serviceOrder(seen, action, current);
    },
  };
}

function progressOf(
  id: string,
  words: ServiceWords,
  report: OverviewView | undefined,
  { answer, before }: Receipt,
): Progress {
  const taken = answer as OperationView;
  const service = report?.services.find((each) => each.id === id);
  // Steps come faster by themselves than with a report.
  const shown = service?.operation?.id === taken.id ? service.operation : taken;
  const acknowledged = {
    by: shown.acknowledgements.filter(({ ok }) => ok).length,
    of: Math.max(1, shown.acknowledgements.length),
    failed: shown.acknowledgements.filter(({ ok }) => !ok).length,
  };
  const common = {
    acknowledged: shown.state === 'requested' ? { by: 0, of: 1, failed: 0 } : withOne(acknowledged),
    steps: shown.steps,
  };
  const message = shown.message === null ? '' : `${sentence(shown.message)} `;
  if (shown.state === 'failed' || shown.state === 'expired' || shown.state === 'partial') {
    return { tone: 'danger', title: 'Failed', text: message || 'No reason was given.', ...common };
  }
  const isThere = words.state === undefined || service?.state === words.state;
  // The stream tells of the end before the report does: what a report from before the end says is how it was.
  const isNew = report !== undefined && report.now > before && report.now >= (shown.ended_at ?? '');
  if (shown.state === 'applied' && isThere && isNew) {
    return {
      tone: 'success',
      title: 'Done',
      text: `${message}${service === undefined ? `${taken.action} of ${taken.service}` : serviceSentence(service)}`,
      ...common,
    };
  }
  const running = shown.ended_at === null;
  return {
    tone: 'info',
    title: running ? 'Running' : 'Accepted',
    text: `${message}${isNew || running ? `Now: ${service?.state ?? 'not reported'}.` : 'Waiting for the next report…'}`,
    running,
    ...common,
  };
}

/** A running operation was taken by the process that answered, also before that process has said how it went. */
function withOne(counted: { by: number; of: number; failed: number }): { by: number; of: number; failed: number } {
  return counted.by + counted.failed === 0 ? { by: 1, of: 1, failed: 0 } : counted;
}
