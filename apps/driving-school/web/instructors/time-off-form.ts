/** The form of time off. Pure. */
import type { TimeOffCreate } from '../../contract/instructors.ts';
import { clockText } from '../../contract/local-time.ts';
import { addDays, parseCalendarDay } from '../../contract/parsers.ts';
import type { FieldProblems } from '../platform/submission.ts';
import { readClock } from './week-hours.ts';

/** The inputs. */
export interface TimeOffForm {
  readonly fromDay: string;
  /** Empty: the same day as the first. */
  readonly toDay: string;
  readonly wholeDays: boolean;
  readonly fromTime: string;
  readonly toTime: string;
  readonly reason: string;
}

export type TimeOffField = 'fromDay' | 'toDay' | 'fromTime' | 'toTime' | 'reason';

/** The problems of the form, by input. */
export function timeOffProblems(form: TimeOffForm): FieldProblems<TimeOffField> {
  const from = parseCalendarDay(form.fromDay);
  const to = parseCalendarDay(lastDayOf(form));
  const times = form.wholeDays ? [0, 0] : [readClock(form.fromTime), readClock(form.toTime)];
  const [fromMinute, toMinute] = times;
  const isReversed = from.ok && to.ok && to.value < from.value;
  const isSameDay = from.ok && to.ok && to.value === from.value;
  return {
    fromDay: from.ok ? undefined : from.message,
    toDay: !to.ok && form.toDay !== '' ? to.message : isReversed ? 'The last day is before the first.' : undefined,
    fromTime: fromMinute === undefined || fromMinute === 1_440 ? 'Enter a time, such as 13:00.' : undefined,
    toTime:
      toMinute === undefined
        ? 'Enter a time, such as 17:00.'
        : !form.wholeDays && isSameDay && fromMinute !== undefined && toMinute <= fromMinute
          ? 'The end must be after the beginning.'
          : undefined,
  };
}

/** The request of a form without problems. */
export function timeOffRequest(form: TimeOffForm): TimeOffCreate {
  const [fromDay, toDay] = [form.fromDay, lastDayOf(form)];
  const reason = form.reason.trim() === '' ? null : form.reason.trim();
  if (form.wholeDays) return { from: fromDay, to: toDay, reason };
  const toMinute = readClock(form.toTime) ?? 0;
  return {
    from: `${fromDay}T${clockText(readClock(form.fromTime) ?? 0)}`,
    // There is no 24:00 in a time with a day.
    to: toMinute === 1_440 ? `${addDays(toDay, 1)}T00:00` : `${toDay}T${clockText(toMinute)}`,
    reason,
  };
}

function lastDayOf({ fromDay, toDay }: TimeOffForm): string {
  return toDay === '' ? fromDay : toDay;
}
