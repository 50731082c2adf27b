/** The calendar and the day sheet of one user, from the schedule. The same for live data and copies. */
import type {
  CalendarLesson,
  CalendarQuery,
  CalendarRow,
  Calendar,
  DaySheet,
  DaySheetQuery,
} from '../../contract/calendar.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import {
  instantsOf,
  type Period,
  type ScheduleData,
  type ScheduledInstructor,
  type ScheduledLesson,
} from './schedule-data.ts';

/** The instructor whose lessons a user may see; undefined: all of the school's. Null: none. */
export function visibleInstructor(actor: Actor): string | undefined | null {
  if (actor.role === 'owner' || actor.role === 'office') return undefined;
  return actor.role === 'instructor' ? actor.userId : null;
}

/** Whether a user may see the lessons of an instructor of a school. */
function maySee(actor: Actor, schoolId: string, instructorId: string): boolean {
  const visible = visibleInstructor(actor);
  return actor.schoolId === schoolId && visible !== null && (visible ?? instructorId) === instructorId;
}

/** The part of a calendar's answer that does not depend on its source. */
export type CalendarContents = Pick<Calendar, 'data' | 'closed_days' | 'locations'>;

/** Creates the calendar that a user may see. */
export function calendarFor(actor: Actor, schedule: ScheduleData, query: CalendarQuery): CalendarContents {
  const { location_id: locationId } = query;
  if (actor.schoolId !== schedule.schoolId) return { data: [], closed_days: [], locations: [] };
  const lessons = schedule.lessons.filter(
    (lesson) =>
      isIn(query, lesson.local_date) &&
      (query.include === 'cancelled' || lesson.status !== 'cancelled') &&
      (locationId === undefined || lesson.location_id === locationId) &&
      (query.instructor_id === undefined || lesson.instructor_id === query.instructor_id) &&
      maySee(actor, schedule.schoolId, lesson.instructor_id),
  );
  const rows = query.by === 'vehicle' ? vehicleRows : instructorRows;
  return {
    data: rows(actor, schedule, query, lessons),
    closed_days: schedule.closed_days.filter(
      (closed) =>
        isIn(query, closed.day) &&
        (locationId === undefined || closed.location_id === null || closed.location_id === locationId),
    ),
    locations: [...schedule.locations],
  };
}

function instructorRows(
  actor: Actor,
  schedule: ScheduleData,
  query: CalendarQuery,
  lessons: readonly ScheduledLesson[],
): CalendarRow[] {
  const byInstructor = Map.groupBy(lessons, ({ instructor_id }) => instructor_id);
  const listed = schedule.instructors.filter(
    ({ id }) =>
      maySee(actor, schedule.schoolId, id) && (query.instructor_id === undefined || query.instructor_id === id),
  );
  const known = new Set(listed.map(({ id }) => id));
  // Users who are no longer instructors are shown for as long as there are lessons.
  const former = [...byInstructor].flatMap(([id, [lesson]]) =>
    known.has(id) || lesson === undefined ? [] : [{ id, name: lesson.instructor_name, hours: [] }],
  );
  const away = awayIn(schedule, query);
  return [...listed.filter((each) => isBookable(each, query) || byInstructor.has(each.id)), ...former].map(
    ({ id, name, hours }) => ({
      instructor_id: id,
      vehicle_id: null,
      name,
      lessons: (byInstructor.get(id) ?? []).map(calendarLesson),
      class_sessions: [],
      time_off: away.get(id) ?? [],
      hours: hours.filter(
        ({ valid_from, valid_to }) =>
          (valid_from === null || valid_from <= query.to) && (valid_to === null || valid_to >= query.from),
      ),
    }),
  );
}

