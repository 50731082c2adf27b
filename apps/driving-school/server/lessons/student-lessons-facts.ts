import { sql } from 'kysely';
import { judge } from '../../contract/booking/judge.ts';
import type { Proposal } from '../../contract/booking/world.ts';
import type { RuleName } from '../../contract/rules.ts';
import type { EnrolmentLessons } from '../courses/courses.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { StudentLessons } from '../students/students.ts';
import { loadWorld } from './booking-world.ts';
import { lessonTables } from './lesson-table.ts';

/** The rules about the student: a change of licence or birth date can break them. */
const studentRules: ReadonlySet<RuleName> = new Set(['student_licence', 'student_age', 'g1_night']);

/** See `StudentLessons`. */
export const studentLessons: StudentLessons = {
  taughtBy({ schoolId, instructorId }, { from, to }) {
    return sql`SELECT student_id FROM lessons
      WHERE school_id = ${schoolId} AND instructor_id = ${instructorId} AND status <> 'cancelled'
        AND starts_at >= ${new Date(from)}::timestamptz AND starts_at < ${new Date(to)}::timestamptz`;
  },

  async forbidden(handle, schoolId, student, from) {
    const booked = await upcoming(handle, schoolId, student.id, from);
    const [first] = booked;
    if (first === undefined) return [];
    const ids = (of: (proposal: Proposal) => string | null): string[] => [
      ...new Set(booked.map(of).filter((id) => id !== null)),
    ];
    const world = await loadWorld(handle, {
      schoolId,
      from: first.starts_at,
      to: Math.max(...booked.map(({ ends_at }) => ends_at)),
      studentIds: [student.id],
      enrolmentIds: ids(({ enrolment_id }) => enrolment_id),
      instructorIds: ids(({ instructor_id }) => instructor_id),
      vehicleIds: ids(({ vehicle_id }) => vehicle_id),
      withFormerInstructors: true,
    });
    const changed = { ...world, students: [student] };
    return booked
      .filter((lesson) => judge(lesson, changed).some(({ rule }) => studentRules.has(rule)))
      .map(({ lesson_id }) => lesson_id);
  },
};

/** See `EnrolmentLessons`. */
export const enrolmentLessons: EnrolmentLessons = {
  async bookedMinutes(handle, schoolId, enrolmentIds) {
    const rows = await lessonTables(handle)
      .selectFrom('lessons')
      .select('enrolment_id')
      .select(sql<number>`(sum(extract(epoch FROM ends_at - starts_at)) / 60)::int`.as('minutes'))
      .where('school_id', '=', schoolId)
      .where('type', '<>', 'road_test')
      .where('status', 'in', ['booked', 'done'])
      .where(sql<boolean>`enrolment_id = ANY (${[...enrolmentIds]}::uuid[])`)
      .groupBy('enrolment_id')
      .execute();
    return new Map(rows.flatMap(({ enrolment_id: id, minutes }) => (id === null ? [] : [[id, minutes] as const])));
  },

  async outside(handle, schoolId, enrolmentId, days, from) {
    let query = lessonTables(handle)
      .selectFrom('lessons')
      .select('id')
      .where('school_id', '=', schoolId)
      .where('enrolment_id', '=', enrolmentId)
      .where('status', '=', 'booked')
      .where('starts_at', '>=', new Date(from))
      .orderBy('starts_at')
      .orderBy('id');
    if (days !== 'none') {
      query = query.where(
        sql<boolean>`(local_date < ${days.from}::date OR local_date > coalesce(${days.to}::date, 'infinity'))`,
      );
    }
    return (await query.execute()).map(({ id }) => id);
  },
};

/** The booked lessons of a student from an instant on, as proposals to the judge, the earliest first. */
async function upcoming(
  handle: DatabaseHandle,
  schoolId: string,
  studentId: string,
  from: number,
): Promise<(Proposal & { readonly lesson_id: string })[]> {
  const rows = await lessonTables(handle)
    .selectFrom('lessons')
    .select(['id', 'type', 'student_id', 'enrolment_id', 'instructor_id', 'vehicle_id', 'location_id'])
    .select(['starts_at', 'ends_at', 'buffer_after_minutes'])
    .where('school_id', '=', schoolId)
    .where('student_id', '=', studentId)
    .where('status', '=', 'booked')
    .where('starts_at', '>=', new Date(from))
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ id, starts_at, ends_at, ...row }) => ({
    ...row,
    lesson_id: id,
    starts_at: starts_at.getTime(),
    ends_at: ends_at.getTime(),
    relay_after: null,
  }));
}
