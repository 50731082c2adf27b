/** Weekly working hours: as text in requests, in minutes inside. Pure, so that pages and server agree. */
import type { WorkingHours } from './booking/world.ts';
import { isObject } from './fields.ts';
import { clockText, parseClock } from './local-time.ts';
import { type CalendarDay, parseCalendarDay } from './parsers.ts';
import type { ProblemDetail } from './problem.ts';

export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** The most periods of one instructor: several a day, with different ones in summer. */
export const hoursCountMax = 200;

/** One period of working hours in requests and answers. */
export interface HoursText {
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  readonly from: string;
  /** Up to `24:00`. */
  readonly to: string;
  /** Days on which the hours hold, both included; null is open. */
  readonly valid_from: CalendarDay | null;
  readonly valid_to: CalendarDay | null;
}

/** Parsed hours in the order of the week, or all problems with their pointers. */
export type ParsedHours =
  | { readonly ok: true; readonly hours: readonly WorkingHours[] }
  | { readonly ok: false; readonly problems: readonly ProblemDetail[] };

/** The name of a weekday. @param weekday 1 is Monday, 7 Sunday */
export function weekdayName(weekday: number): string {
  return weekdayNames[weekday - 1] ?? '';
}

/** Formats hours for answers. */
export function hoursText({ weekday, from_minute, to_minute, valid_from, valid_to }: WorkingHours): HoursText {
  return { weekday, from: clockText(from_minute), to: clockText(to_minute), valid_from, valid_to };
}

/**
 * Parses the body of `PUT /api/instructors/{id}/hours`. Of two periods that overlap, the problem points to the second.
 *
 * @param body `{"hours":[{"weekday":1,"from":"08:00","to":"18:00"}]}`
 */
export function parseHours(body: unknown): ParsedHours {
  const problems: ProblemDetail[] = [];
  const list = isObject(body) ? body['hours'] : undefined;
  if (!Array.isArray(list)) {
    return no({ pointer: '/hours', code: 'wrong_type', message: 'Send a list of hours, which may be empty.' });
  }
  if (list.length > hoursCountMax) {
    return no({ pointer: '/hours', code: 'too_many', message: `Send at most ${hoursCountMax} periods.` });
  }
  const unknown = isObject(body) ? Object.keys(body).find((name) => name !== 'hours') : undefined;
  if (unknown !== undefined) problems.push(unknownField('', unknown));
  const parsed: (WorkingHours & { readonly index: number })[] = [];
  for (const [index, entry] of list.entries()) {
    const read = parsePeriod(entry, `/hours/${index}`);
    problems.push(...read.problems);
    if (read.hours === undefined) continue;
    const { hours } = read;
    const earlier = parsed.find((other) => overlap(other, hours));
    if (earlier !== undefined) {
      problems.push({
        pointer: `/hours/${index}`,
        code: 'overlaps',
        message: `${periodText(hours)} overlaps ${periodText(earlier)}. Change one of them, or remove it.`,
      });
    }
    parsed.push({ ...hours, index });
  }
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, 50) };
  return { ok: true, hours: parsed.map(({ index: _, ...hours }) => hours).toSorted(inWeekOrder) };
}

/** Whether two periods overlap on some day. Periods that touch do not. */
export function overlap(one: WorkingHours, other: WorkingHours): boolean {
  return (
    one.weekday === other.weekday &&
    one.from_minute < other.to_minute &&
    other.from_minute < one.to_minute &&
    (one.valid_from ?? '') <= (other.valid_to ?? '9999') &&
    (other.valid_from ?? '') <= (one.valid_to ?? '9999')
  );
}

/** Working minutes in a week with a day: the hours that hold on that day. */
export function weeklyMinutes(hours: readonly WorkingHours[], day: CalendarDay): number {
  return hoursOn(hours, day).reduce((sum, { from_minute, to_minute }) => sum + to_minute - from_minute, 0);
}

