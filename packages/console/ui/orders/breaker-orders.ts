import type { BreakerAction, BreakerView, OverrideMode, OverviewView } from '../../src/contract.ts';
import { breakerSentence, clockText, numberText, shareText } from '../words/words.ts';
import type { Intent, Progress, Receipt } from './intent.ts';
import { incidentPrefix } from './reason.ts';

interface ActionWords {
  readonly verb: string;
  readonly consequence: (breaker: BreakerView) => string;
  readonly wayBack: string;
  readonly danger: boolean;
  readonly warning?: (breaker: BreakerView, report: OverviewView | undefined) => string | undefined;
}

const actions: Readonly<Record<BreakerAction, ActionWords>> = {
  trip: {
    verb: 'Trip',
    consequence: () =>
      'It opens immediately: calls are rejected without being attempted, and fallbacks answer where there are any.',
    wayBack: 'It ends by itself: after the reset timeout the breaker probes the dependency. Reset ends it at any time.',
    danger: true,
  },
  probe: {
    verb: 'Half-open',
    consequence: () => 'The reset timeout ends now: the next call is let through as a probe.',
    wayBack: 'If the probe succeeds, the breaker closes; if it fails, it opens again.',
    danger: false,
    warning: (breaker, report) => {
      const down = report?.services.filter(
        ({ state, dependants }) => state !== 'up' && dependants.includes(breaker.id),
      );
      return down === undefined || down.length === 0
        ? undefined
        : `${down.map(({ name, state }) => `${name} is ${state}`).join(', ')}: the probe will probably fail.`;
    },
  },
  reset: {
    verb: 'Reset',
    consequence: () => 'It closes immediately and clears its failure counts: all calls are let through.',
    wayBack:
      'If the dependency is still failing, it opens again after the usual number of failures. Trip opens it at any time.',
    danger: false,
    warning: (breaker) =>
      breaker.last_failure !== null && breaker.circuit !== 'closed'
        ? `Its last call failed (${breaker.last_failure.rule}). If the cause is still there, it will open again.`
        : undefined,
  },
};

/** Trip, half-open now, or close and reset one breaker. */
export function breakerOrder(breaker: BreakerView, action: BreakerAction, report: OverviewView | undefined): Intent {
  const { id, name } = breaker;
  const { verb, consequence, wayBack, danger, warning } = actions[action];
  return {
    id: `breakers ${id} ${action}`,
    question:
      action === 'probe'
        ? `Half-open ${name} now?`
        : action === 'reset'
          ? `Close and reset ${name}?`
          : `${verb} ${name}?`,
    verb: `${verb} ${name}`,
    danger,
    extent: extentOf(breaker, report),
    consequence: consequence(breaker),
    wayBack,
    now: breakerSentence(breaker),
    warning: warning?.(breaker, report),
    reason: incidentPrefix(report, [id]),
    request: ({ reason }) => ({
      method: 'POST',
      path: `breakers/${encodeURIComponent(id)}/actions`,
      body: { action, reason },
    }),
    progress: (current, receipt) => {
      const seen = newerThan(receipt, current)?.breakers.find((each) => each.id === id);
      if (seen === undefined) return waiting(current, receipt, id);
      const isThere =
        action === 'trip'
          ? seen.circuit === 'open' || wasOrdered(seen, 'open', receipt)
          : action === 'reset'
            ? seen.circuit === 'closed' || wasOrdered(seen, 'closed', receipt)
            : // The test may be over already, with either outcome.
              seen.circuit !== 'open' || seen.since !== breaker.since;
      return isThere ? done(breakerSentence(seen)) : waiting(current, receipt, id);
    },
    renew: (current) => breakerOrder(newest(breaker, current), action, current),
    undo: (current) => {
      const seen = current?.breakers.find((each) => each.id === id);
      return action === 'trip' && seen !== undefined ? breakerOrder(seen, 'reset', current) : undefined;
    },
  };
}

/** It may be over already: a breaker that was tripped tests after a while, one that was reset may open again. */
function wasOrdered({ transitions }: BreakerView, to: BreakerView['circuit'], { before }: Receipt): boolean {
  return transitions.some((each) => each.to === to && each.trigger === 'operator' && each.at > before);
}

