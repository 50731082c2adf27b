import { z } from 'zod';
import type { ProblemDetail } from './problem.ts';
import { visibleText } from './text.ts';
import {
  ageInYears,
  type CalendarDay,
  notesLengthMax,
  type Parsed,
  parseCalendarDay,
  parseEmail,
  parseId,
  parseLicenceNumber,
  parseLine,
  parseName,
  parsePhone,
  parsePostalCode,
  parseText,
  textLengthMax,
} from './student-fields.ts';

export {
  addDays,
  addYears,
  ageInYears,
  type CalendarDay,
  formatPhone,
  isOntarioPostalCode,
  looksLikeLicenceNumber,
  maskLicenceNumber,
  type Parsed,
  parseCalendarDay,
  parseEmail,
  parseLicenceNumber,
  parseName,
  type Phone,
  parsePhone,
  parsePostalCode,
} from './student-fields.ts';

/** The classes of the graduated system for cars, and `none` for a student without a licence. */
export const licenceClasses = ['none', 'G1', 'G2', 'G'] as const;
/** Canada Post's codes of the provinces and territories. */
export const provinces = ['ON', 'QC', 'MB', 'AB', 'BC', 'NB', 'NL', 'NS', 'NT', 'NU', 'PE', 'SK', 'YT'] as const;
export const languages = ['en', 'fr'] as const;
export const smsCapabilities = ['unknown', 'yes', 'no'] as const;
export const studentStatuses = ['active', 'archived'] as const;

/** The most rows and bytes of one import. */
export const importRowsMax = 5_000;
export const importBytesMax = 2 * 1024 * 1024;
/** The most students of one page of the list. */
export const listLimitMax = 200;
/** The longest search text, in characters. */
export const searchLengthMax = 200;

const calendarDay = z.string().meta({ description: 'Calendar day, YYYY-MM-DD, in no zone', example: '2008-03-09' });
const instant = z.string().meta({ description: 'Instant, ISO 8601 in UTC', example: '2026-03-15T20:30:00.000Z' });

export const addressSchema = z.object({
  street: z.string().nullable(),
  city: z.string().nullable(),
  province: z.enum(provinces),
  postal_code: z.string().nullable().meta({ example: 'M0M 0M0' }),
});
export type Address = z.infer<typeof addressSchema>;

/** Something to look at that does not stop the record from being saved. */
export const warningSchema = z.object({ field: z.string(), code: z.string(), message: z.string() });
export type Warning = z.infer<typeof warningSchema>;

/** A student's record as people see it. The licence number is masked; `.../licence-number/reveal` gives it. */
export const studentSchema = z.object({
  id: z.string(),
  legal_given_names: z.string().nullable().meta({ description: 'null for a person with a single name' }),
  legal_family_name: z.string(),
  preferred_name: z.string().nullable(),
  birth_date: calendarDay,
  email: z.string().nullable(),
  phone: z.string().nullable().meta({ description: 'E.164', example: '+14165550123' }),
  phone_extension: z.string().nullable(),
  sms_capable: z.enum(smsCapabilities),
  address: addressSchema.nullable(),
  preferred_language: z.enum(languages),
  licence_number_masked: z.string().nullable().meta({ example: 'S1234-*****-*****' }),
  licence_class: z.enum(licenceClasses),
  licence_issued_on: calendarDay.nullable(),
  licence_expires_on: calendarDay.nullable(),
  licence_sighted_on: calendarDay.nullable(),
  licence_sighted_by: z.string().nullable(),
  instructor_id: z.string().nullable(),
  instructor_name: z.string().nullable(),
  notes: z.string().nullable(),
  status: z.enum(studentStatuses),
  version: z.int().meta({ description: 'Goes up with every change; the ETag is this number in quotation marks' }),
  created_at: instant,
  updated_at: instant,
  updated_by_name: z
    .string()
    .nullable()
    .default(null)
    .meta({ description: 'Who made the last change; null for changes by the program itself' }),
  warnings: z.array(warningSchema),
});
export type Student = z.infer<typeof studentSchema>;

