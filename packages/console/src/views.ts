import type { MemberReport, Registry } from 'dualbrake';
import {
  breakerActions,
  type BreakerAction,
  type BreakerState,
  type BreakerView,
  type ReportView,
  type RetryView,
  type ServiceView,
  type TransitionView,
  type Trigger,
} from './contract.ts';

type Facts = Readonly<Record<string, unknown>>;

/** Turns ages into instants: the page must not guess when something was. */
export type InstantBefore = (agoMs: number) => string;

/** A member of the registry and the groups that list it. */
export interface Listed {
  readonly member: MemberReport;
  readonly groups: readonly string[];
}

/** Every member once, however many pipelines list it. */
export function listMembers(registry: Registry): readonly Listed[] {
  const found = new Map<string, { member: MemberReport; groups: string[] }>();
  for (const group of registry.report()) {
    for (const member of group.members) {
      const known = found.get(member.id);
      if (known === undefined) found.set(member.id, { member, groups: [group.name] });
      else known.groups.push(group.name);
    }
  }
  return [...found.values()];
}

/** A breaker for the page. */
export function breakerView({ member, groups }: Listed, before: InstantBefore): BreakerView {
  const { report } = member;
  const failure = report['lastFailure'] as Facts | undefined;
  const retryAfterMs = report['retryAfterMs'];
  return {
    id: member.id,
    name: member.name,
    state: report['state'] as BreakerState,
    since: before(count(report, 'sinceMs')),
    since_ms: Math.round(count(report, 'sinceMs')),
    reason: text(report, 'reason'),
    next_test_at: typeof retryAfterMs === 'number' ? before(-retryAfterMs) : null,
    next_test_in_ms: typeof retryAfterMs === 'number' ? Math.round(retryAfterMs) : null,
    last_failure:
      failure === undefined
        ? null
        : {
            class: text(failure, 'class'),
            kind: text(failure, 'kind'),
            rule: text(failure, 'rule'),
            at: before(count(failure, 'agoMs')),
          },
    consecutive_failures: count(report, 'consecutiveFailures'),
    calls: count(report, 'calls'),
    successes: count(report, 'successes'),
    failures: count(report, 'failures'),
    neutral: count(report, 'neutral'),
    refused: count(report, 'refused'),
    openings: count(report, 'openings'),
    recoveries: count(report, 'recoveries'),
    last_recovery_ms: maybe(report, 'lastRecoveryMs'),
    used_by: groups,
    settings: member.settings,
    actions: breakerActions.filter((action): action is BreakerAction => member.controls.includes(action)),
    transitions: ((report['transitions'] ?? []) as unknown as readonly Facts[]).map((each) =>
      transitionView(each, before),
    ),
  };
}

/** A retry for the page. */
export function retryView({ member, groups }: Listed): RetryView {
  const { report } = member;
  return {
    id: member.id,
    name: member.name,
    pipeline: groups[0] ?? '',
    strategy: text(report, 'strategy'),
    calls: count(report, 'calls'),
    attempts: count(report, 'attempts'),
    retries: count(report, 'retries'),
    succeeded_after_retry: count(report, 'succeededAfterRetry'),
    average_delay_ms: maybe(report, 'averageDelayMs'),
    gave_up: (report['gaveUp'] ?? {}) as Readonly<Record<string, number>>,
    errors: (report['errors'] ?? {}) as Readonly<Record<string, number>>,
  };
}

/** State, since and reason are for everybody; what else a service tells are its own facts. */
export function serviceFacts(
  report: Facts,
  before: InstantBefore,
): Pick<ServiceView, 'state' | 'since' | 'since_ms' | 'reason' | 'facts'> {
  const { state, sinceMs, reason, ...rest } = report;
  const facts = Object.entries(rest).filter((entry): entry is [string, string | number | boolean] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return {
    state: typeof state === 'string' ? state : 'unknown',
    since: before(typeof sinceMs === 'number' ? sinceMs : 0),
    since_ms: typeof sinceMs === 'number' ? Math.round(sinceMs) : 0,
    reason: typeof reason === 'string' ? reason : '',
    facts: Object.fromEntries(facts),
  };
}

const order: Readonly<Record<BreakerState, number>> = { open: 0, 'half-open': 1, closed: 2 };

/** Those that block calls first. */
export function byUrgency(one: BreakerView, other: BreakerView): number {
  return order[one.state] - order[other.state] || one.name.localeCompare(other.name);
}

/** A word of a service's own says nothing about how well it is. */
const unwellStates: Readonly<Record<string, 'warning' | 'bad'>> = {
  down: 'bad',
  failed: 'bad',
  starting: 'warning',
  restarting: 'warning',
  unknown: 'warning',
};

/** More names than this nobody reads in a sentence. */
const NAMED = 3;

/** One sentence about everything, made by rule. */
export function verdictOf(breakers: readonly BreakerView[], services: readonly ServiceView[]): ReportView['verdict'] {
  const down = services.filter(({ state }) => unwellStates[state] !== undefined);
  const open = breakers.filter(({ state }) => state === 'open');
  const testing = breakers.filter(({ state }) => state === 'half-open');
  const unwell = down
    .map(({ name, state, reason }) => `The service ${name} is ${state}${reason === '' ? '' : `: ${reason}`}.`)
    .join(' ');
  if (open.length > 0) {
    // Since when, why and until when is in the breakers: how a page says times is its own business.
    const names = open.slice(0, NAMED).map(({ name }) => name);
    if (open.length > NAMED) names.push(`${open.length - NAMED} more`);
    const sentence = `${open.length} of ${breakers.length} breakers ${open.length === 1 ? 'is' : 'are'} blocking calls: ${names.join(', ')}. ${unwell}`;
    return { tone: 'bad', text: sentence.trim() };
  }
  if (down.length > 0) {
    return { tone: down.some(({ state }) => unwellStates[state] === 'bad') ? 'bad' : 'warning', text: unwell };
  }
  if (testing.length > 0) {
    const names = testing.map(({ name }) => name).join(', ');
    return {
      tone: 'warning',
      text: `${testing.length} of ${breakers.length} breakers ${testing.length === 1 ? 'is' : 'are'} testing whether calls work again: ${names}.`,
    };
  }
  if (breakers.length === 0) return { tone: 'good', text: 'There are no breakers yet.' };
  return {
    tone: 'good',
    text:
      breakers.length === 1
        ? 'The one breaker is closed: calls flow.'
        : `All ${breakers.length} breakers are closed: calls flow.`,
  };
}

function transitionView(transition: Facts, before: InstantBefore): TransitionView {
  return {
    from: transition['from'] as BreakerState,
    to: transition['to'] as BreakerState,
    trigger: transition['trigger'] as Trigger,
    reason: text(transition, 'reason'),
    at: before(count(transition, 'agoMs')),
  };
}

function count(facts: Facts, name: string): number {
  const value = facts[name];
  return typeof value === 'number' ? value : 0;
}

function maybe(facts: Facts, name: string): number | null {
  const value = facts[name];
  return typeof value === 'number' ? value : null;
}

function text(facts: Facts, name: string): string {
  const value = facts[name];
  return typeof value === 'string' ? value : '';
}
