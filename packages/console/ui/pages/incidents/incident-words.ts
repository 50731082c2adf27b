import type { IncidentDetail, IncidentView, TimelineEntry, TimelineFold } from '../../../src/contract.ts';
import { clockText, durationText, type Look } from '../../words/words.ts';

/** Word, shape and colour of an incident's state. */
export function incidentLook({ state }: Pick<IncidentView, 'state'>): Look {
  if (state === 'resolved') return { word: 'Resolved', shape: 'circle', tone: 'success' };
  return state === 'acknowledged'
    ? { word: 'Acknowledged', shape: 'half', tone: 'warning' }
    : { word: 'Not acknowledged', shape: 'square', tone: 'danger' };
}

/** How long something took, or why there is no number: it may still come, or never will. */
export function timeTo(ms: number | null, state: IncidentView['state'], never: string): string {
  if (ms !== null) return durationText(ms);
  return state === 'resolved' ? never : 'Not yet';
}

/** A row of the timeline: one entry, or many that were folded into one. */
export type TimelineRow =
  | { readonly kind: 'entry'; readonly entry: TimelineEntry; readonly time: string }
  | { readonly kind: 'fold'; readonly place: number; readonly fold: TimelineFold };

/**
 * The rows of a timeline. A fold stands where its first entry was; unfolded, its entries follow each in its place.
 *
 * @param unfolded places in `folds` of those that are to be seen whole
 */
export function rowsOf(
  timeline: readonly TimelineEntry[],
  folds: IncidentDetail['folds'],
  unfolded: ReadonlySet<number>,
): readonly TimelineRow[] {
  const told = new Set<number>();
  const rows = timeline.flatMap((entry): TimelineRow[] => {
    const fold = entry.fold === null ? undefined : folds[entry.fold];
    const shown: TimelineRow = { kind: 'entry', entry, time: '' };
    if (entry.fold === null || fold === undefined) return [shown];
    const head: TimelineRow[] = told.has(entry.fold) ? [] : [{ kind: 'fold', place: entry.fold, fold }];
    told.add(entry.fold);
    return unfolded.has(entry.fold) ? [...head, shown] : head;
  });
  return rows.map((row, place) =>
    row.kind === 'entry' ? { ...row, time: timeText(row.entry.at, [rows[place - 1], rows[place + 1]]) } : row,
  );
}

/** `03:12:04`; with milliseconds where a neighbour has the same second: `03:12:04.250`. */
function timeText(at: string, neighbours: readonly (TimelineRow | undefined)[]): string {
  const second = at.slice(0, 19);
  const isShared = neighbours.some((row) => row?.kind === 'entry' && row.entry.at.slice(0, 19) === second);
  const time = clockText(Date.parse(at));
  return isShared ? `${time}.${at.slice(20, 23)}` : time;
}

export const kindWords: Readonly<Record<TimelineEntry['kind'], string>> = {
  failure: 'Failure',
  transition: 'State',
  order: 'Operator',
  operation: 'Action',
  service: 'Service',
  config: 'Settings',
  fault: 'Drill',
  check: 'Check',
  error: 'Error',
  log: 'Log',
  note: 'Note',
  incident: 'Incident',
};