/** When an operator's isolation of the database ends; only while that is why a copy is shown. */
const isolatedUntil = instant.optional();

/** The answer for one student. `stale` means: a copy, read from the database at `as_of`. */
export const studentAnswerSchema = z.object({
  data: studentSchema,
  stale: z.boolean(),
  as_of: instant,
  isolated_until: isolatedUntil,
});
export type StudentAnswer = z.infer<typeof studentAnswerSchema>;

/** One line of the list. */
export const studentSummarySchema = z.object({
  id: z.string(),
  display_name: z.string().meta({ description: 'Family name, given names', example: 'Tremblay, Zoé' }),
  preferred_name: z.string().nullable(),
  phone: z.string().nullable(),
  licence_class: z.enum(licenceClasses),
  status: z.enum(studentStatuses),
  birth_date: calendarDay,
  instructor_name: z.string().nullable(),
  updated_at: instant,
});
export type StudentSummary = z.infer<typeof studentSummarySchema>;

/** One page of the list. `complete: false` means: only copies were searched, so there may be more. */
export const studentListSchema = z.object({
  data: z.array(studentSummarySchema),
  next_cursor: z.string().nullable(),
  total: z
    .int()
    .nullable()
    .meta({ description: 'How many students match, on the first page; null on the pages after it and for copies' }),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean(),
  isolated_until: isolatedUntil,
});
export type StudentList = z.infer<typeof studentListSchema>;

/** How a list can be ordered. */
export const studentSorts = ['name', 'updated', 'created'] as const;
export type StudentSort = (typeof studentSorts)[number];

/** What to look for. The same in the address of `GET /api/students` and in the body of `POST /api/students/search`. */
export const studentQuerySchema = z.object({
  q: visibleText(searchLengthMax)
    .optional()
    .meta({
      description:
        'Beginnings of names, e-mail address, phone number or postal code. A whole licence number only by POST, from ' +
        'owner and office; such a search is limited and written into the audit log',
    }),
  status: z.enum(['active', 'archived', 'all']).default('active'),
  sort: z
    .enum(studentSorts)
    .default('name')
    .meta({ description: '`name`: A to Z. `updated`, `created`: newest first' }),
  instructor_id: z
    .union([z.literal('none'), z.uuid()], 'Send the ID of an instructor, or none.')
    .optional()
    .meta({ description: 'Only students of this instructor; `none`: only students without one' }),
  limit: z.coerce
    .number('Enter a whole number.')
    .int('Enter a whole number.')
    .min(1, 'Ask for at least 1.')
    .max(listLimitMax, `Ask for at most ${listLimitMax}.`)
    .default(50),
  cursor: z.string().max(2_000).optional().meta({ description: 'next_cursor of the page before' }),
});
export type StudentQuery = z.infer<typeof studentQuerySchema>;

/** What people may set. For documentation and types: `parseStudent` is the judge, so that all problems come at once. */
export const studentWriteSchema = z.object({
  legal_given_names: z.string().nullable().optional(),
  legal_family_name: z.string(),
  preferred_name: z.string().nullable().optional(),
  birth_date: calendarDay,
  email: z.string().nullable().optional(),
  phone: z.string().nullable().optional().meta({ description: 'Any usual spelling; "ext. 12" gives the extension' }),
  phone_extension: z.string().nullable().optional(),
  sms_capable: z.enum(smsCapabilities).optional(),
  address: addressSchema.partial().nullable().optional(),
  preferred_language: z.enum(languages).optional(),
  licence_number: z.string().nullable().optional().meta({ description: 'Ontario licence number; stored encrypted' }),
  licence_class: z.enum(licenceClasses).optional(),
  licence_issued_on: calendarDay.nullable().optional(),
  licence_expires_on: calendarDay.nullable().optional(),
  licence_sighted_on: calendarDay.nullable().optional(),
  licence_sighted_by: z.string().nullable().optional(),
  instructor_id: z.string().nullable().optional(),
  notes: z.string().nullable().optional(),
});
export type StudentWrite = z.infer<typeof studentWriteSchema>;

