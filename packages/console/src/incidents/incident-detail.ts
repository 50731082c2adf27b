import type { ChangeView, ErrorView, IncidentDetail, IncidentView, TimelineEntry } from '../contract.ts';
import type { Store } from '../store/store.ts';
import { durationText } from '../views/duration-text.ts';
import { isoOf } from '../wall-time.ts';
import { causesOf } from './causes.ts';
import { foldTimeline } from './fold-timeline.ts';
import type { ErrorTally, Incident, NotedLine } from './incident-book.ts';
import { incidentView, type NameOf } from './incident-view.ts';

/** How long before an incident settings, drills and actions on services are relevant, in milliseconds. */
const BEFORE_MS = 15 * 60_000;
/** The same for services, checks and actions on its breakers. */
const SHORTLY_BEFORE_MS = 2 * 60_000;
/** How long after its end changes belong to an incident, in milliseconds. */
const AFTER_MS = 60_000;

/** The inputs of an incident's detail. */
export interface DetailSources {
  readonly store: Store;
  readonly nameOf: NameOf;
  readonly lines: readonly NotedLine[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Entry = Omit<TimelineEntry, 'fold'>;

/** One incident with its timeline, causes and errors. */
export function incidentDetail(incident: Incident, { store, nameOf, lines, now }: DetailSources): IncidentDetail {
  const view = incidentView(incident, nameOf);
  const from = firstFailureOf(incident);
  const to = incident.resolvedAt === null ? now : incident.resolvedAt + AFTER_MS;
  const ids = new Set(incident.members.map(({ breaker }) => breaker));
  const errors = incident.members.flatMap((member) =>
    (member.errors ?? []).map((error) => ({ source: member.breaker, ...errorView(error) })),
  );
  const changes = store.eventsBetween(from - BEFORE_MS, to).filter((change) => belongs(change, ids, incident, from));
  const entries: Entry[] = [
    ...incident.members.flatMap(({ breaker, firstFailureAt }): Entry[] =>
      firstFailureAt === null
        ? []
        : [entry(firstFailureAt, 'failure', breaker, `${nameOf(breaker)}: first failure that counted`)],
    ),
    ...changes.map(entryOf),
    ...errors.map(({ source, type, class: errorClass, first_seen_at: first, sample }) => ({
      ...entry(Date.parse(first), 'error', source, `${nameOf(source)}: first ${type} (${errorClass})`),
      correlation_id: sample?.correlation_id ?? null,
    })),
    ...lines.map(({ at, message }) => entry(at, 'log', '', message)),
    ...incident.notes.map(({ at, actor, text }) => ({ ...entry(at, 'note', String(incident.number), text), actor })),
  ];
  const { timeline, folds } = foldTimeline(
    entries.toSorted((one, other) => one.at.localeCompare(other.at)).map((each) => ({ ...each, fold: null })),
  );
  const causes = causesOf(timeline, incident.openedAt);
  return {
    ...view,
    verdict: verdict(incident, view, causes, now),
    causes,
    timeline,
    folds,
    errors: errors.toSorted((one, other) => other.count - one.count),
  };
}

/** When the first breaker failed, or when it opened if that is unknown. */
export function firstFailureOf({ openedAt, members }: Incident): number {
  return Math.min(openedAt, ...members.map(({ firstFailureAt }) => firstFailureAt ?? Infinity));
}

function errorView({ class: errorClass, type, count, firstAt, lastAt, sample }: ErrorTally): ErrorView {
  return {
    class: errorClass,
    type,
    count,
    first_seen_at: isoOf(firstAt),
    last_seen_at: isoOf(lastAt),
    sample:
      sample === null
        ? null
        : {
            at: isoOf(sample.at),
            key: sample.key,
            pipeline: sample.pipeline,
            correlation_id: sample.correlationId,
          },
  };
}

function belongs(change: ChangeView, ids: ReadonlySet<string>, incident: Incident, from: number): boolean {
  const { kind } = change;
  if (kind === 'incident') return change.target === String(incident.number);
  if (kind === 'config' || kind === 'operation' || kind === 'fault') return true;
  if (Date.parse(change.at) < from - SHORTLY_BEFORE_MS) return false;
  return kind === 'service' || kind === 'check' || ids.has(change.target);
}

const kinds: Readonly<Record<ChangeView['kind'], TimelineEntry['kind']>> = {
  transition: 'transition',
  override: 'order',
  control: 'order',
  operation: 'operation',
  service: 'service',
  check: 'check',
  config: 'config',
  incident: 'incident',
  fault: 'fault',
};

function entryOf(change: ChangeView): Entry {
  return {
    at: change.at,
    kind: kinds[change.kind],
    target: change.target,
    text: `${change.target_name}: ${change.what}${change.why === '' ? '' : ` (${change.why})`}`,
    actor: change.actor,
    correlation_id: change.correlation_id,
  };
}

function entry(at: number, kind: TimelineEntry['kind'], target: string, text: string): Entry {
  return { at: isoOf(at), kind, target, text, actor: null, correlation_id: null };
}

/** A paragraph: what failed, for how long, why, what followed, and which settings changed before. */
function verdict(incident: Incident, view: IncidentView, causes: IncidentDetail['causes'], now: number): string {
  const [first, ...others] = view.members;
  if (first === undefined) return view.title;
  const service = causes.find(({ kind }) => kind === 'service');
  const settings = causes.find(({ kind }) => kind === 'config');
  const sentences = [
    lastedOf(incident, first, now),
    whyOf(first),
    service === undefined || first.cause === 'operator' ? '' : `Likely cause: ${service.text}.`,
    ...others.map(
      ({ name, opened_at: at }) => `${name} followed ${durationText(Date.parse(at) - incident.openedAt)} later.`,
    ),
    settings === undefined || settings.before_ms < 0
      ? ''
      : `Settings were changed ${durationText(settings.before_ms)} before.`,
    incident.isDrill ? 'This is a drill: it doesn’t count towards recovery times.' : '',
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** How long the first breaker blocked calls. */
function lastedOf(
  incident: Incident,
  { name, closed_at: closedAt }: IncidentView['members'][number],
  now: number,
): string {
  const blockedFor = (end: number): string => durationText(end - incident.openedAt);
  if (incident.resolvedAt !== null) return `${name} blocked calls for ${blockedFor(incident.resolvedAt)}.`;
  return closedAt === null
    ? `${name} has blocked calls for ${blockedFor(now)}.`
    : `${name} blocked calls for ${blockedFor(Date.parse(closedAt))} and is closed again.`;
}

function whyOf({ cause, reason, actor }: IncidentView['members'][number]): string {
  if (cause === 'operator') return `Isolated by ${actor ?? 'an operator'}${reason === '' ? '' : `: ${reason}`}.`;
  return reason === '' ? '' : `It opened after ${reason}.`;
}