/** Summarises the hours that hold on a day: `Mon–Thu 09:00–17:00, Fri 09:00–12:00`. Empty text: no hours. */
export function hoursSummary(hours: readonly WorkingHours[], day: CalendarDay): string {
  const current = hoursOn(hours, day);
  const days = weekdayNames.map((name, index) => ({
    name: name.slice(0, 3),
    text: current
      .filter(({ weekday }) => weekday === index + 1)
      .toSorted(inWeekOrder)
      .map(({ from_minute, to_minute }) => `${clockText(from_minute)}–${clockText(to_minute)}`)
      .join(' & '),
  }));
  const runs: { first: string; last: string; text: string; count: number }[] = [];
  let before = '';
  for (const { name, text } of days) {
    const run = runs.at(-1);
    if (text !== '' && text === before && run !== undefined) {
      run.last = name;
      run.count += 1;
    } else if (text !== '') runs.push({ first: name, last: name, text, count: 1 });
    before = text;
  }
  return runs.map(({ first, last, text, count }) => `${count === 1 ? first : `${first}–${last}`} ${text}`).join(', ');
}

function hoursOn(hours: readonly WorkingHours[], day: CalendarDay): readonly WorkingHours[] {
  return hours.filter(
    ({ valid_from: from, valid_to: to }) => (from === null || from <= day) && (to === null || day <= to),
  );
}

function inWeekOrder(one: WorkingHours, other: WorkingHours): number {
  return (
    one.weekday - other.weekday ||
    one.from_minute - other.from_minute ||
    ((one.valid_from ?? '') < (other.valid_from ?? '') ? -1 : 1)
  );
}

const members: ReadonlySet<string> = new Set(['weekday', 'from', 'to', 'valid_from', 'valid_to']);

function parsePeriod(
  entry: unknown,
  pointer: string,
): { readonly hours?: WorkingHours; readonly problems: readonly ProblemDetail[] } {
  if (!isObject(entry)) {
    return { problems: [{ pointer, code: 'wrong_type', message: 'Send an object with weekday, from and to.' }] };
  }
  const problems: ProblemDetail[] = [];
  const report = (member: string, code: string, message: string): void => {
    problems.push({ pointer: `${pointer}/${member}`, code, message });
  };
  const unknown = Object.keys(entry).find((name) => !members.has(name));
  if (unknown !== undefined) problems.push(unknownField(pointer, unknown));
  const { weekday } = entry;
  const isWeekday = typeof weekday === 'number' && Number.isInteger(weekday) && weekday >= 1 && weekday <= 7;
  if (!isWeekday) report('weekday', 'weekday', 'Send 1 for Monday to 7 for Sunday.');
  const from = clockOf(entry['from']);
  const to = clockOf(entry['to']);
  if (from === undefined || from === 1_440) report('from', 'time_format', 'Enter a time from 00:00 to 23:59.');
  if (to === undefined) report('to', 'time_format', 'Enter a time up to 24:00.');
  if (from !== undefined && to !== undefined && to <= from) {
    report('to', 'before_start', 'The end must be after the beginning. For hours over midnight, use two days.');
  }
  const dayOf = (member: 'valid_from' | 'valid_to'): CalendarDay | null => {
    const value = entry[member];
    if (value === undefined || value === null || value === '') return null;
    const parsed = typeof value === 'string' ? parseCalendarDay(value) : undefined;
    if (parsed?.ok === true) return parsed.value;
    report(member, parsed?.code ?? 'wrong_type', parsed?.message ?? 'Send a calendar day or null.');
    return null;
  };
  const valid_from = dayOf('valid_from');
  const valid_to = dayOf('valid_to');
  if (valid_from !== null && valid_to !== null && valid_to < valid_from) {
    report('valid_to', 'before_start', 'The last day is before the first.');
  }
  if (problems.length > 0 || !isWeekday || from === undefined || to === undefined) return { problems };
  return { hours: { weekday, from_minute: from, to_minute: to, valid_from, valid_to }, problems };
}

function clockOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseClock(value.trim()) : undefined;
}

function periodText({ weekday, from_minute, to_minute }: WorkingHours): string {
  return `${weekdayName(weekday)} ${clockText(from_minute)}–${clockText(to_minute)}`;
}

function unknownField(pointer: string, name: string): ProblemDetail {
  const step = name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
  return { pointer: `${pointer}/${step}`, code: 'unknown_field', message: 'This field cannot be set.' };
}

function no(problem: ProblemDetail): ParsedHours {
  return { ok: false, problems: [problem] };
}
