import { hoursSummary, weeklyMinutes } from '../../contract/instructor-hours.ts';
import {
  contractStateOn,
  type Instructor,
  type InstructorSummary,
  type LessonTime,
  licenceStateOn,
} from '../../contract/instructors.ts';
import { instructorFields } from '../../contract/instructor-fields.ts';
import { listedFields } from '../../contract/fields.ts';
import { localStart } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { BookedLesson } from '../platform/lesson-hooks.ts';
import type { Actor } from '../../contract/session.ts';
import type { InstructorRecord } from './instructor-repository.ts';

/** Whether a user may see an instructor: owner and office see all, instructors themselves. */
export function maySeeInstructor({ role, userId }: Actor, id: string): boolean {
  return role === 'owner' || role === 'office' || (role === 'instructor' && userId === id);
}

/** The dates whose change can break lessons that are booked already. */
export const dateNames = ['licence_expires_on', 'contract_from', 'contract_to'] as const;

/** Whether a merge patch contains a date that decides about bookings. */
export function changesDates(patch: Readonly<Record<string, unknown>>): boolean {
  return dateNames.some((name) => Object.hasOwn(patch, name));
}

/** A row of the list. @param today the school's calendar day */
export function summaryOf(record: InstructorRecord, today: CalendarDay): InstructorSummary {
  return { id: record.id, ...listedFields(instructorFields, record.fields), ...derivedOf(record, today) };
}

/** An instructor as answered. @param today the school's calendar day */
export function answerOf(record: InstructorRecord, today: CalendarDay): Instructor {
  return { id: record.id, ...record.fields, ...derivedOf(record, today), version: record.version };
}

function derivedOf({ email, disabled, fields, hours }: InstructorRecord, today: CalendarDay) {
  return {
    email,
    status: disabled ? ('disabled' as const) : ('active' as const),
    licence_state: licenceStateOn(fields.licence_expires_on, today),
    contract_state: contractStateOn(fields, today),
    hours_summary: hoursSummary(hours, today),
    weekly_minutes: weeklyMinutes(hours, today),
  };
}

/** When a booked lesson begins, as answered. */
export function timeOf({ id, starts_at, local_date, time_zone }: BookedLesson): LessonTime {
  return {
    id,
    starts_at: new Date(starts_at).toISOString(),
    local_start: localStart(starts_at, time_zone),
    local_date,
  };
}
