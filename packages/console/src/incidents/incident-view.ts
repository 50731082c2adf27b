import type { IncidentView } from '../contract.ts';
import { isoOf } from '../wall-time.ts';
import type { Incident } from './incident-book.ts';

/** Name of a breaker by ID. */
export type NameOf = (id: string) => string;

export function incidentTitle({ members, isDrill }: Incident, nameOf: NameOf): string {
  const [first, ...others] = members;
  const name = nameOf(first?.breaker ?? '');
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const what = first?.cause === 'operator' ? 'isolated by an operator' : 'blocked calls';
  return `${isDrill ? 'Drill: ' : ''}${name}${more} ${what}`;
}

/** An incident in a list. */
export function incidentView(incident: Incident, nameOf: NameOf): IncidentView {
  const { members, openedAt, acknowledgedAt, resolvedAt } = incident;
  const [first] = members;
  return {
    number: incident.number,
    state: incident.state,
    severity: severityOf(incident),
    title: incidentTitle(incident, nameOf),
    drill: incident.isDrill,
    opened_at: isoOf(openedAt),
    acknowledged_at: maybeIso(acknowledgedAt),
    acknowledged_by: incident.acknowledgedBy,
    resolved_at: maybeIso(resolvedAt),
    resolved_by: incident.resolvedBy,
    first_cause: first?.breaker ?? '',
    members: members.map((member) => ({
      breaker: member.breaker,
      name: nameOf(member.breaker),
      cause: member.cause,
      reason: member.reason,
      actor: member.actor ?? null,
      first_failure_at: maybeIso(member.firstFailureAt),
      opened_at: isoOf(member.openedAt),
      closed_at: maybeIso(member.closedAt),
      flaps: member.flaps,
    })),
    flaps: members.reduce((sum, { flaps }) => sum + flaps, 0),
    detect_ms: detectionMs(members.find(({ cause }) => cause === 'automatic')),
    acknowledge_ms: acknowledgedAt === null ? null : acknowledgedAt - openedAt,
    recover_ms: resolvedAt === null ? null : recoveryMs(incident, resolvedAt),
  };
}

function maybeIso(at: number | null): string | null {
  return at === null ? null : isoOf(at);
}

function detectionMs(first: Incident['members'][number] | undefined): number | null {
  if (first === undefined || first.firstFailureAt === null) return null;
  return Math.max(0, first.openedAt - first.firstFailureAt);
}

/** Without isolations, unless there is nothing else. */
function recoveryMs({ members, openedAt }: Incident, resolvedAt: number): number {
  const failed = members.filter(({ cause }) => cause === 'automatic');
  if (failed.length === 0) return resolvedAt - openedAt;
  const opened = Math.min(...failed.map((member) => member.openedAt));
  return Math.max(...failed.map(({ closedAt }) => closedAt ?? resolvedAt)) - opened;
}

export function severityOf({ members }: Pick<Incident, 'members'>): 'minor' | 'major' {
  return members.length > 1 ? 'major' : 'minor';
}