/** Blocks all calls, or lets all through, until an end. */
export function overrideOrder(breaker: BreakerView, mode: OverrideMode, report: OverviewView | undefined): Intent {
  const { id, name } = breaker;
  const holds = mode === 'held_closed';
  return {
    id: `breakers ${id} ${mode}`,
    question: holds ? `Hold ${name} closed?` : `Isolate ${name}?`,
    verb: holds ? `Hold ${name} closed` : `Isolate ${name}`,
    danger: true,
    typed: holds ? name : undefined,
    extent: extentOf(breaker, report),
    consequence: holds
      ? 'All calls are let through, whatever fails: protection is off. They are still counted.'
      : 'All its calls are rejected immediately, without probes. They are still counted, and fallbacks answer where there are any.',
    wayBack:
      'It ends automatically at the time you choose. Release ends it sooner; the automatic state is still tracked underneath.',
    now: breakerSentence(breaker),
    minutes: holds ? [10, 5, 30] : [30, 5, 15, 60, 240, 1_440],
    reason: incidentPrefix(report, [id]),
    request: ({ reason, endsAt }) => ({
      method: 'PUT',
      path: `breakers/${encodeURIComponent(id)}/override`,
      body: { mode, reason, ...(endsAt === undefined ? {} : { expires_at: endsAt }) },
    }),
    progress: (current, receipt) => {
      const seen = newerThan(receipt, current)?.breakers.find((each) => each.id === id);
      return seen?.override?.mode === mode ? done(breakerSentence(seen)) : waiting(current, receipt, id);
    },
    renew: (current) => overrideOrder(newest(breaker, current), mode, current),
    undo: (current) => {
      const seen = current?.breakers.find((each) => each.id === id);
      return seen?.override ? releaseOrder(seen, current) : undefined;
    },
  };
}

/** Ends what holds it. */
export function releaseOrder(breaker: BreakerView, report: OverviewView | undefined): Intent {
  const { id, name, override, circuit } = breaker;
  return {
    id: `breakers ${id} release`,
    question: `Release ${name}?`,
    verb: `Release ${name}`,
    extent: extentOf(breaker, report),
    consequence: `The breaker returns to its automatic state: ${circuit === 'closed' ? 'closed, calls flow' : circuit === 'open' ? 'open, calls are blocked until a probe succeeds' : 'half-open, probing'}.`,
    wayBack: override?.mode === 'held_closed' ? 'Hold it closed again.' : 'Isolate it again.',
    now: breakerSentence(breaker),
    obsolete: override === null ? releasedAlready(breaker, report) : undefined,
    renew: (current) => releaseOrder(newest(breaker, current), current),
    reason: incidentPrefix(report, [id]),
    request: ({ reason }) => ({
      method: 'DELETE',
      path: `breakers/${encodeURIComponent(id)}/override`,
      body: { reason },
    }),
    progress: (current, receipt) => {
      const seen = newerThan(receipt, current)?.breakers.find((each) => each.id === id);
      return seen !== undefined && seen.override === null ? done(breakerSentence(seen)) : waiting(current, receipt, id);
    },
  };
}

/** Who was faster, if somebody was. */
function releasedAlready({ id, name }: BreakerView, report: OverviewView | undefined): string {
  const last = report?.changes.find(({ kind, target }) => kind === 'override' && target === id);
  if (last?.what === 'release') {
    return `${last.actor ?? 'Another operator'} has already released ${name}, at ${clockText(Date.parse(last.at))}.`;
  }
  return last?.what === 'expired'
    ? `${name} was released automatically at ${clockText(Date.parse(last.at))}.`
    : `${name} is no longer isolated or held closed.`;
}

/** The breaker as the report has it. */
function newest(breaker: BreakerView, report: OverviewView | undefined): BreakerView {
  return report?.breakers.find(({ id }) => id === breaker.id) ?? breaker;
}

/** What depends on it, and how much goes through it. */
function extentOf(breaker: BreakerView, report: OverviewView | undefined): string {
  const { name, used_by: usedBy, neighbours, calls, failures } = breaker;
  const others = neighbours.map((id) => report?.breakers.find((each) => each.id === id)?.name ?? id);
  return [
    `Breaker ${name}, in this process`,
    usedBy.length > 0 ? `used by ${usedBy.join(', ')}` : 'used by no pipeline',
    others.length > 0 ? `neighbours: ${others.join(', ')}` : undefined,
    calls > 0 ? `${numberText(calls)} calls since the start, ${shareText(failures, calls)} failed` : 'no calls yet',
  ]
    .filter((part) => part !== undefined)
    .join('; ');
}

/** The report, when it is newer than the order: an older one tells nothing. */
export function newerThan({ before }: Receipt, report: OverviewView | undefined): OverviewView | undefined {
  return report !== undefined && report.now > before ? report : undefined;
}

export function done(text: string): Progress {
  return { tone: 'success', title: 'Done', text };
}

/** Accepted, and not visible yet. */
function waiting(report: OverviewView | undefined, receipt: Receipt, id: string): Progress {
  const seen = newerThan(receipt, report)?.breakers.find((each) => each.id === id);
  return {
    tone: 'info',
    title: 'Accepted',
    text: seen === undefined ? 'Waiting for the next report…' : `Not visible yet: ${breakerSentence(seen)}`,
  };
}
