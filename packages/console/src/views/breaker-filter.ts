import type { BreakerView } from '../contract.ts';

/** The breakers that match a filter; the same for lists and for bulk actions. */
export function filtered(
  breakers: readonly BreakerView[],
  { state, q = '' }: { readonly state?: string | undefined; readonly q?: string | undefined },
): BreakerView[] {
  const wanted = q.toLowerCase();
  return breakers.filter(
    ({ id, name, override, ...breaker }) =>
      (state === undefined || breaker.state === state || override?.mode === state) &&
      [name, id].some((text) => text.toLowerCase().includes(wanted)),
  );
}
