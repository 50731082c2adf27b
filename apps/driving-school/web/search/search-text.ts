import { formatPhone } from '../../contract/parsers.ts';
import type { FoundLesson, FoundStudent, SearchAnswer } from '../../contract/search.ts';
import { lessonTypeNames } from '../lesson-type-names.ts';

const statusWords: Readonly<Record<FoundLesson['status'], string | undefined>> = {
  booked: undefined,
  cancelled: 'Cancelled',
  done: 'Done',
  no_show: 'No-show',
};

/** The facts below a student's name: the one that was searched for, else the phone number; then the instructor. */
export function studentDetails({ match, phone, email, instructor_name: instructor }: FoundStudent): string {
  const contact = match.field === 'email' ? email : phone === null ? email : formatPhone(phone);
  return [contact, instructor].filter((part) => part !== null).join(' · ');
}

/** `Mon, Mar 9, 09:00`, with the year when it is not the current one. */
export function lessonTimeText(localStart: string, currentYear: number): string {
  const [day = '', time = ''] = localStart.split('T');
  const date = new Intl.DateTimeFormat('en-US', {
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
    ...(day.startsWith(`${currentYear}-`) ? {} : { year: 'numeric' }),
  }).format(new Date(`${day}T00:00:00Z`));
  return `${date}, ${time}`;
}

/** The facts below the time of a lesson. */
export function lessonDetails({ short_code: code, type, instructor_name: instructor }: FoundLesson): string {
  return [code, lessonTypeNames[type], instructor].join(' · ');
}

/** The mark of a lesson that does not take place as booked. */
export function lessonMark({ status }: FoundLesson): string | undefined {
  return statusWords[status];
}

/** The day of a lesson in the calendar. */
export function lessonHref({
  local_date: day,
  instructor_id: instructorId,
}: Pick<FoundLesson, 'local_date' | 'instructor_id'>): string {
  return `/calendar?view=day&by=instructor&date=${day}&instructor=${instructorId}`;
}

/** The announcement of results: `3 students, 1 lesson`. */
export function countsText({ data: { students, lessons } }: SearchAnswer): string {
  const parts = [...counted(students.length, 'student', 'students'), ...counted(lessons.length, 'lesson', 'lessons')];
  return parts.length === 0 ? 'Nothing found' : parts.join(', ');
}

function counted(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
}
