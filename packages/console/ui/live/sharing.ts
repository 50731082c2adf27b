import type { BreakerView, OverviewView } from '../../src/contract.ts';

/**
 * The next report, in which breakers that are as they were are the very objects of the one before: what shows them
 * need not look at them again.
 */
export function sharing(before: OverviewView | undefined, next: OverviewView): OverviewView {
  if (before === undefined) return next;
  const known = new Map(before.breakers.map((breaker) => [breaker.id, breaker]));
  return {
    ...next,
    breakers: next.breakers.map((breaker) => {
      const old = known.get(breaker.id);
      return old !== undefined && isSame(old, breaker) ? old : breaker;
    }),
  };
}

/** By what changes with a call and what changes with an order: the version stands for the rest. */
function isSame(one: BreakerView, other: BreakerView): boolean {
  return (
    one.version === other.version &&
    one.calls === other.calls &&
    one.running === other.running &&
    one.failures === other.failures &&
    one.refused === other.refused &&
    one.neutral === other.neutral &&
    one.since === other.since &&
    one.next_test_at === other.next_test_at &&
    one.drill === other.drill &&
    one.recovery.count === other.recovery.count &&
    one.failure_ratio === other.failure_ratio &&
    one.slow_ratio === other.slow_ratio &&
    one.neighbours.length === other.neighbours.length &&
    one.used_by.length === other.used_by.length
  );
}
