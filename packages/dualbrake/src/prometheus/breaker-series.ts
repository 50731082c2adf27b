import type { CircuitBreaker } from '../policies/circuit-breaker.ts';
import type { Steerable } from '../steerable.ts';
import type { DurationSample, Sample } from './metric.ts';
import type { ListedMember, Snapshot } from './snapshot.ts';
import type { SecondsAt } from './wall-times.ts';

/** Breakers that tell their state; those beyond tell none. As many as are measured on their own by default. */
const BREAKERS_MAX = 500;

const states = ['closed', 'open', 'half-open'];

/** One series for each state, exactly one of them 1. */
export function breakerStates({ members }: Snapshot): Sample[] {
  return breakersOf(members).flatMap(({ id: breaker, report }) =>
    states.some((state) => state === report['state'])
      ? states.map((state) => ({ labels: { breaker, state: word(state) }, value: Number(report['state'] === state) }))
      : // It could not be asked.
        [],
  );
}

/** One series for each kind of order that may stand above a breaker. */
export function breakerOverrides({ members }: Snapshot): Sample[] {
  return breakersOf(members).flatMap(({ id: breaker, member }) => {
    const kind = standingOrderOf(member)?.kind;
    return [
      { labels: { breaker, mode: 'isolated' }, value: Number(kind === 'isolate') },
      { labels: { breaker, mode: 'held_closed' }, value: Number(kind === 'hold-closed') },
    ];
  });
}

/** When the orders end that stand now, in seconds since the epoch. */
export function overrideExpiries({ members }: Snapshot, secondsAt: SecondsAt): Sample[] {
  return breakersOf(members).flatMap(({ id: breaker, member }) => {
    const order = standingOrderOf(member);
    return order === undefined ? [] : [{ labels: { breaker }, value: secondsAt(order, order.endsAt) }];
  });
}

/** Changes of state; those that have not happened yet are absent. */
export function breakerTransitions({ breakers }: Snapshot): Sample[] {
  return [...breakers].flatMap(([breaker, { transitions }]) =>
    transitions.map(({ from, to, trigger, count }) => ({
      labels: { breaker, from: word(from), to: word(to), trigger: word(trigger) },
      value: count,
    })),
  );
}

/** When breakers last changed their state, in seconds since the epoch. */
export function lastTransitions({ breakers }: Snapshot, secondsAt: SecondsAt): Sample[] {
  return [...breakers].flatMap(([breaker, record]) => {
    const { lastTransitionAt } = record;
    return lastTransitionAt === undefined ? [] : [{ labels: { breaker }, value: secondsAt(record, lastTransitionAt) }];
  });
}

/** What calls came to; all outcomes are there from the start. */
export function breakerCalls({ breakers }: Snapshot): Sample[] {
  return [...breakers].flatMap(([breaker, { calls }]) => countsOf(calls, (outcome) => ({ breaker, outcome })));
}

/** Test calls of breakers that were not closed. */
export function breakerProbes({ breakers }: Snapshot): Sample[] {
  return [...breakers].flatMap(([breaker, { probes }]) => countsOf(probes, (outcome) => ({ breaker, outcome })));
}

/** How long calls took. */
export function callDurations({ breakers }: Snapshot): DurationSample[] {
  return [...breakers].flatMap(([breaker, { successMs, failureMs }]) => [
    { labels: { breaker, outcome: 'success' }, durations: successMs },
    { labels: { breaker, outcome: 'failure' }, durations: failureMs },
  ]);
}

/** From the first opening to the closing. */
export function recoveryDurations({ breakers }: Snapshot): DurationSample[] {
  return [...breakers].map(([breaker, { recoveryMs }]) => ({ labels: { breaker }, durations: recoveryMs }));
}

/** Calls in the windows by which breakers judge, where they have one. */
export function windowCalls({ members }: Snapshot): Sample[] {
  return windowsOf(members).flatMap(({ id: breaker, member }) => {
    const calls = asBreaker(member).save?.().window.calls;
    return calls === undefined ? [] : [{ labels: { breaker }, value: calls }];
  });
}

/** Share of failed calls in these windows; absent while a window is empty. */
export function windowFailureRatios({ members }: Snapshot): Sample[] {
  return windowsOf(members).flatMap(({ id: breaker, report: { failureRatio } }) =>
    typeof failureRatio === 'number' ? [{ labels: { breaker }, value: failureRatio }] : [],
  );
}

/** The share at which they open; absent where they do not open by a share. */
export function failureRatioThresholds({ members }: Snapshot): Sample[] {
  return windowsOf(members).flatMap(({ id: breaker, settings: { failureRatio = 0 } }) =>
    failureRatio > 0 ? [{ labels: { breaker }, value: failureRatio }] : [],
  );
}

function breakersOf(members: readonly ListedMember[]): readonly ListedMember[] {
  return members.filter(({ kind }) => kind === 'circuit-breaker').slice(0, BREAKERS_MAX);
}

function windowsOf(members: readonly ListedMember[]): readonly ListedMember[] {
  return breakersOf(members).filter(({ report: { window } }) => window === 'count' || window === 'time');
}

function standingOrderOf(member: Steerable): CircuitBreaker['standingOrder'] {
  return asBreaker(member).standingOrder;
}

/** By what it has and not by its class: a program may have two copies of this package. */
function asBreaker(member: Steerable): Steerable & Partial<Pick<CircuitBreaker, 'save' | 'standingOrder'>> {
  return member;
}

function countsOf(
  counts: Readonly<Record<string, number>>,
  labelsOf: (outcome: string) => Readonly<Record<string, string>>,
): Sample[] {
  return Object.entries(counts).map(([outcome, value]) => ({ labels: labelsOf(outcome), value }));
}

/** As labels have it: `half_open`. */
function word(text: string): string {
  return text.replaceAll('-', '_');
}
