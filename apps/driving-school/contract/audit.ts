import { z } from 'zod';
import { visibleText } from './text.ts';

/** Every action in the audit log: `subject.event`. The text of each is in `web/audit/audit-words.ts`. */
export const auditActions = [
  'person.invited',
  'person.added',
  'person.changed',
  'person.disabled',
  'person.enabled',
  'person.link_created',
  'person.signed_in',
  'password.changed',
  'second_factor.enabled',
  'second_factor.disabled',
  'second_factor.reset',
  'second_factor.required',
  'recovery_codes.created',
  'recovery_code.used',
  'session.ended',
  'sessions.ended',
  'instructor.changed',
  'instructor.hours_changed',
  'time_off.added',
  'time_off.removed',
  'students.imported',
  'calendar_feed.created',
  'calendar_feed.revoked',
  'licence.revealed',
  'licence.reveal_refused',
  'licence.searched',
  'licence.search_refused',
  'lesson.booked',
  'lesson.moved',
  'lesson.cancelled',
  'lesson.undone',
  'plan.booked',
  'rule_set.added',
  'rule_set.removed',
  'enrolment.created',
  'enrolment.changed',
  'enrolment.withdrawn',
  'enrolment.reinstated',
  'guardian.removed',
  'owner_link.created',
  'keys.rotated',
  'backup.restored',
] as const;
export const auditActionSchema = z.enum(auditActions);
export type AuditAction = z.infer<typeof auditActionSchema>;

/** Kinds of subjects. An `installation` is the program with its data. */
export const auditSubjectKinds = ['person', 'student', 'session', 'school', 'installation'] as const;
export const auditSubjectKindSchema = z.enum(auditSubjectKinds);
export type AuditSubjectKind = z.infer<typeof auditSubjectKindSchema>;

/** Facts of one entry, such as `{ from_role: 'office', to_role: 'owner' }`. Never personal data. */
export const auditDetailSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type AuditDetail = z.infer<typeof auditDetailSchema>;

/** A person in the audit log. `name` is null when they have left the school. */
const namedSchema = z.object({ id: z.string(), name: z.string().nullable() });

export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.iso.datetime({ offset: true }),
  /** Null for actions without a signed-in user, such as a command on the server. */
  actor: namedSchema.nullable(),
  action: auditActionSchema,
  subject: z.object({
    kind: auditSubjectKindSchema,
    id: z.string(),
    /** Null for students: only users with permission may see their names. */
    name: z.string().nullable(),
  }),
  correlation_id: z.string().nullable(),
  detail: auditDetailSchema,
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** Entries per page: the default and the maximum. */
export const auditPageSize = 50;
export const auditPageSizeMax = 200;

/** `GET /api/audit`. */
export const auditQuerySchema = z.object({
  actor_id: z.uuid('This is not the ID of a person.').optional(),
  subject_id: visibleText(100).min(1, 'Enter an ID.').optional(),
  action: auditActionSchema.optional(),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/, 'This cursor is not valid. Start with the first page.')
    .optional(),
  limit: z.coerce
    .number('Send a whole number.')
    .int('Send a whole number.')
    .min(1, `Send a number from 1 to ${auditPageSizeMax}.`)
    .max(auditPageSizeMax, `Send a number from 1 to ${auditPageSizeMax}.`)
    .default(auditPageSize),
});
export type AuditQuery = z.infer<typeof auditQuerySchema>;

/** The answer of `GET /api/audit`: newest first. `next_cursor` is null on the last page. */
export const auditPageSchema = z.object({ data: z.array(auditEntrySchema), next_cursor: z.string().nullable() });
export type AuditPage = z.infer<typeof auditPageSchema>;
