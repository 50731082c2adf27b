import type { BreakerView } from '../../../src/contract.ts';

export const stateFilters = ['', 'open', 'half-open', 'closed', 'isolated', 'held_closed'] as const;
/** Empty: by urgency, the order of the server. */
export const sortOrders = ['', 'name', 'failures', 'calls'] as const;

/** Empty values match everything. */
export interface BreakerFilter {
  readonly q: string;
  readonly state: (typeof stateFilters)[number];
}

export function filtered(breakers: readonly BreakerView[], { q, state }: BreakerFilter): readonly BreakerView[] {
  const wanted = q.trim().toLowerCase();
  return breakers.filter(
    (breaker) =>
      (state === '' || state === (breaker.override?.mode ?? breaker.state)) &&
      `${breaker.name}\n${breaker.description}`.toLowerCase().includes(wanted),
  );
}

export function sorted(breakers: readonly BreakerView[], by: (typeof sortOrders)[number]): readonly BreakerView[] {
  if (by === '') return breakers;
  if (by === 'name') return breakers.toSorted((one, other) => one.name.localeCompare(other.name));
  return breakers.toSorted((one, other) => other[by] - one[by] || one.name.localeCompare(other.name));
}
