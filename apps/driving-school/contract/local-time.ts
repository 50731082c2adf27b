/** Between instants and the wall clocks of Ontario. All functions are pure: the zone is always an argument. */
import type { CalendarDay } from './parsers.ts';

/** A requested time: an instant, or the reason why there is none. */
export type ParsedTime =
  | { readonly ok: true; readonly epochMs: number }
  | { readonly ok: false; readonly code: 'time_format' }
  /** In the hour that the clock goes back over: each choice is a time with its offset. */
  | { readonly ok: false; readonly code: 'time_ambiguous'; readonly choices: readonly string[] }
  /** In the hour that the clock skips. `nearest` is the first time after it, with its offset. */
  | { readonly ok: false; readonly code: 'time_does_not_exist'; readonly nearest: string };

/**
 * Parses a requested time.
 *
 * @param text without offset, such as `2026-03-09T09:00`: wall time in the zone; with offset or `Z`: that instant. Whole
 *   minutes
 * @param zone IANA name
 */
export function parseTime(text: string, zone: string): ParsedTime {
  const parts = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::00(?:\.0{1,9})?)?(?<offset>Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (parts === null) return { ok: false, code: 'time_format' };
  try {
    if (parts.groups?.['offset'] !== undefined) {
      return { ok: true, epochMs: Temporal.Instant.from(text).epochMilliseconds };
    }
    return resolveWallTime(Temporal.PlainDateTime.from(text, { overflow: 'reject' }), zone);
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, code: 'time_format' };
    throw error;
  }
}

/** Resolves a minute of a day's wall clock. @param minute 0 to 1440; 1440 is the next day's midnight */
export function wallMinute(day: CalendarDay, minute: number, zone: string): ParsedTime {
  const midnight = Temporal.PlainDate.from(day).toPlainDateTime();
  return resolveWallTime(midnight.add({ days: Math.floor(minute / 1_440), minutes: minute % 1_440 }), zone);
}

function resolveWallTime(wall: Temporal.PlainDateTime, zone: string): ParsedTime {
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return { ok: true, epochMs: earlier.epochMilliseconds };
  if (earlier.toPlainDateTime().equals(wall)) {
    return { ok: false, code: 'time_ambiguous', choices: [withOffset(earlier), withOffset(later)] };
  }
  // `earlier` lies before the gap, by its length; the next transition after it is the end of the gap.
  const end = earlier.getTimeZoneTransition('next');
  return { ok: false, code: 'time_does_not_exist', nearest: withOffset(end ?? later) };
}

/** `2026-11-01T01:30:00-04:00`. */
function withOffset(time: Temporal.ZonedDateTime): string {
  return time.toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

/** The wall time of an instant. */
export interface LocalTime {
  readonly day: CalendarDay;
  /** Minutes of the wall clock since midnight, 0 to 1439. */
  readonly minute: number;
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
}

/** The wall time of an instant in a zone. Seconds are dropped. */
export function localTime(epochMs: number, zone: string): LocalTime {
  const { day, minute } = wallOf(epochMs, zone);
  // 1 January 1970 was a Thursday.
  return { day: dayText(day), minute, weekday: ((((day + 3) % 7) + 7) % 7) + 1 };
}

/** Formats an instant as `2026-11-01T09:00`, the wall time in a zone. */
export function localStart(epochMs: number, zone: string): string {
  const { day, minute } = wallOf(epochMs, zone);
  return `${dayText(day)}T${clockText(minute)}`;
}

/** The wall clock at an instant: days since 1970, and minutes since midnight. */
function wallOf(epochMs: number, zone: string): { readonly day: number; readonly minute: number } {
  const wall = epochMs + offsetMs(epochMs, zone);
  const day = Math.floor(wall / dayMs);
  return { day, minute: Math.floor((wall - day * dayMs) / 60_000) };
}

const dayMs = 86_400_000;
/** Calendar days by days since 1970: formatting one takes longer than everything else about an instant. */
const dayTexts = new Map<number, CalendarDay>();
const dayTextsMax = 20_000;

function dayText(day: number): CalendarDay {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  if (dayTexts.size >= dayTextsMax) dayTexts.clear();
  const text = new Date(day * dayMs).toISOString().slice(0, 10);
  dayTexts.set(day, text);
  return text;
}

/** Offsets by zone and quarter of an hour. A calendar asks for the same few thousand again and again. */
const offsets = new Map<string, Map<number, number>>();
const quarterMs = 15 * 60_000;
/** Quarters of an hour per zone that are remembered: a year has 35,000. */
const quartersMax = 20_000;

/** How far a zone's wall clock is ahead of UTC at an instant. Since 1970, clocks change between quarters of an hour. */
function offsetMs(epochMs: number, zone: string): number {
  if (epochMs < 0) return offsetAt(epochMs, zone);
  const quarter = Math.floor(epochMs / quarterMs);
  let known = offsets.get(zone);
  if (known === undefined || known.size >= quartersMax) {
    known = new Map();
    offsets.set(zone, known);
  }
  const found = known.get(quarter) ?? offsetAt(epochMs, zone);
  known.set(quarter, found);
  return found;
}

function offsetAt(epochMs: number, zone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
}

/** The instants at which a calendar day begins and ends in a zone. Its length is 23, 24 or 25 hours. */
export function dayBounds(day: CalendarDay, zone: string): { readonly from: number; readonly to: number } {
  const date = Temporal.PlainDate.from(day);
  const start = (of: Temporal.PlainDate): number => of.toZonedDateTime(zone).epochMilliseconds;
  return { from: start(date), to: start(date.add({ days: 1 })) };
}

/** The weekday of a calendar day: 1 is Monday, 7 Sunday. */
export function weekdayOf(day: CalendarDay): number {
  return Temporal.PlainDate.from(day).dayOfWeek;
}

/** Formats a minute of the wall clock: `09:00`; 1440 is `24:00`. */
export function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** Parses `09:00` to `24:00` into minutes since midnight. @returns undefined for anything else */
export function parseClock(text: string): number | undefined {
  const parts = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  const minute = parts === null ? Number.NaN : Number(parts[1]) * 60 + Number(parts[2]);
  return minute <= 1_440 ? minute : undefined;
}
