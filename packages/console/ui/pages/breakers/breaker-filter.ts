import type { BreakerView } from '../../../src/contract.ts';

export const stateNames = ['open', 'half-open', 'closed', 'isolated', 'held_closed'] as const;
export type StateName = (typeof stateNames)[number];
export const sortNames = ['urgency', 'name', 'failures', 'calls'] as const;
export type SortName = (typeof sortNames)[number];

/** What is looked for; empty parts ask for nothing. */
export interface BreakerFilter {
  readonly q: string;
  readonly state: StateName | '';
}

/** Those that fit all parts of the filter, in the order in which they came. */
export function filtered(breakers: readonly BreakerView[], { q, state }: BreakerFilter): readonly BreakerView[] {
  const wanted = q.trim().toLowerCase();
  return breakers.filter((breaker) => {
    const { name, description, override } = breaker;
    if (state !== '' && state !== (override?.mode ?? breaker.state)) return false;
    return wanted === '' || [name, description].some((text) => text.toLowerCase().includes(wanted));
  });
}

/** The server's order is by urgency. */
export function sorted(breakers: readonly BreakerView[], by: SortName): readonly BreakerView[] {
  if (by === 'urgency') return breakers;
  if (by === 'name') return breakers.toSorted((one, other) => one.name.localeCompare(other.name));
  return breakers.toSorted((one, other) => other[by] - one[by] || one.name.localeCompare(other.name));
}
