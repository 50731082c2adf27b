import { z } from 'zod';
import { instant, listShape, readShape, writeShape } from './field-schemas.ts';
import { type ParsedRecord, parseRecord, type RecordOf, withMissingFields } from './fields.ts';
import { ageInYears, type CalendarDay } from './parsers.ts';
import { affectedLessonsSchema } from './preview.ts';
import { studentFields } from './student-fields.ts';
import { visibleText } from './text.ts';

export const studentStatuses = ['active', 'archived'] as const;

/** The most students on one page of the list. */
export const listLimitMax = 200;
/** The longest search text, in characters. */
export const searchLengthMax = 200;

/** A student's fields in their normal form, as they are stored. */
export type StudentFields = RecordOf<typeof studentFields>;

/** Something to check that does not prevent the record from being saved. */
export const warningSchema = z.object({ field: z.string(), code: z.string(), message: z.string() });
export type Warning = z.infer<typeof warningSchema>;

/** A student's record in answers. The licence number is masked; `.../licence-number/reveal` returns it in full. */
export const studentSchema = z.object({
  id: z.string(),
  ...readShape(studentFields),
  instructor_name: z.string().nullable(),
  status: z.enum(studentStatuses),
  version: z.int().meta({ description: 'Increases with every change; the ETag is this number in quotation marks' }),
  created_at: instant,
  updated_at: instant,
  updated_by_name: z
    .string()
    .nullable()
    .default(null)
    .meta({ description: 'Name of the user who made the last change; null for changes by the program' }),
  warnings: z.array(warningSchema),
});
export type Student = z.infer<typeof studentSchema>;

/** Reads a record stored as JSON, possibly by an earlier release. @returns undefined for any other shape */
export function storedStudent(stored: unknown): Student | undefined {
  const parsed = studentSchema.safeParse(withMissingFields(studentFields, stored));
  return parsed.success ? parsed.data : undefined;
}

/** When an operator's isolation of the database ends; present only if a copy is shown for that reason. */
const isolatedUntil = instant.optional();

/** The answer for one student. `stale`: a copy, read from the database at `as_of`. */
export const studentAnswerSchema = z.object({
  data: studentSchema,
  stale: z.boolean(),
  as_of: instant,
  isolated_until: isolatedUntil,
});
export type StudentAnswer = z.infer<typeof studentAnswerSchema>;

/** The answer to a change. With `?preview=true`, `data` is the record as it stays. */
export const studentChangeAnswerSchema = studentAnswerSchema.extend({
  affected_lessons: affectedLessonsSchema,
});
export type StudentChangeAnswer = z.infer<typeof studentChangeAnswerSchema>;

/** One row of the list. */
export const studentSummarySchema = z.object({
  id: z.string(),
  display_name: z.string().meta({ description: 'Family name, given names', example: 'Tremblay, Zoé' }),
  ...listShape(studentFields),
  status: z.enum(studentStatuses),
  instructor_name: z.string().nullable(),
  updated_at: instant,
});
export type StudentSummary = z.infer<typeof studentSummarySchema>;

/** One page of the list. `complete: false`: only copies were searched, so there may be more. */
export const studentListSchema = z.object({
  data: z.array(studentSummarySchema),
  next_cursor: z.string().nullable(),
  total: z
    .int()
    .nullable()
    .meta({ description: 'The number of matching students, on the first page; null on later pages and for copies' }),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean(),
  isolated_until: isolatedUntil,
});
export type StudentList = z.infer<typeof studentListSchema>;

/** How a list can be sorted. */
export const studentSorts = ['name', 'updated', 'created'] as const;
export type StudentSort = (typeof studentSorts)[number];

/** A search. The same in the query of `GET /api/students` and in the body of `POST /api/students/search`. */
export const studentQuerySchema = z.object({
  q: visibleText(searchLengthMax)
    .optional()
    .meta({
      description:
        'Prefixes of names, e-mail address, phone number or postal code. A whole licence number only with POST and for ' +
        'owner and office; such searches are limited and recorded in the audit log',
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
    .min(1, `Send a number from 1 to ${listLimitMax}.`)
    .max(listLimitMax, `Send a number from 1 to ${listLimitMax}.`)
    .default(50),
  cursor: z.string().max(2_000).optional().meta({ description: 'next_cursor of the previous page' }),
});
export type StudentQuery = z.infer<typeof studentQuerySchema>;

/** The body of a request that adds a student. For documentation and types; `parseStudent` validates it. */
export const studentWriteSchema = z.object(writeShape(studentFields));
export type StudentWrite = z.infer<typeof studentWriteSchema>;

/** `PATCH`: JSON merge patch (RFC 7396). Omitted fields are kept, `null` clears a field. */
export const studentChangesSchema = studentWriteSchema.partial();
export type StudentChanges = z.infer<typeof studentChangesSchema>;

/** The answer of `POST .../licence-number/reveal`. */
export const revealedLicenceNumberSchema = z.object({ data: z.object({ licence_number: z.string().nullable() }) });

/**
 * Parses a student that was sent or typed. Empty text counts as omitted.
 *
 * @param today calendar day of the school, for dates that must not be in the future
 */
export function parseStudent(input: unknown, today: CalendarDay): ParsedRecord<StudentFields> {
  return parseRecord(studentFields, input, (fields, report, failed) => {
    const { birth_date: bornOn, licence_issued_on: issuedOn, licence_expires_on: expiresOn } = fields;
    const { licence_sighted_on: sightedOn, licence_sighted_by: sightedBy } = fields;
    if (bornOn !== null && bornOn > today) {
      report('birth_date', 'in_the_future', 'The birth date is in the future. Check the year.');
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
    if (sightedOn !== null && sightedOn > today) {
      report('licence_sighted_on', 'in_the_future', 'The card cannot have been seen in the future.');
    }
    if (sightedBy !== null && sightedOn === null && !failed('licence_sighted_on')) {
      report(
        'licence_sighted_on',
        'required',
        'Enter the day the card was seen, or remove the name of the person who saw it.',
      );
    }
    if (fields.phone_extension !== null && fields.phone === null && !failed('phone')) {
      report('phone', 'required', 'Enter the phone number that the extension belongs to.');
    }
  });
}
