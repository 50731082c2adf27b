import { timeOffDaysMax } from '../../contract/instructors.ts';
import { dayBounds, parseTime } from '../../contract/local-time.ts';
import { parseCalendarDay } from '../../contract/parsers.ts';
import type { ProblemDetail } from '../../contract/problem.ts';
import { InstructorInvalidError, TimeOffClockChangeError } from './instructor-errors.ts';

const dayMs = 24 * 60 * 60_000;

/** A period [from, to), in milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/**
 * Parses the period of a request. A calendar day alone means the whole day: as `to`, its end.
 *
 * @param zone of the school's first location, for times without offset
 * @throws InstructorInvalidError; TimeOffClockChangeError for a time at which the clock changes
 */
export function parsePeriod(texts: { readonly from: string; readonly to: string }, zone: string): Period {
  const problems: ProblemDetail[] = [];
  const read = (name: 'from' | 'to'): number => {
    const text = texts[name].trim();
    if (/^\d{4}-\d\d-\d\d$/.test(text)) {
      const day = parseCalendarDay(text);
      if (day.ok) return dayBounds(day.value, zone)[name];
      problems.push({ pointer: `/${name}`, code: day.code, message: day.message });
      return Number.NaN;
    }
    const time = parseTime(text, zone);
    if (time.ok) return time.epochMs;
    if (time.code === 'time_ambiguous') throw new TimeOffClockChangeError(`/${name}`, { choices: time.choices });
    if (time.code === 'time_does_not_exist') throw new TimeOffClockChangeError(`/${name}`, { nearest: time.nearest });
    const message = 'Enter a day, such as 2026-03-09, or a day and a time, such as 2026-03-09T13:00.';
    problems.push({ pointer: `/${name}`, code: time.code, message });
    return Number.NaN;
  };
  const period = { from: read('from'), to: read('to') };
  if (period.to <= period.from) {
    problems.push({ pointer: '/to', code: 'before_start', message: 'The end must be after the beginning.' });
  } else if (period.to - period.from > timeOffDaysMax * dayMs) {
    problems.push({
      pointer: '/to',
      code: 'too_long',
      message: 'Enter at most two years. For someone who has left, end the contract instead.',
    });
  }
  if (problems.length > 0) throw new InstructorInvalidError(problems);
  return period;
}
