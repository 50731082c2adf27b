/** Where everything in the calendar is drawn, in columns and rows. Pure: from the answer of the server to boxes. */
import type { WorkingHours } from '../../contract/booking/world.ts';
import type { Calendar, CalendarLesson, CalendarRow } from '../../contract/calendar.ts';
import { weekdayOf } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { type Axis, type AxisRow, type DayTrack, rowAt } from './calendar-axis.ts';

/** A period in a column, in rows from the top. */
export interface Span {
  readonly top: number;
  readonly bottom: number;
}

/** A lesson as a box. */
export interface LessonBox extends Span {
  readonly lesson: CalendarLesson;
  /** Rows of the buffer below the box. */
  readonly tail: number;
  /** Lessons at the same time share the width: the place from the left, and how many places there are. */
  readonly lane: number;
  readonly lanes: number;
}

/** A period in which nobody can be booked. */
export interface Block extends Span {
  readonly id: string;
  readonly kind: 'away' | 'class';
  readonly label: string;
}

/** A column: an instructor or a car on one day. */
export interface Column {
  readonly key: string;
  readonly name: string;
  readonly day: CalendarDay;
  readonly track: DayTrack;
  readonly instructorId: string | null;
  readonly vehicleId: string | null;
  /** In the order of time. */
  readonly lessons: readonly LessonBox[];
  /** Cancelled lessons don't take the time of others; they are drawn at the edge. */
  readonly cancelled: readonly LessonBox[];
  readonly blocks: readonly Block[];
  /** Outside working hours. Empty in columns of cars. */
  readonly offHours: readonly Span[];
  /** Why the school is closed on this day. */
  readonly closed: string | undefined;
}

/** The arguments of `layOut`. */
export interface LayoutInput {
  readonly calendar: Pick<Calendar, 'data' | 'closed_days'>;
  readonly axis: Axis;
  /** Closed days of other locations don't count. Empty: all locations. */
  readonly locationId: string;
}

/** Lays out the rows of an answer: a column per row and day. */
export function layOut({ calendar, axis, locationId }: LayoutInput): Column[] {
  return calendar.data.flatMap((row) =>
    axis.days.map((track) => {
      const closed = calendar.closed_days.find(
        (each) => each.day === track.day && (each.location_id === null || each.location_id === locationId),
      );
      return columnOf(
        row,
        track,
        row.instructor_id === null ? [] : offHours(row.hours, track.day, axis.rows),
        closed?.name,
      );
    }),
  );
}

function columnOf(row: CalendarRow, track: DayTrack, off: readonly Span[], closed: string | undefined): Column {
  const boxes = row.lessons
    .map((lesson) => ({ lesson, from: Date.parse(lesson.starts_at), to: Date.parse(lesson.ends_at) }))
    .filter(({ from, to }) => from < track.to && track.from < to)
    .toSorted((a, b) => a.from - b.from || a.to - b.to || (a.lesson.id < b.lesson.id ? -1 : 1))
    .map(({ lesson, from, to }) => {
      const bottom = rowAt(track, to, 'end');
      const buffered = rowAt(track, to + lesson.buffer_after_minutes * 60_000, 'end');
      return { lesson, top: rowAt(track, from), bottom, tail: buffered - bottom };
    });
  return {
    key: `${row.instructor_id ?? ''}/${row.vehicle_id ?? ''}/${track.day}`,
    name: row.name,
    day: track.day,
    track,
    instructorId: row.instructor_id,
    vehicleId: row.vehicle_id,
    lessons: inLanes(boxes.filter(({ lesson }) => lesson.status !== 'cancelled')),
    cancelled: inLanes(newestFirst(boxes.filter(({ lesson }) => lesson.status === 'cancelled'))),
    blocks: blocksOf(row, track),
    offHours: off,
    closed,
  };
}

/** Boxes in the order of time; of those that begin together, the lesson booked last comes first. IDs sort by time. */
function newestFirst<Box extends Span & { readonly lesson: { readonly id: string } }>(boxes: readonly Box[]): Box[] {
  return boxes.toSorted((a, b) => a.top - b.top || (a.lesson.id < b.lesson.id ? 1 : -1));
}

/** Gives overlapping boxes places beside each other, as few as possible. The boxes are in the order of time. */
export function inLanes<Box extends Span>(boxes: readonly Box[]): (Box & Pick<LessonBox, 'lane' | 'lanes'>)[] {
  const placed: (Box & { lane: number; lanes: number })[] = [];
  // Boxes that overlap each other, directly or through others, share the same number of places.
  let group: (Box & { lane: number; lanes: number })[] = [];
  let ends: number[] = [];
  const close = (): void => {
    for (const box of group) box.lanes = ends.length;
    placed.push(...group);
    group = [];
    ends = [];
  };
  for (const box of boxes) {
    if (ends.every((end) => end <= box.top)) close();
    const free = ends.findIndex((end) => end <= box.top);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = box.bottom;
    group.push({ ...box, lane, lanes: 1 });
  }
  close();
  return placed;
}

function blocksOf({ time_off, class_sessions }: CalendarRow, track: DayTrack): Block[] {
  const block = (kind: Block['kind'], id: string, from: string, to: string, label: string): Block[] => {
    const [begin, end] = [Date.parse(from), Date.parse(to)];
    if (begin >= track.to || end <= track.from) return [];
    return [{ id, kind, label, top: rowAt(track, begin), bottom: rowAt(track, end, 'end') }];
  };
  return [
    ...time_off.flatMap(({ id, from, to, reason }) => block('away', id, from, to, reason ?? '')),
    ...class_sessions.flatMap(({ id, from, to, name }) => block('class', id, from, to, name)),
  ];
}

/** The rows outside an instructor's working hours on a day. */
export function offHours(hours: readonly WorkingHours[], day: CalendarDay, rows: readonly AxisRow[]): Span[] {
  const weekday = weekdayOf(day);
  const periods = hours.filter(
    (each) =>
      each.weekday === weekday &&
      (each.valid_from === null || each.valid_from <= day) &&
      (each.valid_to === null || day <= each.valid_to),
  );
  const spans: { top: number; bottom: number }[] = [];
  for (const [row, { minute }] of rows.entries()) {
    if (periods.some(({ from_minute: from, to_minute: to }) => from <= minute && minute < to)) continue;
    const last = spans.at(-1);
    if (last?.bottom === row) last.bottom = row + 1;
    else spans.push({ top: row, bottom: row + 1 });
  }
  return spans;
}

/** The row to which a view scrolls first: shortly before the first lesson or working hour, at the latest 08:00. */
export function firstRow(columns: readonly Column[], rows: readonly AxisRow[]): number {
  const eight = rows.findIndex(({ minute, isRepeated }) => minute === 8 * 60 && !isRepeated);
  const begins = columns.flatMap(({ lessons, offHours: off }) => [
    ...lessons.map(({ top }) => top),
    // The end of the hours before work, unless nobody works that day.
    ...off.filter(({ top, bottom }) => top === 0 && bottom < rows.length).map(({ bottom }) => bottom),
  ]);
  return Math.max(0, Math.floor(Math.min(eight, ...begins)) - 2);
}
