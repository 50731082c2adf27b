import { listedFields, mergePatch } from '../../contract/fields.ts';
import { addDays, addYears, ageInYears, type CalendarDay, isOntarioPostalCode } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { studentFields } from '../../contract/student-fields.ts';
import type { Student, StudentFields, StudentSort, StudentSummary, Warning } from '../../contract/students.ts';
import type { ListPosition } from '../platform/http/list-cursor.ts';
import { plainWords } from '../platform/search-words.ts';

/** A student and their school. Only `student` is sent to users with permission. */
export interface StudentRecord {
  readonly schoolId: string;
  readonly student: Student;
}

/** A record and the time it was requested from the database: the data is never older. */
export interface DatedStudent extends StudentRecord {
  readonly asOf: Temporal.Instant;
}

/** A student, live or from a copy. */
export interface StudentReading {
  readonly student: Student;
  readonly asOf: Temporal.Instant;
  /** True for a copy. */
  readonly stale: boolean;
  /** When an operator's isolation of the database ends, ISO 8601; present only if a copy is returned for that reason. */
  readonly isolatedUntil?: string;
}

/** The data that decides who may see a student. */
export interface StudentAccess {
  readonly schoolId: string;
  readonly instructorId: string | null;
}

/**
 * Whether a user may see a student: owner and office see all of their school, instructors those assigned to them. Live,
 * instructors also see whom they teach about now; see `StudentAccessReader`.
 */
export function maySee(actor: Actor, { schoolId, instructorId }: StudentAccess): boolean {
  if (actor.schoolId !== schoolId) return false;
  if (mayChange(actor)) return true;
  return actor.role === 'instructor' && instructorId === actor.userId;
}

/** Whether a user may see this record. */
export function isVisible(actor: Actor, { schoolId, student }: StudentRecord): boolean {
  return maySee(actor, { schoolId, instructorId: student.instructor_id });
}

/** Whether a user may change students. */
export function mayChange(actor: Actor): boolean {
  return actor.role === 'owner' || actor.role === 'office';
}

/** The students that a user may list: all of the school, or those of one instructor. Undefined: none. */
export function visiblePart(actor: Actor): { readonly schoolId: string; readonly instructorId?: string } | undefined {
  if (mayChange(actor)) return { schoolId: actor.schoolId };
  return actor.role === 'instructor' ? { schoolId: actor.schoolId, instructorId: actor.userId } : undefined;
}

/** Creates a row of the list. */
export function summaryOf(student: Student): StudentSummary {
  const { id, status, instructor_name, updated_at } = student;
  return {
    id,
    display_name: displayName(student),
    ...listedFields(studentFields, student),
    status,
    instructor_name,
    updated_at,
  };
}

/** `Tremblay, Zoé`, or the only name. */
export function displayName({
  legal_family_name,
  legal_given_names,
}: Pick<StudentFields, 'legal_family_name' | 'legal_given_names'>): string {
  return legal_given_names === null ? legal_family_name : `${legal_family_name}, ${legal_given_names}`;
}

/**
 * Applies a JSON merge patch to a record; `parseStudent` must parse the result. Clearing the day on which the card was
 * seen also clears the name; a new phone number drops the old extension.
 */
export function patched(student: Student, patch: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mergePatch(
    studentFields,
    {
      ...student,
      ...(Object.hasOwn(patch, 'phone') ? { phone_extension: null } : {}),
      ...(patch['licence_sighted_on'] === null ? { licence_sighted_by: null } : {}),
    },
    patch,
  );
}

/** Days before a licence expires in which there is a warning: road tests are booked weeks ahead. */
const expiresSoonDays = 60;
/** Minimum age for a G1 licence (Ontario's graduated licensing). */
const licenceAgeMin = 16;
/** Age of majority in Ontario. */
const fullAge = 18;

type CheckedFields = Pick<
  StudentFields,
  | 'birth_date'
  | 'legal_family_name'
  | 'licence_number'
  | 'licence_class'
  | 'licence_issued_on'
  | 'licence_expires_on'
  | 'licence_sighted_on'
  | 'address'
>;

/**
 * Lists what a user should check on a record. A warning does not prevent saving. No message contains a digit of the
 * licence number or the birth date.
 *
 * @param fields with the full licence number, if there is one
 */
