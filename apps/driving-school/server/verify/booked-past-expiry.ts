import { judge } from '../../contract/booking/judge.ts';
import type { BookingWorld } from '../../contract/booking/world.ts';
import type { RuleName } from '../../contract/rules.ts';
import { enrolmentFacts } from '../courses/courses.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { type ComingLesson, comingLessons } from '../lessons/lessons.ts';
import { locationFacts } from '../locations/locations.ts';
import { ruleSetFacts } from '../rules/rules.ts';
import { studentFacts } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import type { Check, CheckContext, Finding } from './check.ts';

/** The rules about dates that can change after a lesson was booked, and their subjects. */
const expiryRules: Partial<Readonly<Record<RuleName, string>>> = {
  instructor_licence: 'the instructor’s licence',
  instructor_contract: 'the instructor’s contract',
  vehicle_insurance: 'the insurance of the car',
  vehicle_registration: 'the registration of the car',
  vehicle_safety: 'the safety certificate of the car',
  student_licence: 'the student’s licence',
  course_deadline: 'the course',
};

/** Judges every lesson ahead as if it were booked now, by the dates of its instructor, car, student and course. */
export const bookedPastExpiry: Check = {
  name: 'booked_past_expiry',
  rule: 'On the day of every lesson ahead, licences, insurance, registration and contracts are valid.',
  advice: 'Enter the renewed date, or give the lesson another instructor, car or day.',
  async run(context) {
    const lessons = await comingLessons(context.database, context.now.epochMilliseconds);
    const found: Finding[] = [];
    for (const [schoolId, ofSchool] of Map.groupBy(lessons, ({ school_id }) => school_id)) {
      const world = await worldOf(context, schoolId, ofSchool);
      for (const lesson of ofSchool) {
        const expired = judge(lesson, world).flatMap(({ rule }) => expiryRules[rule] ?? []);
        if (expired.length === 0) continue;
        found.push({
          text: `Lesson ${lesson.short_code} is on a day on which ${expired.join(' and ')} is not valid.`,
          ids: [lesson.lesson_id],
        });
      }
    }
    return found;
  },
};

/** The facts of lessons, without what only decides about times. */
async function worldOf(
  { database }: CheckContext,
  schoolId: string,
  lessons: readonly ComingLesson[],
): Promise<BookingWorld> {
  return {
    locations: await locationFacts(database, schoolId),
    instructors: await instructorFacts(database, schoolId, unique(lessons.map(({ instructor_id }) => instructor_id)), {
      former: true,
    }),
    vehicles: await vehicleFacts(database, schoolId),
    students: await studentFacts(database, schoolId, unique(lessons.map(({ student_id }) => student_id))),
    enrolments: await enrolmentFacts(database, schoolId, unique(lessons.map(({ enrolment_id }) => enrolment_id))),
    rule_sets: await ruleSetFacts(database, schoolId),
    closed_days: [],
    claims: [],
    in_vehicle: [],
    class_days: [],
    owing: [],
  };
}

function unique(ids: readonly (string | null)[]): string[] {
  return [...new Set(ids)].filter((id) => id !== null);
}
