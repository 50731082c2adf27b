import type { Kysely } from 'kysely';
import type { AuditAction, AuditDetail } from '../../../contract/audit.ts';
import { AuditLog } from '../audit/audit.ts';
import type { IdentityTables } from './identity-tables.ts';
import type { UserRecord } from './user-repository.ts';

/** An event of a person's account. */
export interface PersonEvent {
  /** Undefined for a command on the server. */
  readonly actorId: string | undefined;
  readonly action: AuditAction;
  readonly person: Pick<UserRecord, 'id' | 'schoolId'>;
  /** Roles, purposes and names of fields; never their values. */
  readonly detail?: AuditDetail;
}

/** Writes the event to the audit log, in the transaction of the change. */
export function recordPersonEvent(
  transaction: Kysely<IdentityTables>,
  { actorId, action, person, detail = {} }: PersonEvent,
): Promise<void> {
  return AuditLog.record<IdentityTables>(transaction, {
    schoolId: person.schoolId,
    actorId,
    action,
    subjectKind: 'person',
    subjectId: person.id,
    detail,
  });
}
