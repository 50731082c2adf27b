import { z } from 'zod';
import { count, cursor, instant } from './common.ts';

const facts = z.record(z.string(), z.unknown());

/** One line of the audit log. An action has two: an intent, written before it is carried out, and a result. */
const auditRecord = z.object({
  v: z.literal(1),
  seq: z.int(),
  at: instant,
  actor: z.object({
    type: z.enum(['user', 'token', 'system', 'unknown']),
    id: z.string(),
    role: z.string().nullable(),
  }),
  action: z.string(),
  target: z.object({ type: z.string(), id: z.string() }),
  reason: z.string().nullable(),
  params: facts,
  phase: z.enum(['intent', 'result', 'event']),
  /** Null in an intent. */
  outcome: z.enum(['applied', 'failed', 'partial', 'interrupted', 'denied', 'recorded']).nullable(),
  before: facts.nullable(),
  after: facts.nullable(),
  /** In a result: the sequence number of its intent. */
  intent_seq: z.int().nullable(),
  request_id: z.string().nullable(),
  /** Hash of the line before; empty in the first one. */
  prev: z.string(),
  hash: z.string(),
});
export type AuditRecord = z.infer<typeof auditRecord>;

export const auditQuery = z.object({
  actor: z.string().max(200).optional(),
  /** An action such as `breaker.trip`, or a prefix that ends in a dot: `breaker.` */
  action: z.string().max(100).optional(),
  /** Part of the target's ID. */
  target: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: cursor.optional(),
});

export const auditPage = z.object({
  records: z.array(auditRecord),
  /** Last known names of the people in these lines, by ID. The lines themselves hold IDs only. */
  names: z.record(z.string(), z.string()),
  /** The application's names for the roles. */
  role_names: z.record(z.string(), z.string()),
  next_cursor: cursor.nullable(),
});
export type AuditPageView = z.infer<typeof auditPage>;

export const auditVerification = z.object({
  valid: z.boolean(),
  records: count,
  head: z.object({ seq: z.int(), hash: z.string() }).nullable(),
  /** Sequence number of the first line that was changed or follows a gap. */
  first_bad: z.int().nullable(),
  text: z.string(),
});
export type AuditVerification = z.infer<typeof auditVerification>;

export const auditExportQuery = z.object({ format: z.enum(['ndjson', 'csv']).default('ndjson') });
