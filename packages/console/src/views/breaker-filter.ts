import type { BreakerView } from '../contract.ts';

/** What a filter means, the same for lists and for bulk operations. */
export function filtered(
  breakers: readonly BreakerView[],
  { state, q, tag }: { state?: string | undefined; q?: string | undefined; tag?: string | undefined },
): BreakerView[] {
  const wanted = q?.toLowerCase();
  return breakers.filter(
    (breaker) =>
      (state === undefined || breaker.state === state || breaker.override?.mode === state) &&
      (wanted === undefined ||
        breaker.name.toLowerCase().includes(wanted) ||
        breaker.id.toLowerCase().includes(wanted)) &&
      (tag === undefined || breaker.tags.includes(tag)),
  );
}
