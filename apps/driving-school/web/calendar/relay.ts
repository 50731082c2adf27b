/** Relays: the first student drives to the next one, so there is no break between the lessons. Pure. */
import type { CalendarLesson } from '../../contract/calendar.ts';

/**
 * Finds the lesson that a booking can follow without a break: of the same instructor, ending exactly when the booking
 * starts. Undefined if there is none, and if another lesson follows it already or it has no break anyway.
 *
 * @param startsAt milliseconds
 */
export function relayBefore(
  lessons: readonly CalendarLesson[],
  { instructorId, startsAt }: { readonly instructorId: string; readonly startsAt: number },
): CalendarLesson | undefined {
  return lessons.find(
    (lesson) =>
      lesson.status === 'booked' &&
      lesson.instructor_id === instructorId &&
      Date.parse(lesson.ends_at) === startsAt &&
      lesson.buffer_after_minutes > 0,
  );
}