export function warningsFor(fields: CheckedFields, today: CalendarDay): Warning[] {
  const { birth_date: bornOn, address } = fields;
  const warnings: Warning[] = [...licenceNumberWarnings(fields), ...licenceDateWarnings(fields, today)];
  const age = ageInYears(bornOn, today);
  if (age < licenceAgeMin) {
    warnings.push({
      field: 'birth_date',
      code: 'under_16',
      message: 'Younger than 16: in-car lessons must wait until the 16th birthday.',
    });
  } else if (age < fullAge) {
    warnings.push({
      field: 'birth_date',
      code: 'under_18',
      message: 'Younger than 18: a guardian must sign the contract.',
    });
  }
  if (
    address?.postal_code !== null &&
    address?.postal_code !== undefined &&
    !isOntarioPostalCode(address.postal_code)
  ) {
    warnings.push({
      field: 'address.postal_code',
      code: 'outside_ontario',
      message: 'This postal code is not in Ontario. Check that it is correct.',
    });
  }
  return warnings;
}

/** Compares the number with name and birth date, unless someone has seen the card. */
function licenceNumberWarnings(fields: CheckedFields): Warning[] {
  const {
    licence_number: number,
    licence_sighted_on: sightedOn,
    legal_family_name: familyName,
    birth_date: bornOn,
  } = fields;
  if (number === null || sightedOn !== null) return [];
  const warnings: Warning[] = [];
  const letter = plainWords(familyName)[0]?.[0]?.toUpperCase();
  // Not compared for names in other scripts: the ministry's transliteration is unknown.
  if (letter !== undefined && /[A-Z]/.test(letter) && letter !== number[0]) {
    warnings.push({
      field: 'licence_number',
      code: 'licence_letter_differs',
      message:
        'A licence number usually begins with the first letter of the family name, but this one does not. Check the ' +
        'card. The name may have changed.',
    });
  }
  if (!licenceNumberFitsBirthDate(number, bornOn)) {
    warnings.push({
      field: 'licence_number',
      code: 'licence_birth_date_differs',
      message: 'The end of the licence number does not match the birth date. Check both against the card.',
    });
  }
  return warnings;
}

function licenceDateWarnings(fields: CheckedFields, today: CalendarDay): Warning[] {
  const { birth_date: bornOn, licence_class, licence_issued_on: issuedOn, licence_expires_on: expiresOn } = fields;
  const warnings: Warning[] = [];
  if (expiresOn !== null && expiresOn < today) {
    warnings.push({ field: 'licence_expires_on', code: 'licence_expired', message: 'The licence has expired.' });
  } else if (expiresOn !== null && expiresOn <= addDays(today, expiresSoonDays)) {
    warnings.push({
      field: 'licence_expires_on',
      code: 'licence_expires_soon',
      message: `The licence expires within ${expiresSoonDays} days. Lessons and road tests require a valid licence.`,
    });
  }
  if (issuedOn !== null && issuedOn < addYears(bornOn, licenceAgeMin)) {
    warnings.push({
      field: 'licence_issued_on',
      code: 'licence_issued_before_16',
      message: 'The licence was issued before the 16th birthday. Check both dates.',
    });
  }
  if (licence_class === 'none' && (fields.licence_number !== null || issuedOn !== null || expiresOn !== null)) {
    warnings.push({
      field: 'licence_class',
      code: 'licence_class_missing',
      message: 'Choose the class of the licence.',
    });
  }
  return warnings;
}

/** The last six digits are year, month and day of birth; 50 may have been added to the month. */
function licenceNumberFitsBirthDate(number: string, bornOn: CalendarDay): boolean {
  const digits = number.replaceAll('-', '').slice(-6);
  const month = Number(digits.slice(2, 4));
  const encoded = `${digits.slice(0, 2)}${String(month > 50 ? month - 50 : month).padStart(2, '0')}${digits.slice(4)}`;
  return encoded === bornOn.slice(2).replaceAll('-', '');
}

/** The position of a student in a sorted list of copies. */
export function positionOf(student: Student, sort: StudentSort): ListPosition {
  const keys = { name: sortNameOf(student), updated: student.updated_at, created: student.created_at };
  return { key: keys[sort], id: student.id };
}

/** The sort key of the list: family name, then given names, in lower case without accents and punctuation. */
export function sortNameOf(fields: Pick<StudentFields, 'legal_family_name' | 'legal_given_names'>): string {
  const family = plainWords(fields.legal_family_name).join(' ');
  const given = plainWords(fields.legal_given_names ?? '').join(' ');
  // U+0001 sorts before a space, so "Le" with any given name comes before "Le Blanc".
  return `${family}\u0001${given}`;
}
