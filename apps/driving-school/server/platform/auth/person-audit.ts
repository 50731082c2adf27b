import type { Kysely } from 'kysely';
import type { AuditAction, AuditDetail } from '../../../contract/audit.ts';
import { AuditLog } from '../audit/audit.ts';
import type { IdentityTables } from './identity-tables.ts';

interface PersonRecord {
  readonly action: AuditAction;
  /** Default: the person themselves. */
  readonly actorId?: string;
  readonly detail?: AuditDetail;
}

/** Adds an entry about a person to the audit log, in the transaction of the change. */
export async function recordOnPerson(
  transaction: Kysely<IdentityTables>,
  { id, schoolId }: { readonly id: string; readonly schoolId: string },
  { action, actorId = id, detail = {} }: PersonRecord,
): Promise<void> {
  await AuditLog.record<IdentityTables>(transaction, {
    schoolId,
    actorId,
    action,
    subjectKind: 'person',
    subjectId: id,
    detail,
  });
}
