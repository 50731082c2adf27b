import {
  addDays,
  addYears,
  ageInYears,
  type CalendarDay,
  isOntarioPostalCode,
  type Student,
  type StudentFields,
  studentFieldNames,
  type StudentSort,
  type StudentSummary,
  type Warning,
} from '../../contract/students.ts';
import type { Actor } from '../../contract/session.ts';
import type { ListPosition } from './list-cursor.ts';

/** A student and whose. `student` is what may leave the server; nothing in it is more than the person may know. */
export interface StudentRecord {
  readonly schoolId: string;
  readonly student: Student;
}

/** A record and the instant at which it was asked for, so never newer than what it says. */
export interface DatedStudent extends StudentRecord {
  readonly asOf: Temporal.Instant;
}

/** What decides who may see a student. */
export interface StudentAccess {
  readonly schoolId: string;
  readonly instructorId: string | null;
}

/** Whether somebody may see a student: owner and office all of their school, instructors those assigned to them. */
export function maySee(actor: Actor, { schoolId, instructorId }: StudentAccess): boolean {
  if (actor.schoolId !== schoolId) return false;
  if (actor.role === 'owner' || actor.role === 'office') return true;
  return actor.role === 'instructor' && instructorId === actor.userId;
}

/** Whether somebody may see students at all, and change them. */
export function mayChange(actor: Actor): boolean {
  return actor.role === 'owner' || actor.role === 'office';
}

/** The part of the school's students that somebody may list: all, or those of one instructor. `undefined` for none. */
export function visiblePart(actor: Actor): { readonly schoolId: string; readonly instructorId?: string } | undefined {
  if (mayChange(actor)) return { schoolId: actor.schoolId };
  return actor.role === 'instructor' ? { schoolId: actor.schoolId, instructorId: actor.userId } : undefined;
}

