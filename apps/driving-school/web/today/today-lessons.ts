/** The state of the school at an instant, from the calendar of one day. Pure. */
import { dayBounds, localTime, wallMinute, weekdayOf } from '../../contract/local-time.ts';
import type { Calendar, CalendarLesson, CalendarRow } from '../../contract/calendar.ts';

/** Free time of an instructor within working hours. Instants are milliseconds since 1970. */
export interface Gap {
  readonly instructorId: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The day at an instant. */
export interface DayState {
  /** Lessons that are going on, those that end first at the top. */
  readonly current: readonly CalendarLesson[];
  /** The next lesson of each instructor, the earliest first. */
  readonly next: readonly CalendarLesson[];
  /** Free time from now on, the longest first. */
  readonly gaps: readonly Gap[];
  readonly counts: {
    /** Without cancelled lessons. */
    readonly lessons: number;
    readonly ended: number;
    readonly cancelled: number;
    readonly instructors: number;
  };
}

/** The shortest free time worth showing: a lesson of an hour fits. */
const gapMinutesMin = 60;
const minuteMs = 60_000;

/** @param zone of working hours: that of the school */
export function dayState(
  { data }: Pick<Calendar, 'data'>,
  { day, now, zone }: { readonly day: string; readonly now: number; readonly zone: string },
): DayState {
  const lessons = data.flatMap((row) => row.lessons).filter(({ local_date }) => local_date === day);
  const active = lessons.filter(({ status }) => status !== 'cancelled');
  const ahead = active.filter((lesson) => start(lesson) > now).toSorted((a, b) => start(a) - start(b));
  return {
    current: active
      .filter((lesson) => start(lesson) <= now && now < end(lesson) && lesson.status !== 'no_show')
      .toSorted((a, b) => end(a) - end(b)),
    next: [...Map.groupBy(ahead, ({ instructor_id }) => instructor_id).values()].flatMap(([first]) => first ?? []),
    gaps: data.flatMap((row) => gapsOf(row, { day, now, zone })).toSorted((a, b) => b.to - b.from - (a.to - a.from)),
    counts: {
      lessons: active.length,
      ended: active.filter((lesson) => end(lesson) <= now).length,
      cancelled: lessons.length - active.length,
      instructors: new Set(active.map(({ instructor_id }) => instructor_id)).size,
    },
  };
}

function start({ starts_at }: CalendarLesson): number {
  return Date.parse(starts_at);
}

function end({ ends_at }: CalendarLesson): number {
  return Date.parse(ends_at);
}

function gapsOf(
  row: CalendarRow,
  { day, now, zone }: { readonly day: string; readonly now: number; readonly zone: string },
): Gap[] {
  if (row.instructor_id === null) return [];
  const instructorId = row.instructor_id;
  const weekday = weekdayOf(day);
  const busy = [
    ...row.lessons
      .filter(({ status }) => status !== 'cancelled')
      .map(({ starts_at, ends_at, buffer_after_minutes }) => ({
        from: Date.parse(starts_at),
        to: Date.parse(ends_at) + buffer_after_minutes * minuteMs,
      })),
    ...row.time_off.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) })),
    ...row.class_sessions.map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) })),
  ].toSorted((a, b) => a.from - b.from);
  return row.hours
    .filter(
      (hours) =>
        hours.weekday === weekday &&
        (hours.valid_from === null || hours.valid_from <= day) &&
        (hours.valid_to === null || day <= hours.valid_to),
    )
    .flatMap(({ from_minute, to_minute }) => {
      // A free time that begins in the past begins at the next quarter of an hour.
      const soon = Math.ceil(now / (15 * minuteMs)) * 15 * minuteMs;
      const from = Math.max(instantOf(day, from_minute, zone), soon);
      return freeWithin(busy, from, instantOf(day, to_minute, zone));
    })
    .filter(({ from, to }) => to - from >= gapMinutesMin * minuteMs)
    .map(({ from, to }) => ({ instructorId, name: row.name, from, to }));
}

/** The parts of [from, to) that no period covers. @param busy sorted by start */
function freeWithin(
  busy: readonly { readonly from: number; readonly to: number }[],
  from: number,
  to: number,
): { readonly from: number; readonly to: number }[] {
  const free: { readonly from: number; readonly to: number }[] = [];
  let reached = from;
  for (const period of busy) {
    if (period.from > reached) free.push({ from: reached, to: Math.min(period.from, to) });
    reached = Math.max(reached, period.to);
  }
  if (reached < to) free.push({ from: reached, to });
  return free.filter((period) => period.from < period.to);
}

/** A minute that the clock skips counts from the start of the day. */
function instantOf(day: string, minute: number, zone: string): number {
  const time = wallMinute(day, minute, zone);
  return time.ok ? time.epochMs : dayBounds(day, zone).from + minute * minuteMs;
}

/** `09:05`, the wall time in a zone. */
export function wallText(instant: string | number, zone: string): string {
  const { minute } = localTime(typeof instant === 'number' ? instant : Date.parse(instant), zone);
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
