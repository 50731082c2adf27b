/** The address of a calendar view: everything that a link, a reload or the Back button must restore. */
import { addDays, type CalendarDay } from '../../contract/parsers.ts';
import { weekdayOf } from '../../contract/local-time.ts';

/** A view of the calendar. */
export interface CalendarView {
  readonly view: 'day' | 'week';
  /** Columns of a day. A week always shows one instructor. */
  readonly by: 'instructor' | 'vehicle';
  readonly date: CalendarDay;
  /** An instructor's ID: of a week, or of the column that a narrow screen shows. Empty: the first. */
  readonly instructorId: string;
  /** A location's ID; empty for all. */
  readonly locationId: string;
}

const dayPattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const idPattern = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

/** Reads the view in an address. Invalid parts count as omitted. @param today the default date */
export function viewOf(query: URLSearchParams, today: CalendarDay): CalendarView {
  const id = (name: string): string => {
    const text = query.get(name) ?? '';
    return idPattern.test(text) ? text : '';
  };
  const date = query.get('date') ?? '';
  return {
    view: query.get('view') === 'week' ? 'week' : 'day',
    by: query.get('by') === 'vehicle' ? 'vehicle' : 'instructor',
    date: isDay(date) ? date : today,
    instructorId: id('instructor'),
    locationId: id('location'),
  };
}

/** The address of a view. Always has view and date, so that a bookmark shows the same day later. */
export function addressOf({ view, by, date, instructorId, locationId }: CalendarView): string {
  const query = new URLSearchParams({ view });
  if (view === 'day') query.set('by', by);
  query.set('date', date);
  if (instructorId !== '') query.set('instructor', instructorId);
  if (locationId !== '') query.set('location', locationId);
  return `/calendar?${query.toString()}`;
}

/** The days of a view: one, or Monday to Sunday of its week. */
export function daysOf({ view, date }: Pick<CalendarView, 'view' | 'date'>): CalendarDay[] {
  if (view === 'day') return [date];
  const monday = addDays(date, 1 - weekdayOf(date));
  return Array.from({ length: 7 }, (_, day) => addDays(monday, day));
}

/** The view of the next or the previous day or week. */
export function steppedView(view: CalendarView, steps: number): CalendarView {
  return { ...view, date: addDays(view.date, steps * (view.view === 'week' ? 7 : 1)) };
}

/** Whether a text is a calendar day that exists. */
export function isDay(text: string): text is CalendarDay {
  return dayPattern.test(text) && new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10) === text;
}
