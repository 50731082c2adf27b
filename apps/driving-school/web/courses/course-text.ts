import { deadlineWarningDays } from '../../contract/course-dates.ts';
import type { Enrolment, EnrolmentStatus } from '../../contract/enrolments.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { ProductKind } from '../../contract/products.ts';
import type { StudentLesson } from '../../contract/student-lessons.ts';

/** The word for each kind of product on pages. */
export const productKindNames: Readonly<Record<ProductKind, string>> = {
  bde: 'BDE course',
  lesson_pack: 'Lesson pack',
  single: 'Single lesson',
  fee: 'Fee',
};

/** The word for each status of a course on pages. */
export const courseStatusNames: Readonly<Record<EnrolmentStatus, string>> = {
  active: 'Active',
  complete: 'Complete',
  certifiable: 'Ready to be certified',
  reported: 'Reported',
  confirmed: 'Confirmed',
  withdrawn: 'Withdrawn',
  expired: 'Expired',
  transferred: 'Transferred',
};

/** The word for each status of a lesson on pages. */
export const lessonStatusNames: Readonly<Record<StudentLesson['status'], string>> = {
  booked: 'Booked',
  cancelled: 'Cancelled',
  done: 'Done',
  no_show: 'No-show',
};

/** The name of a course: that of the product, or of its kind. */
export function courseName({ product_name, kind }: Pick<Enrolment, 'product_name' | 'kind'>): string {
  return product_name ?? productKindNames[kind];
}

/** The days until a deadline, and how much they matter. */
export function daysLeftText(daysLeft: number): {
  readonly text: string;
  readonly tone: 'neutral' | 'warning' | 'danger';
} {
  if (daysLeft < 0)
    return { text: daysLeft === -1 ? 'Ended yesterday' : `Ended ${-daysLeft} days ago`, tone: 'danger' };
  if (daysLeft === 0) return { text: 'Last day today', tone: 'danger' };
  const text = daysLeft === 1 ? '1 day left' : `${daysLeft} days left`;
  if (daysLeft <= deadlineWarningDays.urgent) return { text, tone: 'danger' };
  return { text, tone: daysLeft <= deadlineWarningDays.near ? 'warning' : 'neutral' };
}

/** The school's calendar day at an instant: answers are dated by the school's clock, not by the browser's. */
export function schoolDay(instant: string): CalendarDay {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Toronto', dateStyle: 'short' }).format(
    new Date(instant),
  );
}

/** Formats the time of a lesson: `Mon, Mar 9, 2026, 09:00–10:00`, the wall time at its location. */
export function lessonTimeText({ local_start, minutes }: Pick<StudentLesson, 'local_start' | 'minutes'>): string {
  const start = new Date(`${local_start}:00Z`);
  const end = new Date(start.getTime() + minutes * 60_000);
  const day = new Intl.DateTimeFormat('en-US', {
    weekday: 'short',
    month: 'short',
    day: 'numeric',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(start);
  return `${day}, ${clock(start)}–${clock(end)}`;
}

function clock(time: Date): string {
  return `${String(time.getUTCHours()).padStart(2, '0')}:${String(time.getUTCMinutes()).padStart(2, '0')}`;
}