/** `PATCH`: JSON merge patch (RFC 7396). What is left out stays, `null` empties. */
export const studentChangesSchema = studentWriteSchema.partial();
export type StudentChanges = z.infer<typeof studentChangesSchema>;

/** The answer of `POST .../licence-number/reveal`. */
export const revealedLicenceNumberSchema = z.object({ data: z.object({ licence_number: z.string().nullable() }) });

/** Codes of problems of a whole file, which has no rows to report about. */
export const importFileProblems = [
  'file_too_large',
  'file_is_workbook',
  'file_encoding',
  'file_empty',
  'no_rows',
  'too_many_rows',
] as const;

/** What is wrong with one row of an import. Row 1 is the header, as in a spreadsheet. */
export const importProblemSchema = z.object({
  row: z.int(),
  field: z.string(),
  code: z.string(),
  message: z.string(),
  value: z.string().meta({ description: 'What the file has; masked for licence numbers' }),
});
export type ImportProblem = z.infer<typeof importProblemSchema>;

/** A row whose student is there already, in the file above it or in the school. */
export const importDuplicateSchema = z.object({
  row: z.int(),
  by: z.enum(['licence_number', 'name_and_birth_date']),
  other_row: z.int().nullable(),
  student_id: z.string().nullable(),
  message: z.string(),
});
export type ImportDuplicate = z.infer<typeof importDuplicateSchema>;

/** The first rows as they were read, so that a wrong encoding or a wrong column is seen before anything is added. */
export const importPreviewSchema = z.object({
  columns: z.array(
    z.object({
      header: z.string().meta({ description: 'As the file has it', example: 'Last Name' }),
      column: z.string().meta({ description: 'What it was read as', example: 'legal_family_name' }),
    }),
  ),
  rows: z.array(
    z.object({
      row: z.int(),
      values: z.array(z.string()).meta({ description: 'In the order of `columns`; licence numbers are masked' }),
    }),
  ),
});
export type ImportPreview = z.infer<typeof importPreviewSchema>;

/** What an import did or would do. All rows are applied or none. */
export const importReportSchema = z.object({
  dry_run: z.boolean(),
  rows: z.int().meta({ description: 'Rows with content, without the header' }),
  accepted: z.int().meta({ description: 'Rows without a problem that are not duplicates' }),
  applied: z.int().meta({ description: 'Students added: all accepted rows or none' }),
  skipped: z.int().meta({ description: 'Duplicates left out, with `skip_existing=true`' }),
  problems: z.array(importProblemSchema).meta({ description: 'The first 500' }),
  problem_count: z.int(),
  problem_rows: z.int().meta({ description: 'Rows that have a problem' }),
  duplicates: z.array(importDuplicateSchema).meta({ description: 'The first 500' }),
  duplicate_count: z.int(),
  truncated: z.boolean().meta({ description: 'True when there are more problems or duplicates than are listed' }),
  preview: importPreviewSchema.meta({ description: 'The first rows, in a dry run' }),
});
export type ImportReport = z.infer<typeof importReportSchema>;

/** A student's fields in their normal form, as they are stored. */
export interface StudentFields {
  readonly legal_given_names: string | null;
  readonly legal_family_name: string;
  readonly preferred_name: string | null;
  readonly birth_date: CalendarDay;
  readonly email: string | null;
  readonly phone: string | null;
  readonly phone_extension: string | null;
  readonly sms_capable: (typeof smsCapabilities)[number];
  readonly address: Address | null;
  readonly preferred_language: (typeof languages)[number];
  /** In its normal form, in full. */
  readonly licence_number: string | null;
  readonly licence_class: (typeof licenceClasses)[number];
  readonly licence_issued_on: CalendarDay | null;
  readonly licence_expires_on: CalendarDay | null;
  readonly licence_sighted_on: CalendarDay | null;
  readonly licence_sighted_by: string | null;
  readonly instructor_id: string | null;
  readonly notes: string | null;
}

export type ParsedStudent =
  | { readonly ok: true; readonly value: StudentFields }
  | { readonly ok: false; readonly problems: readonly ProblemDetail[] };

