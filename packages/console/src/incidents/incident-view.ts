import type { Measurement } from 'dualbrake/measurement';
import type { ChangeView, IncidentDetail, IncidentView, TimelineEntry } from '../contract.ts';
import type { Store } from '../store/store.ts';
import { errorViews } from '../views/error-views.ts';
import { isoOf, type WallTime } from '../wall-time.ts';
import type { Incident } from './incident-book.ts';

/** Changes of settings and the like so long before an incident may have to do with it, in milliseconds. */
const BEFORE_MS = 15 * 60_000;
/** What still belongs to an incident after its end, in milliseconds. */
const AFTER_MS = 60_000;

type NameOf = (id: string) => string;

/** What an incident is called. */
export function incidentTitle({ members, isDrill }: Incident, nameOf: NameOf): string {
  const [first, ...others] = members;
  const name = nameOf(first?.breaker ?? '');
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const what = first?.cause === 'operator' ? 'blocked by order' : 'blocked calls';
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
      first_failure_at: maybeIso(member.firstFailureAt),
      opened_at: isoOf(member.openedAt),
      closed_at: maybeIso(member.closedAt),
      flaps: member.flaps,
    })),
    flaps: members.reduce((sum, { flaps }) => sum + flaps, 0),
    detect_ms: detectionMs(first),
    acknowledge_ms: acknowledgedAt === null ? null : acknowledgedAt - openedAt,
    recover_ms: resolvedAt === null ? null : resolvedAt - openedAt,
  };
}

/** What an incident is told from. */
export interface IncidentSources {
  readonly store: Store;
  readonly measurement: Measurement;
  readonly time: WallTime;
  readonly nameOf: NameOf;
}

/** Everything about one incident, its timeline in order. */
export function incidentDetail(
  incident: Incident,
  { store, measurement, time, nameOf }: IncidentSources,
): IncidentDetail {
  const view = incidentView(incident, nameOf);
  const from = Math.min(incident.openedAt, ...incident.members.map(({ firstFailureAt }) => firstFailureAt ?? Infinity));
  const to = incident.resolvedAt === null ? time.now() : incident.resolvedAt + AFTER_MS;
  const ids = new Set(incident.members.map(({ breaker }) => breaker));
  const errors = [...ids].flatMap((source) =>
    errorViews(measurement.breakers().get(source)?.errors, time)
      .filter(({ first_seen_at: first, last_seen_at: last }) => Date.parse(last) >= from && Date.parse(first) <= to)
      .map((error) => ({ source, ...error })),
  );
  const changes = store.eventsBetween(from - BEFORE_MS, to).filter((change) => belongs(change, ids, incident, from));
  const timeline: TimelineEntry[] = [
    ...incident.members.flatMap(({ breaker, firstFailureAt }): TimelineEntry[] =>
      firstFailureAt === null
        ? []
        : [entry(firstFailureAt, 'failure', breaker, `first failure of ${nameOf(breaker)} that counted`)],
    ),
    ...changes.map(entryOf),
    ...errors
      .filter(({ first_seen_at: first }) => Date.parse(first) >= from)
      .map(({ source, type, class: errorClass, first_seen_at: first, sample }) => ({
        ...entry(Date.parse(first), 'error', source, `first ${type} (${errorClass}) at ${nameOf(source)}`),
        correlation_id: sample?.correlation_id ?? null,
      })),
    ...incident.notes.map(({ at, actor, text }) => ({ ...entry(at, 'note', String(incident.number), text), actor })),
  ];
  return {
    ...view,
    verdict: verdict(incident, view, changes, from, time.now()),
    timeline: timeline.toSorted((one, other) => one.at.localeCompare(other.at)),
    errors: errors.toSorted((one, other) => other.count - one.count),
  };
}

/** Its members' changes, what was done to services, and what was set shortly before. */
function belongs(change: ChangeView, ids: ReadonlySet<string>, incident: Incident, from: number): boolean {
  if (change.kind === 'incident') return change.target === String(incident.number);
  if (change.kind === 'config') return true;
  if (Date.parse(change.at) < from) return change.kind === 'operation' || change.kind === 'fault';
  if (change.kind === 'operation' || change.kind === 'service' || change.kind === 'fault' || change.kind === 'check')
    return true;
  return ids.has(change.target);
}

const kinds: Readonly<Record<ChangeView['kind'], TimelineEntry['kind']>> = {
  transition: 'transition',
  override: 'order',
  control: 'order',
  operation: 'operation',
  service: 'operation',
  check: 'check',
  config: 'config',
  incident: 'incident',
  fault: 'fault',
};

function entryOf(change: ChangeView): TimelineEntry {
  return {
    at: change.at,
    kind: kinds[change.kind],
    target: change.target,
    text: `${change.target_name}: ${change.what}${change.why === '' ? '' : ` (${change.why})`}`,
    actor: change.actor,
    correlation_id: change.correlation_id,
  };
}

function entry(at: number, kind: TimelineEntry['kind'], target: string, text: string): TimelineEntry {
  return { at: isoOf(at), kind, target, text, actor: null, correlation_id: null };
}

/** One paragraph, built by rule: what, how long, what followed, what was changed before. */
function verdict(
  incident: Incident,
  view: IncidentView,
  changes: readonly ChangeView[],
  from: number,
  now: number,
): string {
  const [first, ...others] = view.members;
  if (first === undefined) return view.title;
  const lasted = durationText((incident.resolvedAt ?? now) - incident.openedAt);
  const sentences = [
    incident.state === 'resolved'
      ? `${first.name} blocked calls for ${lasted}.`
      : `${first.name} has blocked calls for ${lasted}.`,
    first.reason === '' ? '' : `It opened because of ${first.reason}.`,
    ...others.map(
      ({ name, opened_at: at }) => `${name} followed ${durationText(Date.parse(at) - incident.openedAt)} later.`,
    ),
    ...changes
      .filter(({ kind, at, target }) => kind === 'config' && /^r\d+$/.test(target) && Date.parse(at) <= from)
      .slice(-1)
      .map(({ what, at }) => `Settings ${what} was saved ${durationText(incident.openedAt - Date.parse(at))} before.`),
    incident.isDrill ? 'It was brought about on purpose, and does not count.' : '',
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** `4 min 31 s`, in words that can be read aloud. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function maybeIso(at: number | null): string | null {
  return at === null ? null : isoOf(at);
}

function detectionMs(first: Incident['members'][number] | undefined): number | null {
  if (first === undefined || first.firstFailureAt === null) return null;
  return Math.max(0, first.openedAt - first.firstFailureAt);
}

/** By rule: more than one breaker is major. */
export function severityOf({ members }: Pick<Incident, 'members'>): 'minor' | 'major' {
  return members.length > 1 ? 'major' : 'minor';
}
