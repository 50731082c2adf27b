import { OVERFLOW } from '../measurement/measurement.ts';
import type { CircuitBreaker } from '../policies/circuit-breaker.ts';
import type { Steerable } from '../steerable.ts';
import type { DurationSample, Sample } from './metric.ts';
import type { ListedMember, Snapshot } from './snapshot.ts';
import type { SecondsAt } from './wall-times.ts';

/** The worst one last. */
const states = ['closed', 'half-open', 'open'];

/** One series for each state, exactly one of them 1. Those that found no room tell together the worst state of them. */
export function breakerStates(snapshot: Snapshot): Sample[] {
  const { own, others } = breakersOf(snapshot);
  const worst = states.findLast((state) => others.some(({ report }) => report['state'] === state));
  return [
    ...own.flatMap(({ id, report }) => stateSeries(id, report['state'])),
    ...(worst === undefined ? [] : stateSeries(OVERFLOW, worst)),
  ];
}

/**
 * One series for each kind of order that may stand above a breaker. Those that found no room count together as held
 * closed when one of them is, and as isolated when each that is not closed is so by order.
 */
export function breakerOverrides(snapshot: Snapshot): Sample[] {
  const { own, others } = breakersOf(snapshot);
  const notClosed = others.filter(({ report }) => report['state'] !== 'closed');
  const areIsolated = notClosed.length > 0 && notClosed.every(isIsolated);
  return [
    ...own.flatMap((listed) => modeSeries(listed.id, isIsolated(listed), isHeldClosed(listed))),
    ...(others.length === 0 ? [] : modeSeries(OVERFLOW, areIsolated, others.some(isHeldClosed))),
  ];
}

/** When the orders end that stand now, in seconds since the epoch. */
export function overrideExpiries(snapshot: Snapshot, secondsAt: SecondsAt): Sample[] {
  return breakersOf(snapshot).own.flatMap(({ id: breaker, member }) => {
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
export function windowCalls(snapshot: Snapshot): Sample[] {
  return windowsOf(snapshot).flatMap(({ id: breaker, member }) => {
    const calls = asBreaker(member).save?.().window.calls;
    return calls === undefined ? [] : [{ labels: { breaker }, value: calls }];
  });
}

/** Share of failed calls in these windows; absent while a window is empty. */
export function windowFailureRatios(snapshot: Snapshot): Sample[] {
  return windowsOf(snapshot).flatMap(({ id: breaker, report: { failureRatio } }) =>
    typeof failureRatio === 'number' ? [{ labels: { breaker }, value: failureRatio }] : [],
  );
}

/** The share at which they open; absent where they do not open by a share. */
export function failureRatioThresholds(snapshot: Snapshot): Sample[] {
  return windowsOf(snapshot).flatMap(({ id: breaker, settings: { failureRatio = 0 } }) =>
    failureRatio > 0 ? [{ labels: { breaker }, value: failureRatio }] : [],
  );
}

/** None for one that could not be asked. */
function stateSeries(breaker: string, current: unknown): Sample[] {
  if (!states.some((state) => state === current)) return [];
  return states.map((state) => ({ labels: { breaker, state: word(state) }, value: Number(state === current) }));
}

function modeSeries(breaker: string, isolated: boolean, heldClosed: boolean): Sample[] {
  return [
    { labels: { breaker, mode: 'isolated' }, value: Number(isolated) },
    { labels: { breaker, mode: 'held_closed' }, value: Number(heldClosed) },
  ];
}

function isIsolated({ member }: ListedMember): boolean {
  return standingOrderOf(member)?.kind === 'isolate';
}

function isHeldClosed({ member }: ListedMember): boolean {
  return standingOrderOf(member)?.kind === 'hold-closed';
}

/** Those that are measured on their own tell on their own how they are: so every metric has the same breakers. */
function breakersOf({ members, breakers }: Snapshot): Readonly<Record<'own' | 'others', readonly ListedMember[]>> {
  const all = members.filter(({ kind }) => kind === 'circuit-breaker');
  return { own: all.filter(({ id }) => breakers.has(id)), others: all.filter(({ id }) => !breakers.has(id)) };
}

function windowsOf(snapshot: Snapshot): readonly ListedMember[] {
  return breakersOf(snapshot).own.filter(({ report: { window } }) => window === 'count' || window === 'time');
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
