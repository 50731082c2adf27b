import type { BreakerView, BulkView, OverviewView, SessionView } from '../../src/contract.ts';
import { denialOf } from '../live/context.ts';
import { breakerName, breakerSentence, clockText, countText, numberText, sentence, shareText } from '../words/words.ts';
import { accepted, done, incidentPrefix, newerThan, type Action, type ActionRequest, type Receipt } from './action.ts';

export type BreakerActionName = 'release' | 'probe' | 'isolate' | 'reset' | 'trip' | 'hold_closed';

const modes = { isolate: 'isolated', hold_closed: 'held_closed' } as const;

interface ActionTexts {
  readonly label: string;
  readonly verb: string;
  readonly consequence: string;
  readonly undoText: string;
  readonly danger?: boolean;
  readonly minutes?: NonNullable<Action['minutes']>;
}

/** Worded without a subject, for one breaker and for several. */
export const breakerTexts: Readonly<Record<BreakerActionName, ActionTexts>> = {
  trip: {
    label: 'Trip…',
    verb: 'Trip',
    consequence:
      'Opens immediately: calls are rejected without being attempted, and fallbacks answer where there are any.',
    undoText:
      'Ends automatically: the reset timeout is followed by a probe of the dependency. Reset ends it at any time.',
    danger: true,
  },
  probe: {
    label: 'Half-open now…',
    verb: 'Half-open',
    consequence: 'Ends the reset timeout now: the next call is let through as a probe.',
    undoText: 'A successful probe closes the breaker; a failed one opens it again.',
  },
  reset: {
    label: 'Close and reset…',
    verb: 'Reset',
    consequence: 'Closes immediately and clears the failure counts: all calls are let through.',
    undoText:
      'Opens again after the usual number of failures if the dependency is still failing. Trip opens it at any time.',
  },
  isolate: {
    label: 'Isolate…',
    verb: 'Isolate',
    consequence:
      'Rejects all calls immediately, without probes. They are still counted, and fallbacks answer where there are any.',
    undoText:
      'Ends automatically at the time you choose. Release ends it sooner; the automatic state is still tracked.',
    danger: true,
    minutes: [30, 5, 15, 60, 240, 1_440],
  },
  hold_closed: {
    label: 'Hold closed…',
    verb: 'Hold closed',
    consequence: 'Lets all calls through, even if they fail: protection is off. They are still counted.',
    undoText:
      'Ends automatically at the time you choose. Release ends it sooner; the automatic state is still tracked.',
    danger: true,
    minutes: [10, 5, 30],
  },
  release: {
    label: 'Release…',
    verb: 'Release',
    consequence: 'Returns to the automatic state.',
    undoText: 'Isolate or hold closed again.',
  },
};

const flowTexts = {
  closed: 'closed, calls flow',
  open: 'open, calls are blocked until a probe succeeds',
  'half-open': 'half-open, probing',
} as const;

/** An action on one breaker, as its dialog shows it. */
export function breakerAction(breaker: BreakerView, name: BreakerActionName, report: OverviewView | undefined): Action {
  const { id, override, circuit } = breaker;
  const { label: _label, verb, ...texts } = breakerTexts[name];
  const confirmLabel = name === 'hold_closed' ? `Hold ${breaker.name} closed` : `${verb} ${breaker.name}`;
  const titles: Partial<Record<BreakerActionName, string>> = {
    probe: `Half-open ${breaker.name} now?`,
    reset: `Close and reset ${breaker.name}?`,
  };
  const find = (current: OverviewView | undefined) => current?.breakers.find((each) => each.id === id);
  return {
    ...texts,
    ...(name === 'release' && { consequence: `Returns to the automatic state: ${flowTexts[circuit]}.` }),
    id: `breakers ${id} ${name}`,
    confirmLabel,
    ...(titles[name] !== undefined && { title: titles[name] }),
    confirmName: name === 'hold_closed' ? breaker.name : undefined,
    scope: scopeOf(breaker, report),
    current: breakerSentence(breaker),
    warning: warningOf(breaker, name, report),
    reason: incidentPrefix(report, [id]),
    obsolete: name === 'release' && override === null ? releasedText(breaker, report) : undefined,
    request: ({ reason, endsAt }) => requestOf(id, name, { reason, ...(endsAt && { expires_at: endsAt }) }),
    progress: (current, receipt) => {
      const seen = find(newerThan(receipt, current));
      if (seen === undefined) return accepted();
      const state = breakerSentence(seen);
      return isVisible(name, seen, breaker, receipt) ? done(state) : accepted(`Not visible yet: ${state}`);
    },
    renew: (current) => breakerAction(find(current) ?? breaker, name, current),
    undo: (current) => {
      const seen = find(current);
      if (seen !== undefined && name === 'trip') return breakerAction(seen, 'reset', current);
      const isOverride = name === 'isolate' || name === 'hold_closed';
      return isOverride && seen?.override ? breakerAction(seen, 'release', current) : undefined;
    },
  };
}

