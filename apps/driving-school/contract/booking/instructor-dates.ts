import type { CalendarDay } from '../parsers.ts';
import type { InstructorFacts } from './world.ts';

/** The dates of an instructor that decide on which days lessons can be booked. */
export type InstructorDates = Pick<InstructorFacts, 'licence_expires_on' | 'contract_from' | 'contract_to'>;

/** Whether the instructor's licence is valid on a day. As the rule `instructor_licence`; a test compares the two. */
export function isLicensedOn({ licence_expires_on: on }: InstructorDates, day: CalendarDay): boolean {
  return on !== null && day <= on;
}

/** Whether a day is within the contract. As the rule `instructor_contract` for an enabled user; a test compares the two. */
export function isUnderContractOn(
  { contract_from: from, contract_to: to }: InstructorDates,
  day: CalendarDay,
): boolean {
  return (from === null || from <= day) && (to === null || day <= to);
}

/** The lessons that the hard rules about the instructor's dates would refuse, in their order. */
export function lessonsBrokenBy<L extends { readonly local_date: CalendarDay }>(
  dates: InstructorDates,
  lessons: readonly L[],
): L[] {
  return lessons.filter(({ local_date: day }) => !isLicensedOn(dates, day) || !isUnderContractOn(dates, day));
}