/** The fields that people may set, in the order of the form. */
export const studentFieldNames = Object.keys(studentWriteSchema.shape) as readonly (keyof StudentWrite)[];

/**
 * Reads what was sent or typed for a whole student and gives its normal form, or everything that is wrong with it.
 * Empty text counts as left out.
 *
 * @param today calendar day of the school, for what must not lie in the future
 */
export function parseStudent(input: unknown, today: CalendarDay): ParsedStudent {
  if (!isRecord(input)) {
    return { ok: false, problems: [{ pointer: '', code: 'wrong_type', message: 'Send a JSON object.' }] };
  }
  const read = new FieldReader(input);
  read.refuseUnknown(studentFieldNames);

  const phone = read.optional('phone', parsePhone);
  const extension = read.optional('phone_extension', parseExtension);
  const fields = {
    legal_given_names: read.optional('legal_given_names', parseName),
    legal_family_name: read.required('legal_family_name', parseName, 'Enter the family name, or the only name.'),
    preferred_name: read.optional('preferred_name', parseName),
    birth_date: read.required('birth_date', parseCalendarDay, 'Enter the birth date.'),
    email: read.optional('email', parseEmail),
    phone: phone?.number ?? null,
    phone_extension: extension ?? phone?.extension ?? null,
    sms_capable: read.choice('sms_capable', smsCapabilities, 'unknown'),
    address: read.address('address'),
    preferred_language: read.choice('preferred_language', languages, 'en'),
    licence_number: read.optional('licence_number', parseLicenceNumber),
    licence_class: read.choice('licence_class', licenceClasses, 'none'),
    licence_issued_on: read.optional('licence_issued_on', parseCalendarDay),
    licence_expires_on: read.optional('licence_expires_on', parseCalendarDay),
    licence_sighted_on: read.optional('licence_sighted_on', parseCalendarDay),
    licence_sighted_by: read.optional('licence_sighted_by', parseName),
    instructor_id: read.optional('instructor_id', parseId),
    notes: read.optional('notes', (text) => parseText(text, notesLengthMax)),
  };
  const problems = [...read.problems, ...problemsBetweenFields(fields, read, today)].toSorted(
    (a, b) => placeInForm(a) - placeInForm(b),
  );
  const { legal_family_name, birth_date } = fields;
  if (problems.length > 0 || legal_family_name === null || birth_date === null) return { ok: false, problems };
  return { ok: true, value: { ...fields, legal_family_name, birth_date } };
}

