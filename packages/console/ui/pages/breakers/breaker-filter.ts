import type { BreakerView } from '../../../src/contract.ts';

export const stateFilters = {
  '': 'Any',
  open: 'open',
  'half-open': 'half-open',
  closed: 'closed',
  isolated: 'isolated',
  held_closed: 'held closed',
} as const;
/** Empty: the order of the server. */
export const sortOrders = { '': 'Most urgent first', name: 'Name', failures: 'Failures', calls: 'Calls' } as const;

/** Empty values match everything. */
export interface BreakerFilter {
  readonly q: string;
  readonly state: keyof typeof stateFilters;
}

export function filtered(breakers: readonly BreakerView[], { q, state }: BreakerFilter): readonly BreakerView[] {
  const wanted = q.trim().toLowerCase();
  return breakers.filter(
    (breaker) =>
      (state === '' || state === (breaker.override?.mode ?? breaker.state)) &&
      `${breaker.name}\n${breaker.description}`.toLowerCase().includes(wanted),
  );
}

export function sorted(breakers: readonly BreakerView[], by: keyof typeof sortOrders): readonly BreakerView[] {
  if (by === '') return breakers;
  if (by === 'name') return breakers.toSorted((one, other) => one.name.localeCompare(other.name));
  return breakers.toSorted((one, other) => other[by] - one[by] || one.name.localeCompare(other.name));
}
