import type { CalendarDay } from '../contract/parsers.ts';

/** Formats a calendar day with its weekday: `Mon, Mar 9, 2026`. */
export function weekdayText(day: CalendarDay): string {
  return new Intl.DateTimeFormat('en-US', {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${day}T00:00:00Z`));
}

/** Formats a calendar day: `Mar 9, 2026`. */
export function dayText(day: CalendarDay): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** Formats a wall time such as `2026-03-09T09:00`: `Mon, Mar 9, 2026, 09:00`. */
export function wallTimeText(localTime: string): string {
  return `${weekdayText(localTime.slice(0, 10))}, ${localTime.slice(11, 16)}`;
}

/** The calendar day of an instant in the browser's time zone. */
export function browserDay(instant: string): CalendarDay {
  const date = new Date(instant);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
