/** The form of working hours: one line of text a day, such as `9-12, 13-17`. Pure. */
import type { HoursText } from '../../contract/instructor-hours.ts';
import { clockText, parseClock } from '../../contract/local-time.ts';
import type { ProblemDetail } from '../../contract/problem.ts';

/** A week of hours and the days on which they hold. */
export interface WeekHours {
  /** `YYYY-MM-DD`, or empty for no limit. */
  readonly validFrom: string;
  readonly validTo: string;
  /** The text of each day from Monday; empty for a day off. */
  readonly days: readonly string[];
}

/** A day's text that was read. */
export type ReadDay =
  | { readonly ok: true; readonly periods: readonly { readonly from: string; readonly to: string }[] }
  | { readonly ok: false; readonly message: string };

const emptyDays: readonly string[] = Array.from({ length: 7 }, () => '');

/** A week without hours. */
export const emptyWeek: WeekHours = { validFrom: '', validTo: '', days: emptyDays };

/**
 * Reads a time as people type it: `9`, `9:30`, `930`, `5pm`, `17h`, `noon`. @returns minutes since midnight; undefined for
 * anything else
 */
export function readClock(text: string): number | undefined {
  const plain = text.trim().toLowerCase().replaceAll('.', '');
  if (plain === 'noon') return 720;
  if (plain === 'midnight') return 1_440;
  const parts = /^(\d{1,2})(?:\s*[:h]\s*(\d\d)|(\d\d)|\s*h)?\s*(am|pm|a|p)?$/.exec(plain);
  if (parts === null) return undefined;
  const [, hourText = '', afterColon, directly, half] = parts;
  let hour = Number(hourText);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half.startsWith('p') ? 12 : 0);
  }
  return parseClock(`${String(hour).padStart(2, '0')}:${afterColon ?? directly ?? '00'}`);
}

/** Reads a day's text: periods with a comma, `and` or `&` between them. An end such as `9-5` is in the afternoon. */
export function readDay(text: string): ReadDay {
  const plain = text.trim();
  if (plain === '' || /^(off|day off|free|none|-|–)$/i.test(plain)) return { ok: true, periods: [] };
  const periods: { from: string; to: string }[] = [];
  for (const part of plain.split(/\s*(?:,|;|&|\band\b)\s*/i)) {
    const [fromText, toText, ...rest] = part.split(/\s*(?:[-–—]|\bto\b|\buntil\b)\s*/i);
    const from = readClock(fromText ?? '');
    let to = readClock(toText ?? '');
    if (from === undefined || to === undefined || rest.length > 0) {
      return { ok: false, message: `“${part}” is not a time span. Type it as 9-17 or 9:00-12:30.` };
    }
    if (to <= from && to + 720 > from && to + 720 <= 1_440 && !/[ap]/i.test(toText ?? '')) to += 720;
    if (to <= from) return { ok: false, message: `“${part}” ends before it begins.` };
    const earlier = periods.at(-1);
    if (earlier !== undefined && earlier.to > clockText(from)) {
      return { ok: false, message: `“${part}” begins before the time span before it ends.` };
    }
    periods.push({ from: clockText(from), to: clockText(to) });
  }
  return { ok: true, periods };
}

/** Formats a day's periods: `09:00–12:00, 13:00–17:00`. */
export function dayHoursText(periods: readonly { readonly from: string; readonly to: string }[]): string {
  return periods.map(({ from, to }) => `${from}–${to}`).join(', ');
}

/** The text in its usual form; unchanged when it can't be read. */
export function tidyDay(text: string): string {
  const read = readDay(text);
  return read.ok ? dayHoursText(read.periods) : text;
}

/** Fills the form from stored hours: a week for each pair of limits, the unlimited one first. */
export function weeksOf(hours: readonly HoursText[]): readonly WeekHours[] {
  const groups = Map.groupBy(hours, ({ valid_from, valid_to }) => `${valid_from ?? ''} ${valid_to ?? ''}`);
  const weeks = [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, group]): WeekHours => ({
      validFrom: group[0]?.valid_from ?? '',
      validTo: group[0]?.valid_to ?? '',
      days: emptyDays.map((_, index) => dayHoursText(group.filter(({ weekday }) => weekday === index + 1))),
    }));
  return weeks.length === 0 ? [emptyWeek] : weeks;
}

/** The name of an input and of its problem: `0/2` is Wednesday of the first week; `0/from` its first day. */
export type WeekField = `${number}/${number | 'from' | 'to'}`;

/** The hours of a form as the server wants them, or the problems of its inputs. */
export function hoursOfWeeks(weeks: readonly WeekHours[]): {
  readonly hours: readonly HoursText[];
  /** The input that each of `hours` was typed into. */
  readonly sources: readonly WeekField[];
  readonly problems: Readonly<Partial<Record<WeekField, string>>>;
} {
  const hours: HoursText[] = [];
  const sources: WeekField[] = [];
  const problems: Partial<Record<WeekField, string>> = {};
  for (const [index, { validFrom, validTo, days }] of weeks.entries()) {
    for (const [day, text] of days.entries()) {
      const read = readDay(text);
      if (!read.ok) {
        problems[`${index}/${day}`] = read.message;
        continue;
      }
      for (const { from, to } of read.periods) {
        hours.push({ weekday: day + 1, from, to, valid_from: validFrom || null, valid_to: validTo || null });
        sources.push(`${index}/${day}`);
      }
    }
  }
  return { hours, sources, problems };
}

/** Maps the server's or the parser's problems to the inputs. */
export function problemsOfWeeks(
  problems: readonly Pick<ProblemDetail, 'pointer' | 'message'>[],
  sources: readonly WeekField[],
): Readonly<Partial<Record<WeekField, string>>> {
  const found: Partial<Record<WeekField, string>> = {};
  for (const { pointer, message } of problems) {
    const [, index, member] = /^\/hours\/(\d+)(?:\/(\w+))?$/.exec(pointer) ?? [];
    const source = index === undefined ? undefined : sources[Number(index)];
    if (source === undefined) continue;
    const [week] = source.split('/');
    const field =
      member === 'valid_from' || member === 'valid_to'
        ? (`${Number(week)}/${member === 'valid_from' ? 'from' : 'to'}` as const)
        : source;
    found[field] ??= message;
  }
  return found;
}
