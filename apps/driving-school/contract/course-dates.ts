/** The arithmetic of a course's dates. Pure and without Zod: the pages show the deadline before it is saved. */
import { addDays, addYears, type CalendarDay } from './parsers.ts';

/**
 * The last day on which lessons of a BDE course count: the day before the first anniversary of its first day. The
 * anniversary of 29 February is 28 February in common years.
 */
export function courseDeadline(startedOn: CalendarDay): CalendarDay {
  return addDays(addYears(startedOn, 1), -1);
}

/** Days from one calendar day to another; negative when it lies before. */
export function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** Days before a deadline from which it is shown as near, and from which as urgent. */
export const deadlineWarningDays = { near: 60, urgent: 14 } as const;
