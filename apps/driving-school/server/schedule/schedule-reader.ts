import type { Lesson } from '../../contract/lessons.ts';
import { closedDayFacts } from '../calendar/calendar.ts';
import { type CourseGoal, courseGoals } from '../courses/courses.ts';
import { instructorFacts, timeOffBetween } from '../instructors/instructors.ts';
import { minutesBefore, scheduledLessons } from '../lessons/lessons.ts';
import { locationFacts } from '../locations/locations.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { type StudentContact, studentContacts } from '../students/students.ts';
import { outagesBetween, vehicleFacts } from '../vehicles/vehicles.ts';
import { instantsOf, type Period, type ScheduleData, type ScheduledLesson } from './schedule-data.ts';

/** Which part of the schedule to read. */
export interface ScheduleQuery extends Period {
  readonly schoolId: string;
  /** Only this instructor's lessons. Default: all lessons. */
  readonly instructorId?: string;
  /** Whether to compute the state of each lesson's course, which only day sheets show. */
  readonly courses: boolean;
  /** Decides which changes can still be undone. Default: none can. */
  readonly now?: Temporal.Instant;
}

/** Reads the schedule of a period from the database: a fixed number of queries, however many lessons there are. */
export async function readSchedule(handle: DatabaseHandle, query: ScheduleQuery): Promise<ScheduleData> {
  const { schoolId, from, to, courses, now, instructorId } = query;
  // Before all names, so that every lesson's student, instructor and car can be found.
  const lessons = await scheduledLessons(handle, {
    schoolId,
    from,
    to,
    ...(now === undefined ? {} : { now }),
    ...(instructorId === undefined ? {} : { instructorId }),
  });
  const locations = await locationFacts(handle, schoolId);
  const between = instantsOf({ from, to }, locations);
  // One after the other: the handle may be a transaction, which has one connection.
  const instructors = await instructorFacts(handle, schoolId);
  const vehicles = await vehicleFacts(handle, schoolId);
  const timeOff = await timeOffBetween(handle, schoolId, between);
  const outages = await outagesBetween(handle, schoolId, between);
  const closedDays = await closedDayFacts(handle, schoolId, { from, to });
  const contacts = await studentContacts(handle, schoolId, idsOf(lessons, 'student_id'));
  const progress = courses ? await readProgress(handle, schoolId, idsOf(lessons, 'enrolment_id')) : undefined;
  const names = {
    students: byId(contacts),
    instructors: byId(instructors),
    vehicles: byId(vehicles),
    locations: byId(locations),
  };
  return {
    schoolId,
    lessons: lessons.map((lesson) => detailed(lesson, names, progress)),
    locations: locations.map(({ id, name, time_zone, status }) => ({ id, name, time_zone, status })),
    instructors: instructors.map(({ id, name, disabled, contract_from, contract_to, hours }) => ({
      id,
      name,
      disabled,
      contract_from,
      contract_to,
      hours: hours.map(({ weekday, from_minute, to_minute, valid_from, valid_to }) => ({
        weekday,
        from_minute,
        to_minute,
        valid_from,
        valid_to,
      })),
    })),
    vehicles: vehicles.map(({ id, name, status, location_id }) => ({ id, name, status, location_id })),
    away: [
      ...timeOff.map(({ instructor_id, ...period }) => ({ ...period, of: instructor_id })),
      ...outages.map(({ vehicle_id, ...period }) => ({ ...period, of: vehicle_id })),
    ],
    closed_days: closedDays.map(({ day, name, location_id }) => ({ day, name, location_id })),
  };
}

interface Progress {
  readonly goals: ReadonlyMap<string, CourseGoal>;
  /** By lesson. */
  readonly minutes: ReadonlyMap<string, number>;
}

async function readProgress(
  handle: DatabaseHandle,
  schoolId: string,
  enrolmentIds: readonly string[],
): Promise<Progress> {
  const goals = await courseGoals(handle, schoolId, enrolmentIds);
  const minutes = await minutesBefore(handle, schoolId, enrolmentIds);
  return { goals: new Map(goals.map((goal) => [goal.enrolment_id, goal])), minutes };
}

interface Named {
  readonly name: string;
}

function detailed(
  lesson: Lesson,
  names: {
    readonly students: ReadonlyMap<string, StudentContact>;
    readonly instructors: ReadonlyMap<string, Named>;
    readonly vehicles: ReadonlyMap<string, Named>;
    readonly locations: ReadonlyMap<string, Named>;
  },
  progress: Progress | undefined,
): ScheduledLesson {
  const student = names.students.get(lesson.student_id);
  if (student === undefined) throw new Error(`Lesson ${lesson.id} has no student.`);
  const goal = lesson.enrolment_id === null ? undefined : progress?.goals.get(lesson.enrolment_id);
  return {
    ...lesson,
    // A user who is no longer an instructor keeps their lessons, but not their place in the list.
    instructor_name: names.instructors.get(lesson.instructor_id)?.name ?? 'Former instructor',
    vehicle_name: lesson.vehicle_id === null ? null : (names.vehicles.get(lesson.vehicle_id)?.name ?? null),
    details: {
      student,
      location_name: names.locations.get(lesson.location_id)?.name ?? '',
      course:
        goal === undefined
          ? null
          : {
              booked_minutes: progress?.minutes.get(lesson.id) ?? 0,
              required_minutes: goal.required_minutes,
              deadline_on: goal.deadline_on,
            },
    },
  };
}

function idsOf(lessons: readonly Lesson[], column: 'student_id' | 'enrolment_id'): string[] {
  return [...new Set(lessons.map((lesson) => lesson[column]).filter((id) => id !== null))];
}

function byId<T extends { readonly id: string }>(things: readonly T[]): ReadonlyMap<string, T> {
  return new Map(things.map((thing) => [thing.id, thing]));
}
