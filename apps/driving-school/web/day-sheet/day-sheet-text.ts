import type { DaySheetLesson } from '../../contract/calendar.ts';
import { type CalendarDay, formatPhone } from '../../contract/parsers.ts';
import { dayText } from '../day-text.ts';

/** Formats a calendar day: `Monday, March 16, 2026`. */
export function longDayText(day: CalendarDay): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}

/** Formats a length: `45 min`, `1 h`, `1 h 30 min`. */
export function lengthText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const parts = [hours > 0 && `${hours} h`, (rest > 0 || hours === 0) && `${rest} min`];
  return parts.filter((part) => part !== false).join(' ');
}

/** The wall times of a lesson: `09:00–10:00`. From its instants, so that a clock change during the lesson is right. */
export function timesText({
  starts_at,
  ends_at,
  time_zone,
}: Pick<DaySheetLesson, 'starts_at' | 'ends_at' | 'time_zone'>): string {
  const clock = new Intl.DateTimeFormat('en-CA', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: time_zone,
  });
  return `${clock.format(new Date(starts_at))}–${clock.format(new Date(ends_at))}`;
}

/** The state of the course before a lesson, as lines; empty without a course. */
export function courseLines({ course, local_date }: Pick<DaySheetLesson, 'course' | 'local_date'>): string[] {
  if (course === null) return [];
  const { booked_minutes: booked, required_minutes: required, deadline_on: deadline } = course;
  const lines = [
    required === null ? `${lengthText(booked)} so far` : `${lengthText(booked)} of ${lengthText(required)} so far`,
  ];
  if (deadline !== null) {
    const days = Math.round((Date.parse(deadline) - Date.parse(local_date)) / 86_400_000);
    lines.push(
      days < 0 ? `Course ended ${dayText(deadline)}` : `${days} ${days === 1 ? 'day' : 'days'} to the deadline`,
    );
  }
  return lines;
}

/** Formats a telephone number. */
export function phoneText(phone: string | null, extension: string | null = null): string {
  return phone === null ? 'No phone number' : formatPhone(phone, extension);
}

/** Groups lessons by instructor, in their order. */
export function sheetsOf(
  lessons: readonly DaySheetLesson[],
): readonly { readonly instructorId: string; readonly name: string; readonly lessons: readonly DaySheetLesson[] }[] {
  return [...Map.groupBy(lessons, ({ instructor_id }) => instructor_id)].map(([instructorId, own]) => ({
    instructorId,
    name: own[0]?.instructor_name ?? '',
    lessons: own,
  }));
}

/** `9 lessons, 9 h 30 min`. */
export function totalText(lessons: readonly DaySheetLesson[]): string {
  const minutes = lessons.reduce((sum, lesson) => sum + lesson.minutes, 0);
  return `${lessons.length} ${lessons.length === 1 ? 'lesson' : 'lessons'}, ${lengthText(minutes)}`;
}
