/** Ontario's public holidays (Employment Standards Act, 2000), computed. */
import { addDays, type CalendarDay } from './parsers.ts';

/** A public holiday. */
export interface Holiday {
  readonly day: CalendarDay;
  readonly name: string;
}

/** The years for which holidays can be computed: Family Day was introduced in 2008. */
export const holidayYearMin = 2008;
export const holidayYearMax = 2199;

/**
 * The nine public holidays of a year, in the order of the calendar, on their own days: a school that gives another day
 * off for a holiday on a weekend adds that day itself. Easter Monday, the Civic Holiday in August and the National Day
 * for Truth and Reconciliation are not public holidays in Ontario.
 */
export function ontarioHolidays(year: number): Holiday[] {
  return [
    { day: dayOf(year, 1, 1), name: 'New Year’s Day' },
    { day: nthMonday(year, 2, 3), name: 'Family Day' },
    { day: addDays(easterSunday(year), -2), name: 'Good Friday' },
    { day: lastMondayBefore(dayOf(year, 5, 25)), name: 'Victoria Day' },
    { day: dayOf(year, 7, 1), name: 'Canada Day' },
    { day: nthMonday(year, 9, 1), name: 'Labour Day' },
    { day: nthMonday(year, 10, 2), name: 'Thanksgiving' },
    { day: dayOf(year, 12, 25), name: 'Christmas Day' },
    { day: dayOf(year, 12, 26), name: 'Boxing Day' },
  ];
}

/** Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher). */
export function easterSunday(year: number): CalendarDay {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const yearOfCentury = year % 100;
  // The age of the moon, corrected for skipped leap days and for the drift of the moon's cycle.
  const correction = century - Math.floor(century / 4) - Math.floor((8 * century + 13) / 25);
  const epact = (correction + 19 * golden + 15) % 30;
  const moon = epact - Math.floor((golden + 11 * epact) / 319);
  const sunday = (2 * (century % 4) + 2 * Math.floor(yearOfCentury / 4) + 32 - (yearOfCentury % 4) - moon) % 7;
  const month = Math.floor((moon + sunday + 90) / 25);
  return dayOf(year, month, (moon + sunday + month + 19) % 32);
}

/** A Monday of a month. @param nth 1 is the first */
function nthMonday(year: number, month: number, nth: number): CalendarDay {
  const first = dayOf(year, month, 1);
  return addDays(first, ((8 - weekdayOf(first)) % 7) + (nth - 1) * 7);
}

function lastMondayBefore(day: CalendarDay): CalendarDay {
  // A Monday itself is replaced by the Monday before it.
  return addDays(day, -(((weekdayOf(day) + 5) % 7) + 1));
}

/** 1 is Monday, 7 Sunday. */
function weekdayOf(day: CalendarDay): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

function dayOf(year: number, month: number, day: number): CalendarDay {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
