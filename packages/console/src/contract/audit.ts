import { z } from 'zod';
import { count, cursor, instant } from './common.ts';

export const auditActor = z.object({
  type: z.enum(['user', 'token', 'system', 'unknown']),
  id: z.string(),
  role: z.string().nullable(),
});

/** One line of the audit log. Each change has two: what was intended, before it, and what came of it. */
export const auditRecord = z.object({
  v: z.literal(1),
  seq: z.int(),
  at: instant,
  actor: auditActor,
  action: z.string(),
  target: z.object({ type: z.string(), id: z.string() }),
  reason: z.string().nullable(),
  params: z.record(z.string(), z.unknown()),
  phase: z.enum(['intent', 'result', 'event']),
  /** Of a result: what came of it. */
  outcome: z.enum(['applied', 'failed', 'partial', 'interrupted', 'denied', 'recorded']).nullable(),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
  /** Of a result: the sequence of its intent. */
  intent_seq: z.int().nullable(),
  request_id: z.string().nullable(),
  /** Hash of the line before; empty for the first one. */
  prev: z.string(),
  hash: z.string(),
});
export type AuditRecord = z.infer<typeof auditRecord>;

export const auditQuery = z.object({
  actor: z.string().max(200).optional(),
  /** An action such as `breaker.trip`, or all that begin so: `breaker.` */
  action: z.string().max(100).optional(),
  /** Part of the id of what it was done to. */
  target: z.string().max(300).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: cursor.optional(),
});

export const auditPage = z.object({
  records: z.array(auditRecord),
  /** Names of the people in these lines, by id, as they were last seen. The lines themselves hold ids only. */
  names: z.record(z.string(), z.string()),
  /** What the application calls each role. */
  role_names: z.record(z.string(), z.string()),
  next_cursor: cursor.nullable(),
});
export type AuditPageView = z.infer<typeof auditPage>;

export const auditVerification = z.object({
  valid: z.boolean(),
  records: count,
  head: z.object({ seq: z.int(), hash: z.string() }).nullable(),
  /** Sequence of the first line that is not what was written. */
  first_bad: z.int().nullable(),
  text: z.string(),
});
export type AuditVerification = z.infer<typeof auditVerification>;

export const auditExportQuery = z.object({ format: z.enum(['ndjson', 'csv']).default('ndjson') });
