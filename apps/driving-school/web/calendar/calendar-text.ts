/** The words of the calendar. */
import type { LessonType } from '../../contract/booking/world.ts';
import { clockText, localTime } from '../../contract/local-time.ts';
import type { CancelReason, Lesson } from '../../contract/lessons.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { lessonTypeNames } from '../lesson-type-names.ts';

/** Types of lessons, as short as the boxes of the calendar need. */
export const lessonTypeShort: Readonly<Record<LessonType, string>> = {
  bde_in_vehicle: 'Course',
  private: 'Private',
  road_test: 'Test',
};

export const statusNames: Readonly<Record<Lesson['status'], string>> = {
  booked: 'Booked',
  cancelled: 'Cancelled',
  done: 'Done',
  no_show: 'No-show',
};

/** Reasons of a cancellation. */
export const cancelReasonNames: Readonly<Record<CancelReason, string>> = {
  student: 'The student asked',
  instructor: 'The instructor can’t come',
  weather: 'Weather',
  illness: 'Illness',
  test_delay: 'A road test was delayed',
};

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, locale = 'en-US'): Intl.DateTimeFormat {
  const key = JSON.stringify([options, locale]);
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formats.set(key, made);
  return made;
}

function formatDay(day: CalendarDay, options: Intl.DateTimeFormatOptions): string {
  return format({ ...options, timeZone: 'UTC' }).format(new Date(`${day}T12:00:00Z`));
}

/** `Monday, March 9, 2026`. */
export function longDay(day: CalendarDay): string {
  return formatDay(day, { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });
}

/** `Mon, Mar 9`. */
export function monthDay(day: CalendarDay): string {
  return formatDay(day, { weekday: 'short', month: 'short', day: 'numeric' });
}

/** `Mon 9`, for the columns of a week. */
export function shortDay(day: CalendarDay): string {
  return `${formatDay(day, { weekday: 'short' })} ${formatDay(day, { day: 'numeric' })}`;
}

/** `March 9–15, 2026`; with two months `March 30 – April 5, 2026`; with two years, both of them. */
export function weekText(days: readonly CalendarDay[]): string {
  const [first = '', last = first] = [days[0], days.at(-1)];
  const isOneMonth = first.slice(0, 7) === last.slice(0, 7);
  const from = formatDay(first, { month: 'long', day: 'numeric' });
  return isOneMonth
    ? `${from}–${formatDay(last, { day: 'numeric' })}, ${last.slice(0, 4)}`
    : `${from}${first.slice(0, 4) === last.slice(0, 4) ? '' : `, ${first.slice(0, 4)}`} – ${formatDay(last, { month: 'long', day: 'numeric' })}, ${last.slice(0, 4)}`;
}

/** The wall time of an instant: `09:00`. */
export function clockTextAt(instant: number, zone: string): string {
  return clockText(localTime(instant, zone).minute);
}

/** The wall times of a lesson at its location: `09:00–10:00`. */
export function timesOf({
  starts_at,
  ends_at,
  time_zone,
}: Pick<Lesson, 'starts_at' | 'ends_at' | 'time_zone'>): string {
  return `${clockTextAt(Date.parse(starts_at), time_zone)}–${clockTextAt(Date.parse(ends_at), time_zone)}`;
}

/** The short name of a zone at an instant: `EDT`. */
export function zoneShort(instant: number, zone: string): string {
  const parts = format({ timeZone: zone, timeZoneName: 'short' }, 'en-CA').formatToParts(instant);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}

/** The name of a zone: `Central Time`. */
export function zoneLong(instant: number, zone: string): string {
  const parts = format({ timeZone: zone, timeZoneName: 'longGeneric' }, 'en-CA').formatToParts(instant);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}

/** Whether the clocks of two zones differ at an instant. */
export function clocksDiffer(instant: number, zone: string, other: string): boolean {
  if (zone === other) return false;
  const [one, two] = [localTime(instant, zone), localTime(instant, other)];
  return one.minute !== two.minute || one.day !== two.day;
}

/** The accessible name of a lesson in the calendar. */
export function spokenLesson(
  lesson: Pick<Lesson, 'starts_at' | 'ends_at' | 'time_zone' | 'type' | 'status' | 'short_code'> & {
    readonly student_name: string;
  },
  columnName: string,
): string {
  const status = lesson.status === 'booked' ? '' : `, ${statusNames[lesson.status].toLowerCase()}`;
  const times = timesOf(lesson).replace('–', ' to ');
  return `${times}, ${lesson.student_name}, ${lessonTypeNames[lesson.type]}${status}, ${columnName}, ${lesson.short_code}`;
}
