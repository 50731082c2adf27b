import { courseDeadline } from '../../contract/course-dates.ts';
import { type CalendarDay, parseCalendarDay } from '../../contract/parsers.ts';
import { tidyDate } from '../students/student-text.ts';

/** The inputs of a course. */
export const courseFieldNames = [
  'course_started_on',
  'deadline_on',
  'in_vehicle_minutes_bought',
  'product_id',
  'kind',
] as const;
export type CourseFieldName = (typeof courseFieldNames)[number];

/** The problem with a typed day; undefined when it is one. */
export function dayProblem(text: string): string | undefined {
  const parsed = parseCalendarDay(tidyDate(text));
  return parsed.ok ? undefined : parsed.message;
}

/** The day that was typed; undefined when it is none. */
export function typedDay(text: string): CalendarDay | undefined {
  const parsed = parseCalendarDay(tidyDate(text));
  return parsed.ok ? parsed.value : undefined;
}

/** The minutes in a typed number of hours, such as `10` or `1.5`; undefined when it is none. */
export function typedHours(text: string): number | undefined {
  const plain = text.normalize('NFKC').trim().replace(',', '.');
  if (!/^\d{1,4}(\.\d{1,2})?$/.test(plain)) return undefined;
  return Math.round(Number(plain) * 60);
}

/** The problem with a typed number of hours. */
export function hoursProblem(text: string): string | undefined {
  return typedHours(text) === undefined ? 'Enter hours, such as 10 or 1.5.' : undefined;
}

/** The last day of a course that begins on a typed day; undefined while that is no day. */
export function deadlineOf(startedOn: string): CalendarDay | undefined {
  const day = typedDay(startedOn);
  return day === undefined ? undefined : courseDeadline(day);
}
