import type { OverviewView } from '../../src/contract.ts';

/** `INC-4: `, when a breaker belongs to an open incident: the reason then says what it belongs to. */
export function incidentPrefix(report: OverviewView | undefined, breakers: readonly string[]): string {
  const incident = report?.incidents.find(({ members }) => members.some(({ breaker }) => breakers.includes(breaker)));
  return incident === undefined ? '' : `INC-${incident.number}: `;
}
