import { doubleEnrolments } from '../courses/courses.ts';
import type { Check } from './check.ts';

/** A student takes one beginner course at a time. */
export const enrolments: Check = {
  name: 'enrolments',
  rule: 'No student has two active enrolments in the beginner course.',
  advice: 'Open the student and withdraw one of the enrolments.',
  async run({ database }) {
    const found = await doubleEnrolments(database);
    return found.map(({ student_id: id, enrolment_ids: ids }) => ({
      text: `Student ${id} has ${ids.length} active enrolments in the beginner course.`,
      ids: [id, ...ids],
    }));
  },
};
