import { ageInYears } from '../../contract/parsers.ts';
import { enrolledStudents } from '../courses/courses.ts';
import { guardianCounts } from '../guardians/guardians.ts';
import { comingLessons } from '../lessons/lessons.ts';
import { schoolZone } from '../locations/locations.ts';
import { studentFacts } from '../students/students.ts';
import type { Check, CheckContext, Finding } from './check.ts';

/** Age of majority in Ontario. */
const fullAge = 18;

/**
 * Minors who are taught have a primary guardian: one who signs and is called.
 *
 * A minor is taught with an active enrolment or a lesson ahead. Of other minors, those who have guardians but no primary
 * one are found as well: then the record is wrong, and not merely unfinished.
 */
export const guardians: Check = {
  name: 'guardians',
  rule: 'Every minor who is taught, or has guardians, has exactly one primary guardian.',
  advice: 'Open the student and add a guardian, or mark one as primary.',
  async run(context) {
    const { database, now } = context;
    const counts = new Map((await guardianCounts(database)).map((count) => [count.student_id, count]));
    const candidates = [
      ...counts.values(),
      ...(await enrolledStudents(database)),
      ...(await comingLessons(database, now.epochMilliseconds)),
    ].filter(({ student_id: id }) => counts.get(id)?.primary !== 1);
    const bySchool = Map.groupBy(candidates, ({ school_id: schoolId }) => schoolId);
    const found: Finding[] = [];
    for (const [schoolId, students] of bySchool) {
      const ids = [...new Set(students.map(({ student_id: id }) => id))];
      for (const id of await minorsAmong(context, schoolId, ids)) {
        const { guardians: all = 0, primary = 0 } = counts.get(id) ?? {};
        found.push({
          text:
            primary > 1
              ? `Student ${id} is a minor and has ${primary} primary guardians.`
              : `Student ${id} is a minor and has ${all === 0 ? 'no guardian' : `${all} guardians, none of them primary`}.`,
          ids: [id],
        });
      }
    }
    return found;
  },
};

async function minorsAmong(
  { database, today }: CheckContext,
  schoolId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const day = today(await schoolZone(database, schoolId));
  const facts = await studentFacts(database, schoolId, ids);
  return facts
    .filter(({ birth_date: bornOn, status }) => status === 'active' && ageInYears(bornOn, day) < fullAge)
    .map(({ id }) => id);
}
