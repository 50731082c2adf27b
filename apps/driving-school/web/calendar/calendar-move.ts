/** Moving a lesson in the calendar: steps of the keyboard, and the proposal at a place. Pure. */
import type { LocationFacts, Proposal } from '../../contract/booking/world.ts';
import type { Lesson, LessonMove } from '../../contract/lessons.ts';
import { instantAt, rowAt, rowMinutes } from './calendar-axis.ts';
import type { Column } from './calendar-layout.ts';

/** A place in the calendar. */
export interface Place {
  /** Index of the column. */
  readonly column: number;
  /** Whole rows from the top. */
  readonly row: number;
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The direction of an arrow key; undefined for other keys. */
export function directionOf(key: string): Direction | undefined {
  const directions: Readonly<Record<string, Direction>> = {
    ArrowUp: 'up',
    ArrowDown: 'down',
    ArrowLeft: 'left',
    ArrowRight: 'right',
  };
  return directions[key];
}

/** The place one step further; the same place at the edge. Rows that the day doesn't have are skipped. */
export function stepped(
  place: Place,
  direction: Direction,
  columns: readonly Pick<Column, 'track'>[],
  rows = 1,
): Place {
  const { column, row } = place;
  if (direction === 'left' || direction === 'right') {
    const next = column + (direction === 'left' ? -1 : 1);
    return columns[next] === undefined ? place : { column: next, row };
  }
  const track = columns[column]?.track;
  if (track === undefined) return place;
  const step = direction === 'up' ? -1 : 1;
  let [found, left] = [row, rows];
  for (let next = row + step; left > 0 && next >= 0 && next < track.instants.length; next += step) {
    if (instantAt(track, next) === null) continue;
    found = next;
    left -= 1;
  }
  return { column, row: found };
}

/** Where a lesson is in the columns: the first that shows it. */
export function placeOf(lessonId: string, columns: readonly Column[]): Place | undefined {
  for (const [column, { lessons, cancelled }] of columns.entries()) {
    const box = [...lessons, ...cancelled].find(({ lesson }) => lesson.id === lessonId);
    if (box !== undefined) return { column, row: Math.floor(box.top) };
  }
  return undefined;
}

/** The row of a lesson that is dragged, at most so low that it begins on the day. */
export function clampedRow(row: number, { track }: Pick<Column, 'track'>): number {
  return Math.min(Math.max(0, Math.round(row)), track.instants.length - 1);
}

type Moved = Pick<
  Lesson,
  | 'id'
  | 'type'
  | 'student_id'
  | 'enrolment_id'
  | 'instructor_id'
  | 'vehicle_id'
  | 'location_id'
  | 'minutes'
  | 'buffer_after_minutes'
  | 'relay_after'
  | 'starts_at'
>;

/** The proposal of a lesson that is moved to a place; undefined when the day has no such time. */
export function proposalAt(lesson: Moved, place: Place, columns: readonly Column[]): Proposal | undefined {
  const column = columns[place.column];
  if (column === undefined) return undefined;
  const starts_at = instantAt(column.track, place.row);
  if (starts_at === null) return undefined;
  const isSame = starts_at === Date.parse(lesson.starts_at);
  return {
    lesson_id: lesson.id,
    type: lesson.type,
    student_id: lesson.student_id,
    enrolment_id: lesson.enrolment_id,
    instructor_id: column.instructorId ?? lesson.instructor_id,
    vehicle_id: column.vehicleId ?? lesson.vehicle_id,
    location_id: lesson.location_id,
    starts_at,
    ends_at: starts_at + lesson.minutes * 60_000,
    buffer_after_minutes: lesson.buffer_after_minutes,
    relay_after: isSame ? lesson.relay_after : null,
  };
}

/** The body of the request that makes a proposal true. Empty when nothing changes. */
export function changeOf(lesson: Moved, proposal: Proposal): LessonMove {
  const minutes = (proposal.ends_at - proposal.starts_at) / 60_000;
  return {
    // With an offset, so that it is the same instant in each zone and in a repeated hour.
    ...(proposal.starts_at !== Date.parse(lesson.starts_at) && { starts_at: utcText(proposal.starts_at) }),
    ...(minutes !== lesson.minutes && { minutes }),
    ...(proposal.instructor_id !== lesson.instructor_id && { instructor_id: proposal.instructor_id }),
    ...(proposal.vehicle_id !== lesson.vehicle_id && { vehicle_id: proposal.vehicle_id }),
    ...(proposal.location_id !== lesson.location_id && { location_id: proposal.location_id }),
  };
}

/** An instant for a request, in whole minutes: `2026-03-09T13:00Z`. */
export function utcText(instant: number): string {
  return new Date(instant).toISOString().replace(/:00\.000Z$/, 'Z');
}

/** The buffer of a lesson at a location. */
export function bufferOf(location: Pick<LocationFacts, 'buffer_minutes'> | undefined): number {
  return location?.buffer_minutes ?? 15;
}

/** The free rows around a row of a column, for a booking that begins there: the row of the next lesson. */
export function nextBusyRow(column: Column, row: number): number {
  const tops = [...column.lessons, ...column.blocks].map(({ top }) => top).filter((top) => top > row);
  return Math.min(column.track.instants.length, ...tops);
}

/** The lesson that covers a row of a column. */
export function lessonAtRow({ lessons }: Pick<Column, 'lessons'>, row: number): Column['lessons'][number] | undefined {
  return lessons.find(({ top, bottom }) => top < row + 1 && row < bottom);
}

/** The row at which an instant lies in a column, as a whole row. */
export function wholeRowAt({ track }: Pick<Column, 'track'>, instant: number): number {
  return clampedRow(Math.floor(rowAt(track, instant)), { track });
}

/** Rows of an hour. */
export const rowsOfHour = 60 / rowMinutes;