/** Instructors see only the cars that they drive. */
function vehicleRows(
  actor: Actor,
  schedule: ScheduleData,
  query: CalendarQuery,
  lessons: readonly ScheduledLesson[],
): CalendarRow[] {
  const byVehicle = Map.groupBy(lessons, ({ vehicle_id }) => vehicle_id);
  const seesAll = visibleInstructor(actor) === undefined && query.instructor_id === undefined;
  const away = awayIn(schedule, query);
  const rows = schedule.vehicles
    .filter(
      ({ id, status, location_id: home }) =>
        byVehicle.has(id) ||
        (seesAll &&
          status === 'active' &&
          (query.location_id === undefined || home === null || home === query.location_id)),
    )
    .map(({ id, name }) => vehicleRow(id, name, byVehicle.get(id) ?? [], away.get(id) ?? []));
  const without = byVehicle.get(null);
  return without === undefined ? rows : [...rows, vehicleRow(null, 'No car', without, [])];
}

function vehicleRow(
  id: string | null,
  name: string,
  lessons: readonly ScheduledLesson[],
  timeOff: CalendarRow['time_off'],
): CalendarRow {
  return {
    instructor_id: null,
    vehicle_id: id,
    name,
    lessons: lessons.map(calendarLesson),
    class_sessions: [],
    time_off: timeOff,
    hours: [],
  };
}

/** Whether there is a day of the period on which an instructor can be booked. */
function isBookable({ disabled, contract_from, contract_to }: ScheduledInstructor, { from, to }: Period): boolean {
  return !disabled && (contract_from === null || contract_from <= to) && (contract_to === null || contract_to >= from);
}

/** Time off and outages in a period, by instructor or vehicle. */
function awayIn(schedule: ScheduleData, period: Period): ReadonlyMap<string, CalendarRow['time_off']> {
  const bounds = instantsOf(period, schedule.locations);
  const periods = schedule.away.filter(({ from, to }) => from < bounds.to && to > bounds.from);
  return new Map(
    [...Map.groupBy(periods, ({ of }) => of)].map(([of, away]) => [
      of,
      away.map(({ id, from, to, reason }) => ({ id, from: instantText(from), to: instantText(to), reason })),
    ]),
  );
}

function calendarLesson({ details: { student }, ...lesson }: ScheduledLesson): CalendarLesson {
  return { ...lesson, student_name: student.name, student_phone: student.phone };
}

/** Creates the day sheet that a user may see: by instructor, in the order of time. */
export function daySheetFor(
  actor: Actor,
  schedule: ScheduleData,
  date: CalendarDay,
  { instructor_id: instructorId, location_id: locationId }: DaySheetQuery,
): DaySheet['data'] {
  const lessons = schedule.lessons.filter(
    (lesson) =>
      lesson.local_date === date &&
      lesson.status !== 'cancelled' &&
      (locationId === undefined || lesson.location_id === locationId) &&
      maySee(actor, schedule.schoolId, lesson.instructor_id),
  );
  const teaching = new Map(lessons.map((lesson) => [lesson.instructor_id, lesson.instructor_name]));
  const listed = schedule.instructors.filter(
    (each) =>
      maySee(actor, schedule.schoolId, each.id) &&
      (isBookable(each, { from: date, to: date }) || teaching.has(each.id)),
  );
  const instructors = listed.map(({ id, name }) => ({ id, name }));
  const known = new Set(instructors.map(({ id }) => id));
  for (const [id, name] of teaching) if (!known.has(id)) instructors.push({ id, name });
  const order = new Map(instructors.map(({ id }, index) => [id, index]));
  return {
    date,
    instructors,
    lessons: lessons
      .filter((lesson) => instructorId === undefined || lesson.instructor_id === instructorId)
      // Sorting is stable: the lessons of one instructor stay in the order of time.
      .toSorted((one, other) => (order.get(one.instructor_id) ?? 0) - (order.get(other.instructor_id) ?? 0))
      .map(({ details, ...lesson }) => ({ ...lesson, ...details })),
  };
}

function isIn({ from, to }: Period, day: CalendarDay): boolean {
  return from <= day && day <= to;
}

function instantText(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
