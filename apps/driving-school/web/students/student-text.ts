import { orderedDate } from '../../contract/student-dates.ts';
import { ageInYears, type CalendarDay } from '../../contract/parsers.ts';
import { studentFields } from '../../contract/student-fields.ts';
import type { Student, StudentSummary } from '../../contract/students.ts';

/** The name for addressing the student, with the preferred name: `Zo Tremblay`. */
export function spokenName(
  student: Pick<Student, 'legal_given_names' | 'legal_family_name' | 'preferred_name'>,
): string {
  const given = student.preferred_name ?? student.legal_given_names;
  return given === null ? student.legal_family_name : `${given} ${student.legal_family_name}`;
}

/** The name on the licence: `Zoé Marie Tremblay`. */
export function legalName(student: Pick<Student, 'legal_given_names' | 'legal_family_name'>): string {
  return student.legal_given_names === null
    ? student.legal_family_name
    : `${student.legal_given_names} ${student.legal_family_name}`;
}

/** Formats a calendar day: `Mar 9, 2008`. */
export function dayText(day: CalendarDay): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** A birth date with the age: `Mar 9, 2008 (18 years)`. */
export function birthText(bornOn: CalendarDay, today: CalendarDay): string {
  const years = ageInYears(bornOn, today);
  return `${dayText(bornOn)} (${years === 1 ? '1 year' : `${years} years`})`;
}

/** The calendar day of an instant in the browser's time zone. */
export function todayHere(now: Date): CalendarDay {
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Normalizes a typed date with the year first: `20080309` or `2008/3/9` becomes `2008-03-09`. */
export function tidyDate(text: string): string {
  return orderedDate(text);
}

/** The number of students found, for the line above the list and for screen readers. */
export function countText({
  count,
  total,
  more,
  complete,
  searched,
}: {
  count: number;
  /** The number on all pages, if known. */
  total: number | null;
  more: boolean;
  complete: boolean;
  searched: boolean;
}): string {
  if (count === 0) return complete ? 'No students' : 'No copies';
  if (!complete) return `${count} ${count === 1 ? 'copy' : 'copies'} found. There may be more students.`;
  const shown = count.toLocaleString('en-CA');
  const all = (total ?? count).toLocaleString('en-CA');
  const noun = (total ?? count) === 1 ? 'student' : 'students';
  if (more) return total === null ? `First ${shown} students` : `First ${shown} of ${all} ${noun}`;
  return searched ? `${all} ${noun} found` : `${all} ${noun}`;
}

/** The label of a licence class. */
export function licenceClassText(licenceClass: StudentSummary['licence_class']): string {
  return studentFields.licence_class.options[licenceClass];
}

/** The lines of an address, as on an envelope, without empty ones. */
export function addressLines(address: Student['address']): string[] {
  if (address === null) return [];
  const town = [address.city, address.province].filter((part) => part !== null).join(' ');
  return [address.street, [town, address.postal_code].filter((part) => part !== null && part !== '').join('  ')].filter(
    (line): line is string => line !== null && line !== '',
  );
}
