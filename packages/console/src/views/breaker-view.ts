import type { MemberOfKind } from 'dualbrake';
import { breakerActions } from '../contract/breakers.ts';
import type { BreakerState, BreakerView, OverrideView } from '../contract.ts';
import { redactText } from '../logs/redact.ts';
import type { Listed } from './listed.ts';

/** Converts an age in milliseconds into an instant. */
type InstantBefore = (agoMs: number) => string;

/** Facts that a breaker's own report doesn't contain. */
interface BreakerExtras extends Pick<BreakerView, 'description' | 'neighbours' | 'recovery' | 'drill'> {
  /** The version of the view, given everything that makes it. */
  readonly version: (fingerprint: string) => string;
}

export function breakerView(
  { member, groups }: Listed<MemberOfKind<'circuit-breaker'>>,
  before: InstantBefore,
  { version, ...extras }: BreakerExtras,
): BreakerView {
  const { id, name, settings, controls, report } = member;
  const { state, circuit, window, generation, retryAfterMs, lastFailure } = report;
  const { calls, running, successes, failures, neutral, refused, openings, recoveries } = report;
  const override = overrideView(report, before);
  return {
    id,
    name,
    version: version(JSON.stringify([circuit, generation, override?.mode, override?.ends_at, settings])),
    state,
    circuit,
    override,
    since: before(report.sinceMs),
    reason: redactText(report.reason),
    next_test_at: retryAfterMs === undefined || override?.mode === 'isolated' ? null : before(-retryAfterMs),
    last_failure: failureView(lastFailure, before),
    window,
    consecutive_failures: report.consecutiveFailures,
    failure_ratio: report.failureRatio ?? null,
    slow_ratio: report.slowRatio ?? null,
    calls,
    running,
    successes,
    failures,
    neutral,
    refused,
    openings,
    recoveries,
    last_recovery_ms: report.lastRecoveryMs ?? null,
    ...extras,
    used_by: [...groups],
    settings: { ...settings },
    actions: breakerActions.filter((action) => controls.includes(action)),
    transitions: report.transitions.map(({ agoMs, reason, ...transition }) => ({
      ...transition,
      reason: redactText(reason),
      at: before(agoMs),
    })),
  };
}

type Report = MemberOfKind<'circuit-breaker'>['report'];

function overrideView({ order, sinceMs }: Report, before: InstantBefore): OverrideView | null {
  if (order === undefined) return null;
  return {
    mode: order.kind === 'isolate' ? 'isolated' : 'held_closed',
    reason: redactText(order.reason),
    actor: order.actor ?? null,
    since: before(sinceMs),
    ends_at: before(-order.endsInMs),
  };
}

function failureView(last: Report['lastFailure'], before: InstantBefore): BreakerView['last_failure'] {
  if (last === undefined) return null;
  const { agoMs, ...failure } = last;
  return { ...failure, at: before(agoMs) };
}

const urgency: Readonly<Record<BreakerState, number>> = { open: 0, 'half-open': 1, closed: 2 };

/** Overridden breakers first, then open ones, then half-open ones; among equals, the one with the most failures. */
export function byUrgency(one: BreakerView, other: BreakerView): number {
  return (
    Number(one.override === null) - Number(other.override === null) ||
    urgency[one.state] - urgency[other.state] ||
    (one.state === 'closed' ? 0 : other.failures - one.failures) ||
    one.name.localeCompare(other.name)
  );
}