/** Problems are told in the order of the form; what the form does not have comes first. */
function placeInForm({ pointer }: ProblemDetail): number {
  return studentFieldNames.findIndex((name) => name === pointer.split('/')[1]);
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

/** Rules that need the calendar or a second field. A field that could not be read is not judged again. */
function problemsBetweenFields(
  fields: Nullable<StudentFields>,
  read: FieldReader,
  today: CalendarDay,
): ProblemDetail[] {
  const problems: ProblemDetail[] = [];
  const report = (name: keyof StudentFields, code: string, message: string): void => {
    problems.push({ pointer: `/${name}`, code, message });
  };
  const { birth_date: bornOn, licence_issued_on: issuedOn, licence_expires_on: expiresOn } = fields;
  if (bornOn !== null && bornOn > today) {
    report('birth_date', 'in_the_future', 'The birth date lies in the future. Check the year.');
  } else if (bornOn !== null && ageInYears(bornOn, today) > 110) {
    report('birth_date', 'too_long_ago', 'This would be an age of more than 110 years. Check the year.');
  }
  if (issuedOn !== null && issuedOn > today) {
    report('licence_issued_on', 'in_the_future', 'The licence cannot have been issued in the future.');
  }
  if (issuedOn !== null && bornOn !== null && issuedOn < bornOn) {
    report('licence_issued_on', 'before_birth', 'The licence cannot have been issued before the birth date.');
  }
  if (issuedOn !== null && expiresOn !== null && expiresOn <= issuedOn) {
    report('licence_expires_on', 'before_issue', 'The licence must expire after the day it was issued.');
  }
  if (fields.licence_sighted_on !== null && fields.licence_sighted_on > today) {
    report('licence_sighted_on', 'in_the_future', 'The card cannot have been seen in the future.');
  }
  if (fields.licence_sighted_by !== null && fields.licence_sighted_on === null && !read.failed('licence_sighted_on')) {
    report('licence_sighted_on', 'required', 'Enter the day on which the card was seen, or remove who saw it.');
  }
  if (fields.phone_extension !== null && fields.phone === null && !read.failed('phone')) {
    report('phone', 'required', 'Enter the phone number that the extension belongs to.');
  }
  return problems;
}

/** A body may have thousands of fields that are not known: after so many it is clear that it means something else. */
const unknownFieldsMax = 20;

/** Reads named fields of an untrusted object and collects everything that is wrong with them. */
class FieldReader {
  readonly problems: ProblemDetail[] = [];
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  constructor(input: Readonly<Record<string, unknown>>, prefix = '') {
    this.#input = input;
    this.#prefix = prefix;
  }

  optional<T>(name: string, parse: (text: string) => Parsed<T>): T | null {
    const text = this.#text(name);
    if (text === null) return null;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    this.#report(name, parsed.code, parsed.message);
    return null;
  }

  required<T>(name: string, parse: (text: string) => Parsed<T>, message: string): T | null {
    const value = this.optional(name, parse);
    if (value === null && !this.failed(name)) this.#report(name, 'required', message);
    return value;
  }

  choice<const T extends string>(name: string, choices: readonly T[], byDefault: T): T {
    const parsed = this.optional(name, (text): Parsed<T> => {
      const chosen = choices.find((choice) => choice.toLowerCase() === text.trim().toLowerCase());
      return chosen === undefined
        ? { ok: false, code: 'unknown_choice', message: `Choose one of: ${choices.join(', ')}.` }
        : { ok: true, value: chosen };
    });
    return parsed ?? byDefault;
  }

  /** An address of which nothing but the province is filled in counts as none. */
  address(name: string): Address | null {
    const input = this.#input[name];
    if (input === null || input === undefined) return null;
    if (!isRecord(input)) {
      this.#report(name, 'wrong_type', 'Send an object with street, city, province and postal_code.');
      return null;
    }
    const read = new FieldReader(input, `/${name}`);
    read.refuseUnknown(Object.keys(addressSchema.shape));
    const address: Address = {
      street: read.optional('street', line),
      city: read.optional('city', line),
      province: read.choice('province', provinces, 'ON'),
      postal_code: read.optional('postal_code', parsePostalCode),
    };
    this.problems.push(...read.problems);
    return address.street === null && address.city === null && address.postal_code === null ? null : address;
  }

  refuseUnknown(known: readonly string[]): void {
    let reported = 0;
    for (const name of Object.keys(this.#input)) {
      if (known.includes(name)) continue;
      this.#report(name, 'unknown_field', 'This field cannot be set.');
      reported += 1;
      if (reported === unknownFieldsMax) return;
    }
  }

  failed(name: string): boolean {
    return this.problems.some(({ pointer }) => pointer === `${this.#prefix}/${name}`);
  }

  #text(name: string): string | null {
    const value = Object.hasOwn(this.#input, name) ? this.#input[name] : undefined;
    if (value === null || value === undefined) return null;
    if (typeof value !== 'string') {
      this.#report(name, 'wrong_type', 'Send text or null.');
      return null;
    }
    return value.trim() === '' ? null : value;
  }

  #report(name: string, code: string, message: string): void {
    // JSON pointer (RFC 6901): "~" and "/" in a name are written as ~0 and ~1. Cut, as the name may be anything.
    const step = name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
    this.problems.push({ pointer: `${this.#prefix}/${step}`, code, message });
  }
}

function line(text: string): Parsed<string> {
  return parseLine(text, textLengthMax);
}

function parseExtension(text: string): Parsed<string> {
  const plain = text.normalize('NFKC').trim();
  return /^\d{1,6}$/.test(plain)
    ? { ok: true, value: plain }
    : { ok: false, code: 'phone_extension_format', message: 'Enter the extension as one to six digits.' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
