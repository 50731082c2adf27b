/**
 * The vertical axis of the calendar: rows of a quarter hour by the wall clock, and where instants lie on them. On a day
 * with a clock change, the repeated hour has rows of its own and the skipped hour has rows without a time.
 */
import { dayBounds, localTime } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';

/** Minutes of a row. */
export const rowMinutes = 15;
const rowMs = rowMinutes * 60_000;
const rowsOfDay = (24 * 60) / rowMinutes;

/** A row of the axis. */
export interface AxisRow {
  /** Minutes of the wall clock since midnight. */
  readonly minute: number;
  /** The clock shows this time for the second time, after it was set back. */
  readonly isRepeated: boolean;
}

/** One calendar day on the axis. */
export interface DayTrack {
  readonly day: CalendarDay;
  /** The instants at which the day begins and ends, in milliseconds. */
  readonly from: number;
  readonly to: number;
  /** The instant at which each row begins; null for a row that this day doesn't have. */
  readonly instants: readonly (number | null)[];
}

/** The rows that several days share, and the days on them. */
export interface Axis {
  readonly zone: string;
  readonly rows: readonly AxisRow[];
  readonly days: readonly DayTrack[];
}

/** Builds the axis of days in a zone. */
export function buildAxis(days: readonly CalendarDay[], zone: string): Axis {
  const slots = days.map((day) => ({ day, ...slotsOf(day, zone) }));
  const repeated = new Set(slots.flatMap(({ repeats }) => [...repeats.keys()]));
  const rows: AxisRow[] = [];
  // The repeated rows follow the last of the hour that they repeat.
  const lastRepeated = Math.max(...repeated);
  for (let minute = 0; minute < 1_440; minute += rowMinutes) {
    rows.push({ minute, isRepeated: false });
    if (minute === lastRepeated) {
      rows.push(...[...repeated].toSorted((a, b) => a - b).map((again) => ({ minute: again, isRepeated: true })));
    }
  }
  return {
    zone,
    rows,
    days: slots.map(({ day, from, to, firsts, repeats }) => ({
      day,
      from,
      to,
      instants: rows.map(({ minute, isRepeated }) => (isRepeated ? repeats : firsts).get(minute) ?? null),
    })),
  };
}

interface Slots {
  readonly from: number;
  readonly to: number;
  /** Instants by minute of the wall clock, when the clock shows it for the first and for the second time. */
  readonly firsts: ReadonlyMap<number, number>;
  readonly repeats: ReadonlyMap<number, number>;
}

function slotsOf(day: CalendarDay, zone: string): Slots {
  const { from, to } = dayBounds(day, zone);
  const firsts = new Map<number, number>();
  const repeats = new Map<number, number>();
  const isOrdinary = to - from === rowsOfDay * rowMs;
  for (let instant = from; instant < to; instant += rowMs) {
    // The wall clock has to be asked only on the two days a year with a clock change.
    const minute = isOrdinary ? (instant - from) / 60_000 : localTime(instant, zone).minute;
    (firsts.has(minute) ? repeats : firsts).set(minute, instant);
  }
  return { from, to, firsts, repeats };
}

/**
 * Where an instant lies on a day, in rows from the top. An instant outside the day lies at its beginning or end.
 *
 * @param edge `end`: the end of something, which lies in the row before a clock change instead of the row after it
 */
export function rowAt(track: DayTrack, instant: number, edge: 'start' | 'end' = 'start'): number {
  const { from, to, instants } = track;
  const at = Math.min(Math.max(instant, from), to);
  if (instants.length * rowMs === to - from) return (at - from) / rowMs;
  // In the order of time, which is also the order of the rows.
  let found = 0;
  for (const [row, begin] of instants.entries()) {
    if (begin === null) continue;
    if (edge === 'start' ? begin <= at : begin < at) found = row;
    else break;
  }
  const begin = instants[found] ?? from;
  return found + (at - begin) / rowMs;
}

/** The instant at which a whole row begins on a day; null for a row that this day doesn't have. */
export function instantAt(track: DayTrack, row: number): number | null {
  return track.instants[row] ?? null;
}

/** Whether an axis has a clock change, and which: the hour that is skipped or repeated, in minutes. */
export function clockChange(
  axis: Axis,
): { readonly kind: 'skipped' | 'repeated'; readonly minute: number } | undefined {
  const again = axis.rows.find(({ isRepeated }) => isRepeated);
  if (again !== undefined) return { kind: 'repeated', minute: again.minute };
  for (const { instants } of axis.days) {
    const row = instants.indexOf(null);
    const skipped = axis.rows[row];
    if (skipped !== undefined) return { kind: 'skipped', minute: skipped.minute };
  }
  return undefined;
}
