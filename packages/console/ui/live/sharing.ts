import { dequal } from 'dequal/lite';
import type { OverviewView } from '../../src/contract.ts';

/** The next report, keeping the objects of unchanged breakers, so that their rows aren't rendered again. */
export function sharing(before: OverviewView | undefined, next: OverviewView): OverviewView {
  if (before === undefined) return next;
  const known = new Map(before.breakers.map((breaker) => [breaker.id, breaker]));
  return {
    ...next,
    breakers: next.breakers.map((breaker) => {
      const old = known.get(breaker.id);
      return old !== undefined && dequal(old, breaker) ? old : breaker;
    }),
  };
}
