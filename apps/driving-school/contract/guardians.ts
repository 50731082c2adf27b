import { z } from 'zod';
import { instant, readShape, writeShape } from './field-schemas.ts';
import { type ParsedRecord, parseRecord, type RecordOf } from './fields.ts';
import { guardianFields } from './guardian-fields.ts';
import { visibleText } from './text.ts';

/** A guardian's fields in their normal form. The relation is one to a student. */
export type GuardianFields = RecordOf<typeof guardianFields>;

const { relation, ...personShape } = readShape(guardianFields);

/** A guardian, as an adult whom the school knows. */
export const guardianSchema = z.object({
  id: z.string(),
  ...personShape,
  students: z.array(
    z.object({
      student_id: z.string(),
      student_name: z.string(),
      relation,
      is_primary: z.boolean(),
    }),
  ),
  version: z.int(),
});
export type Guardian = z.infer<typeof guardianSchema>;

/** A guardian of one student. */
export const studentGuardianSchema = z.object({
  id: z.string(),
  student_id: z.string(),
  ...readShape(guardianFields),
  is_primary: z.boolean(),
  other_students: z.int().meta({ description: 'Number of siblings, students of the same guardian' }),
  version: z.int(),
});
export type StudentGuardian = z.infer<typeof studentGuardianSchema>;

const read = { stale: z.boolean(), as_of: instant };
const list = { next_cursor: z.string().nullable(), ...read, complete: z.boolean() };
export const guardianAnswerSchema = z.object({ data: guardianSchema, ...read });
export type GuardianAnswer = z.infer<typeof guardianAnswerSchema>;
export const studentGuardianAnswerSchema = z.object({ data: studentGuardianSchema, ...read });
export type StudentGuardianAnswer = z.infer<typeof studentGuardianAnswerSchema>;
/** All guardians of a student, the primary one first. */
export const studentGuardianListSchema = z.object({ data: z.array(studentGuardianSchema), ...list });
export type StudentGuardianList = z.infer<typeof studentGuardianListSchema>;
/** Guardians of the school that match a search, at most `guardiansFoundMax`. */
export const guardianListSchema = z.object({ data: z.array(guardianSchema), ...list });
export type GuardianList = z.infer<typeof guardianListSchema>;

/** The most guardians that a search finds. */
export const guardiansFoundMax = 10;
/** `GET /api/guardians`. */
export const guardianQuerySchema = z.object({
  q: visibleText(200)
    .min(2, 'Enter at least two characters.')
    .meta({ description: 'Part of a name, an e-mail address or a phone number' }),
});

const primary = z.boolean('Send true or false.').optional().meta({
  description: 'Whether this becomes the primary guardian. The first one of a student always does',
});

/** `POST /api/students/{student_id}/guardians`: a new guardian, or with `guardian_id` one that the school knows. */
export const guardianCreateSchema = z.object({
  ...writeShape(guardianFields),
  name: z.string().optional(),
  guardian_id: z
    .string()
    .optional()
    .meta({ description: 'A guardian of a sibling, instead of name, phone and e-mail' }),
  is_primary: primary,
});
export type GuardianCreate = z.infer<typeof guardianCreateSchema>;

/** `PATCH /api/guardians/{id}`. JSON merge patch. */
export const guardianChangesSchema = z.object(writeShape(guardianFields)).omit({ relation: true }).partial();
/** `PATCH /api/students/{student_id}/guardians/{guardian_id}`. JSON merge patch; the relation is to this student. */
export const studentGuardianChangesSchema = z.object(writeShape(guardianFields)).partial();
export type StudentGuardianChanges = z.infer<typeof studentGuardianChangesSchema>;

/** Parses a guardian that was sent or typed. Empty text counts as omitted. */
export function parseGuardian(input: unknown): ParsedRecord<GuardianFields> {
  return parseRecord(guardianFields, input);
}