/** One line of the list. */
export function summaryOf(student: Student): StudentSummary {
  const { id, preferred_name, phone, licence_class, status, birth_date, instructor_name, updated_at } = student;
  return {
    id,
    display_name: displayName(student),
    preferred_name,
    phone,
    licence_class,
    status,
    birth_date,
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
 * What the record will be after a JSON merge patch (RFC 7396), before it is judged: still untrusted, to be read by
 * `parseStudent`. The licence number is there only if the patch has it. A new phone number drops the old extension.
 */
export function patched(student: Student, patch: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const current = student as Readonly<Record<string, unknown>>;
  const merged: Record<string, unknown> = {};
  for (const name of studentFieldNames) if (Object.hasOwn(current, name)) merged[name] = current[name];
  if (Object.hasOwn(patch, 'phone')) merged['phone_extension'] = null;
  if (Object.hasOwn(patch, 'licence_sighted_on') && patch['licence_sighted_on'] === null) {
    merged['licence_sighted_by'] = null;
  }
  for (const [name, value] of Object.entries(patch)) {
    const { address } = student;
    merged[name] = name === 'address' && isPlainObject(value) ? { ...address, ...value } : value;
  }
  return merged;
}

/** A licence is worth a word this long before it ends: a road test is booked weeks ahead. */
const expiresSoonDays = 60;
/** G1 is given from this age on (Ontario's graduated licensing). */
const licenceAgeMin = 16;
/** From this age on people sign for themselves in Ontario. */
const fullAge = 18;

type Judged = Pick<
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
 * What somebody should look at. Nothing here stops a record from being saved: names change, cards differ, people move.
 * No message holds a digit of the licence number or the birth date.
 *
 * @param fields with the licence number in full, if there is one
 */
export function warningsFor(fields: Judged, today: CalendarDay): Warning[] {
  const { birth_date: bornOn, address } = fields;
  const warnings: Warning[] = [...licenceNumberWarnings(fields), ...licenceDateWarnings(fields, today)];
  const age = ageInYears(bornOn, today);
  if (age < licenceAgeMin) {
    warnings.push({
      field: 'birth_date',
      code: 'under_16',
      message: 'Younger than 16: in-car lessons have to wait for the 16th birthday.',
    });
  } else if (age < fullAge) {
    warnings.push({
      field: 'birth_date',
      code: 'under_18',
      message: 'Younger than 18: a guardian signs the contract.',
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
      message: 'This postal code is not in Ontario. That is allowed. Check that it is correct.',
    });
  }
  return warnings;
}

/** Soft checks of the number against name and birth date. Who has seen the card has overridden them. */
function licenceNumberWarnings(fields: Judged): Warning[] {
  const {
    licence_number: number,
    licence_sighted_on: sightedOn,
    legal_family_name: familyName,
    birth_date: bornOn,
  } = fields;
  if (number === null || sightedOn !== null) return [];
  const warnings: Warning[] = [];
  const letter = plainWords(familyName)[0]?.[0]?.toUpperCase();
  // A name in another script has no letter to compare; the ministry's transliteration is not ours to guess.
  if (letter !== undefined && /[A-Z]/.test(letter) && letter !== number[0]) {
    warnings.push({
      field: 'licence_number',
      code: 'licence_letter_differs',
      message:
        'The licence number usually begins with the first letter of the family name, and this one does not. ' +
        'Check the card; a change of name explains it.',
    });
  }
  if (!licenceNumberFitsBirthDate(number, bornOn)) {
    warnings.push({
      field: 'licence_number',
      code: 'licence_birth_date_differs',
      message: 'The end of the licence number does not fit the birth date. Check both against the card.',
    });
  }
  return warnings;
}

function licenceDateWarnings(fields: Judged, today: CalendarDay): Warning[] {
  const { birth_date: bornOn, licence_class, licence_issued_on: issuedOn, licence_expires_on: expiresOn } = fields;
  const warnings: Warning[] = [];
  if (expiresOn !== null && expiresOn < today) {
    warnings.push({ field: 'licence_expires_on', code: 'licence_expired', message: 'The licence has expired.' });
  } else if (expiresOn !== null && expiresOn <= addDays(today, expiresSoonDays)) {
    warnings.push({
      field: 'licence_expires_on',
      code: 'licence_expires_soon',
      message: `The licence expires within ${expiresSoonDays} days. Lessons and road tests need a valid one.`,
    });
  }
  if (issuedOn !== null && issuedOn < addYears(bornOn, licenceAgeMin)) {
    warnings.push({
      field: 'licence_issued_on',
      code: 'licence_issued_before_16',
      message: 'The licence would have been issued before the 16th birthday. Check both dates.',
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

/** The last six digits are year, month and day of birth; the month may be 50 higher. */
function licenceNumberFitsBirthDate(number: string, bornOn: CalendarDay): boolean {
  const digits = number.replaceAll('-', '').slice(-6);
  const month = Number(digits.slice(2, 4));
  const encoded = `${digits.slice(0, 2)}${String(month > 50 ? month - 50 : month).padStart(2, '0')}${digits.slice(4)}`;
  return encoded === bornOn.slice(2).replaceAll('-', '');
}

/** Where a student stands in a list of copies that is ordered so. */
export function positionOf(student: Student, sort: StudentSort): ListPosition {
  const keys = { name: sortNameOf(student), updated: student.updated_at, created: student.created_at };
  return { key: keys[sort], id: student.id };
}

/** What the list is ordered by: family name, then given names, without accents, capitals and marks. */
export function sortNameOf(fields: Pick<StudentFields, 'legal_family_name' | 'legal_given_names'>): string {
  const family = plainWords(fields.legal_family_name).join(' ');
  const given = plainWords(fields.legal_given_names ?? '').join(' ');
  // U+0001 sorts before a space, so "Le" with any given name comes before "Le Blanc".
  return `${family}\u0001${given}`;
}

type Searchable = Pick<
  StudentFields,
  'legal_family_name' | 'legal_given_names' | 'preferred_name' | 'email' | 'phone' | 'address'
>;

/**
 * The words by whose beginnings a student is found, each once.
 * A name of several parts is there in parts and as a whole ("o'neil": `o`, `neil`, `oneil`), an e-mail address as a whole
 * and in its parts, a phone number whole, without the area code, and by its last four digits, a postal code as one word
 * and as its halves.
 */
export function searchWordsOf(fields: Searchable): string[] {
  const names = [fields.legal_family_name, fields.legal_given_names, fields.preferred_name].filter(
    (name) => name !== null,
  );
  const words = names.flatMap((name) => [...plainWords(name), ...joinedWords(name)]);
  if (fields.email !== null) words.push(fields.email.toLowerCase(), ...plainWords(fields.email));
  if (fields.phone !== null) {
    const national = fields.phone.slice(2);
    words.push(national, national.slice(3), national.slice(6));
  }
  const postalCode = fields.address?.postal_code?.toLowerCase() ?? '';
  words.push(postalCode.replace(' ', ''), ...postalCode.split(' '));
  return [...new Set(words)].filter((word) => word !== '').toSorted();
}

/** No person types more words than this; more would only cost time. */
const searchedWordsMax = 8;

/**
 * What to look for: the beginnings of words that must all be there. Empty for a search text without letters and digits.
 * A phone number may be typed with any marks in it.
 */
export function searchedWords(text: string): string[] {
  const parts = text.normalize('NFC').trim().split(/\s+/);
  if (/^[\d\s()+./\p{Pd}]+$/u.test(text) && /\d/.test(text)) {
    const digits = text.replaceAll(/\D/g, '');
    return [digits.length > 10 || text.trim().startsWith('+') ? digits.replace(/^1/, '') : digits].filter(Boolean);
  }
  const words = parts.flatMap((part) => (part.includes('@') ? [part.toLowerCase()] : plainWords(part)));
  return [...new Set(words)].filter(Boolean).slice(0, searchedWordsMax);
}

/** Letters and digits in small letters without accents; everything else parts words. */
function plainWords(text: string): string[] {
  return plain(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/** Parts joined by an apostrophe or a hyphen, as one word too: people type "oneil" and "jeanluc". */
function joinedWords(text: string): string[] {
  return plain(text)
    .split(/\s+/)
    .filter((part) => /[^\p{L}\p{N}]/u.test(part))
    .map((part) => part.replaceAll(/[^\p{L}\p{N}]/gu, ''));
}

/** Letters that do not fall apart into a letter and an accent, and the sigma that is written otherwise at the end. */
const foldedLetters: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
};

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[œæßøłđðþıς]/g, (letter) => foldedLetters[letter] ?? letter);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
