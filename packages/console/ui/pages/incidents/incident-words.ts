import type { IncidentDetail, IncidentView, TimelineEntry, TimelineFold } from '../../../src/contract.ts';
import { clockText, durationText, type Status } from '../../words/words.ts';

const statuses: Readonly<Record<IncidentView['state'], Status>> = {
  triggered: { label: 'Not acknowledged', shape: 'square', tone: 'danger' },
  acknowledged: { label: 'Acknowledged', shape: 'half', tone: 'warning' },
  resolved: { label: 'Resolved', shape: 'circle', tone: 'success' },
};

export function incidentStatus({ state }: Pick<IncidentView, 'state'>): Status {
  return statuses[state];
}

/** How long something took; without a number, whether one is still to come. */
export function timeTo(ms: number | null, state: IncidentView['state'], never: string): string {
  if (ms !== null) return durationText(ms);
  return state === 'resolved' ? never : 'Not yet';
}

/** A row of the timeline: one entry, or several folded into one. */
export type TimelineRow =
  | { readonly kind: 'entry'; readonly entry: TimelineEntry; readonly time: string }
  | { readonly kind: 'fold'; readonly index: number; readonly fold: TimelineFold };

/**
 * The rows of a timeline. A fold is shown at its first entry; when unfolded, its entries follow, each at its own time.
 *
 * @param unfolded indexes in `folds`
 */
export function rowsOf(
  timeline: readonly TimelineEntry[],
  folds: IncidentDetail['folds'],
  unfolded: ReadonlySet<number>,
): readonly TimelineRow[] {
  const shown = new Set<number>();
  const rows = timeline.flatMap((entry): TimelineRow[] => {
    const row: TimelineRow = { kind: 'entry', entry, time: '' };
    const index = entry.fold;
    const fold = index === null ? undefined : folds[index];
    if (index === null || fold === undefined) return [row];
    const head: TimelineRow[] = shown.has(index) ? [] : [{ kind: 'fold', index, fold }];
    shown.add(index);
    return unfolded.has(index) ? [...head, row] : head;
  });
  return rows.map((row, index) =>
    row.kind === 'entry' ? { ...row, time: timeText(row.entry.at, [rows[index - 1], rows[index + 1]]) } : row,
  );
}

/** `03:12:04`; with milliseconds if an adjacent row has the same second: `03:12:04.250`. */
function timeText(at: string, adjacent: readonly (TimelineRow | undefined)[]): string {
  const second = at.slice(0, 19);
  const isShared = adjacent.some((row) => row?.kind === 'entry' && row.entry.at.slice(0, 19) === second);
  const time = clockText(at);
  return isShared ? `${time}.${at.slice(20, 23)}` : time;
}

export const kindLabels: Readonly<Record<TimelineEntry['kind'], string>> = {
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