function requestOf(id: string, name: BreakerActionName, body: ActionRequest['body']): ActionRequest {
  const path = `breakers/${encodeURIComponent(id)}`;
  if (name === 'release') return { method: 'DELETE', path: `${path}/override`, body };
  if (name === 'isolate' || name === 'hold_closed')
    return { method: 'PUT', path: `${path}/override`, body: { mode: modes[name], ...body } };
  return { method: 'POST', path: `${path}/actions`, body: { action: name, ...body } };
}

/** Whether a report shows the effect. The state may have moved on: a tripped breaker probes, a reset one opens again. */
function isVisible(name: BreakerActionName, seen: BreakerView, breaker: BreakerView, { before }: Receipt): boolean {
  const wasOperated = (to: BreakerView['circuit']): boolean =>
    seen.circuit === to ||
    seen.transitions.some((each) => each.to === to && each.trigger === 'operator' && each.at > before);
  if (name === 'release') return seen.override === null;
  if (name === 'isolate' || name === 'hold_closed') return seen.override?.mode === modes[name];
  if (name === 'probe') return seen.circuit !== 'open' || seen.since !== breaker.since;
  return wasOperated(name === 'trip' ? 'open' : 'closed');
}

function warningOf(
  { id, circuit, last_failure: failure }: BreakerView,
  name: BreakerActionName,
  report: OverviewView | undefined,
): string | undefined {
  if (name === 'reset' && failure !== null && circuit !== 'closed')
    return `Its last call failed (${failure.rule}). If the cause is still there, it will open again.`;
  if (name !== 'probe') return undefined;
  const down = report?.services.filter(({ state, dependants }) => state !== 'up' && dependants.includes(id)) ?? [];
  if (down.length === 0) return undefined;
  return `${down.map((service) => `${service.name} is ${service.state}`).join(', ')}: the probe will probably fail.`;
}

/** Why the breaker is no longer overridden: another operator, or the end of the override. */
function releasedText({ id, name }: BreakerView, report: OverviewView | undefined): string {
  const last = report?.changes.find(({ kind, target }) => kind === 'override' && target === id);
  const at = clockText(last?.at ?? '');
  if (last?.what === 'release') return `${last.actor ?? 'Another operator'} has already released ${name}, at ${at}.`;
  if (last?.what === 'expired') return `${name} was released automatically at ${at}.`;
  return `${name} is no longer isolated or held closed.`;
}

function scopeOf(
  { name, used_by: usedBy, neighbours, calls, failures }: BreakerView,
  report: OverviewView | undefined,
): string {
  const others = neighbours.map((id) => breakerName(report, id));
  return [
    `Breaker ${name}, in this process`,
    usedBy.length > 0 ? `used by ${usedBy.join(', ')}` : 'used by no pipeline',
    ...(others.length > 0 ? [`neighbours: ${others.join(', ')}`] : []),
    calls > 0 ? `${numberText(calls)} calls since the start, ${shareText(failures, calls)} failed` : 'no calls yet',
  ].join('; ');
}

/** An action that a button or a key opens. */
export interface BreakerChoice {
  readonly name: BreakerActionName;
  readonly label: string;
  /** Why it isn't available, in a sentence. */
  readonly closed: string | undefined;
  /** Whether it is useful in the breaker's current state. */
  readonly fits: boolean;
  readonly open: () => Action;
}

/** Every action of a breaker, including the ones this user may not perform. */
export function breakerChoices(
  breaker: BreakerView,
  session: SessionView | undefined,
  report: OverviewView | undefined,
): readonly BreakerChoice[] {
  const { circuit, override } = breaker;
  const isOpen = circuit !== 'closed';
  const isIsolated = override?.mode === 'isolated';
  const choice = (name: BreakerActionName, fits: boolean, closed?: string): BreakerChoice => ({
    name,
    label: breakerTexts[name].label,
    closed: denialOf(session, name === 'hold_closed' ? 'breaker:hold-closed' : 'breaker:order') ?? closed,
    fits,
    open: () => breakerAction(breaker, name, report),
  });
  return [
    choice('release', override !== null),
    choice('probe', isOpen, isOpen ? undefined : 'Only an open breaker can be half-opened.'),
    choice('isolate', !isIsolated, isIsolated ? 'This breaker is already isolated.' : undefined),
    choice('reset', isOpen),
    choice('trip', false),
    choice('hold_closed', false),
  ];
}

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
