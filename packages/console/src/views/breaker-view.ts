import { breakerActions } from '../contract/breakers.ts';
import type { BreakerAction, BreakerState, BreakerView, OverrideView, RecoveryFigures, Trigger } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import { countOf, maybeNumber, textOf, type Facts, type Listed } from './listed.ts';

/** Turns ages into instants: a page must not guess when something was. */
export type InstantBefore = (agoMs: number) => string;

/** What a breaker's own report does not say. */
export interface BreakerExtras {
  readonly tags: readonly string[];
  readonly description: string;
  readonly neighbours: readonly string[];
  readonly recovery: RecoveryFigures;
  readonly isDrill: boolean;
  /** Names the version of what is shown, given all that makes it. */
  version(fingerprint: string): string;
}

/** A breaker for the page. */
export function breakerView({ member, groups }: Listed, before: InstantBefore, extras: BreakerExtras): BreakerView {
  const { report } = member;
  const failure = report['lastFailure'] as Facts | undefined;
  const retryAfterMs = report['retryAfterMs'];
  const override = overrideView(report['order'] as Facts | undefined, countOf(report, 'sinceMs'), before);
  const circuit = textOf(report, 'circuit') as BreakerState;
  const fingerprint = [
    circuit,
    report['generation'],
    override?.mode,
    override?.ends_at,
    JSON.stringify(member.settings),
  ];
  return {
    id: member.id,
    name: member.name,
    version: extras.version(JSON.stringify(fingerprint)),
    state: textOf(report, 'state') as BreakerState,
    circuit,
    override,
    since: before(countOf(report, 'sinceMs')),
    reason: redactText(textOf(report, 'reason')),
    next_test_at: typeof retryAfterMs === 'number' && override?.mode !== 'isolated' ? before(-retryAfterMs) : null,
    last_failure:
      failure === undefined
        ? null
        : {
            class: textOf(failure, 'class'),
            kind: textOf(failure, 'kind'),
            rule: textOf(failure, 'rule'),
            at: before(countOf(failure, 'agoMs')),
          },
    window: textOf(report, 'window') as BreakerView['window'],
    consecutive_failures: countOf(report, 'consecutiveFailures'),
    failure_ratio: maybeNumber(report, 'failureRatio'),
    slow_ratio: maybeNumber(report, 'slowRatio'),
    calls: countOf(report, 'calls'),
    running: countOf(report, 'running'),
    successes: countOf(report, 'successes'),
    failures: countOf(report, 'failures'),
    neutral: countOf(report, 'neutral'),
    refused: countOf(report, 'refused'),
    openings: countOf(report, 'openings'),
    recoveries: countOf(report, 'recoveries'),
    last_recovery_ms: maybeNumber(report, 'lastRecoveryMs'),
    recovery: extras.recovery,
    drill: extras.isDrill,
    tags: [...extras.tags],
    description: extras.description,
    used_by: [...groups],
    neighbours: [...extras.neighbours],
    settings: { ...member.settings },
    actions: breakerActions.filter((action): action is BreakerAction => member.controls.includes(action)),
    transitions: ((report['transitions'] ?? []) as unknown as readonly Facts[]).map((each) => ({
      from: each['from'] as BreakerState,
      to: each['to'] as BreakerState,
      trigger: each['trigger'] as Trigger,
      reason: redactText(textOf(each, 'reason')),
      at: before(countOf(each, 'agoMs')),
    })),
  };
}

function overrideView(order: Facts | undefined, sinceMs: number, before: InstantBefore): OverrideView | null {
  if (order === undefined) return null;
  const actor = order['actor'];
  return {
    mode: order['kind'] === 'isolate' ? 'isolated' : 'held_closed',
    reason: redactText(textOf(order, 'reason')),
    actor: typeof actor === 'string' ? actor : null,
    since: before(sinceMs),
    ends_at: before(-countOf(order, 'endsInMs')),
  };
}

const urgency: Readonly<Record<BreakerState, number>> = { open: 0, 'half-open': 1, closed: 2 };

/** Orders of people first, then those that block calls, then those that test; among equals the one that fails most. */
export function byUrgency(one: BreakerView, other: BreakerView): number {
  return (
    Number(one.override === null) - Number(other.override === null) ||
    urgency[one.state] - urgency[other.state] ||
    weight(other) - weight(one) ||
    one.name.localeCompare(other.name)
  );
}

/** Failures by volume, of those that are not closed. */
function weight({ state, failures, calls }: BreakerView): number {
  return state === 'closed' || calls === 0 ? 0 : (failures / calls) * calls;
}
