import ical, {
  escape,
  ICalCalendarMethod,
  ICalEventClass,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator';
import type { LessonType } from '../../contract/booking/world.ts';
import { withoutPersonalData } from '../platform/logs/redaction.ts';

/** An event of a calendar file. */
export interface CalendarLesson {
  readonly id: string;
  readonly short_code: string;
  /** The discreet name of the student. */
  readonly student: string;
  readonly type: LessonType;
  readonly cancelled: boolean;
  readonly starts_at: Date;
  readonly ends_at: Date;
  /** Where the lesson begins. */
  readonly place: string;
  readonly vehicle: string | null;
  readonly ics_sequence: number;
  readonly updated_at: Date;
}

const typeWords: Readonly<Record<LessonType, string>> = {
  bde_in_vehicle: 'in-car lesson',
  private: 'private lesson',
  road_test: 'road test',
};

/** How often calendar programs should read the file, in seconds. Many of them read it less often. */
const refreshSeconds = 60 * 60;

/**
 * Writes lessons as a calendar file (RFC 5545). The same lessons always give the same bytes: nothing in it is the time of
 * writing.
 *
 * All times are UTC. A calendar time zone would make the library write floating times.
 *
 * @param lessons in the order of the file
 */
export function calendarText(name: string, lessons: readonly CalendarLesson[]): string {
  const calendar = ical({
    // The library escapes the texts of events, but not this one.
    name: escape(name.replaceAll(/\s+/g, ' '), false),
    prodId: { company: 'Ontario Driving School Manager', product: 'Lessons', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: refreshSeconds,
  });
  for (const lesson of lessons) {
    const { cancelled, updated_at: updatedAt } = lesson;
    const summary = `${lesson.student}, ${typeWords[lesson.type]}`;
    calendar.createEvent({
      id: `${lesson.id}@lessons.driving-school`,
      sequence: lesson.ics_sequence,
      stamp: updatedAt,
      lastModified: updatedAt,
      start: lesson.starts_at,
      end: lesson.ends_at,
      // Some programs ignore the status.
      summary: cancelled ? `Cancelled: ${summary}` : summary,
      description: [lesson.short_code, ...(lesson.vehicle === null ? [] : [`Car: ${lesson.vehicle}`])].join('\n'),
      // Clerks write telephone numbers into the pickup, which must not leave the school.
      location: withoutPersonalData(lesson.place),
      status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
      class: ICalEventClass.PRIVATE,
      transparency: cancelled ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
    });
  }
  // The library ends the file without a line break.
  return `${calendar.toString().replace(/(?:\r\n)+$/, '')}\r\n`;
}
