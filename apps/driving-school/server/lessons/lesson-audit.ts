import type { AuditAction } from '../../contract/audit.ts';
import type { Override } from '../../contract/rules.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import type { ChangedBy } from './lesson-repository.ts';

/**
 * Adds a change of lessons to the audit log, about their student. The reasons of overrides stay with the lesson: they may
 * contain personal data.
 *
 * @param detail IDs and other facts of the change
 * @param overrides the rules that were overridden are named
 */
export async function auditLessons(
  transaction: DatabaseTransaction,
  action: Extract<AuditAction, `lesson.${string}` | `plan.${string}`>,
  studentId: string,
  detail: Readonly<Record<string, string | number>>,
  { schoolId, userId }: ChangedBy,
  overrides: readonly Override[] = [],
): Promise<void> {
  await AuditLog.record(transaction, {
    schoolId,
    actorId: userId,
    action,
    subjectKind: 'student',
    subjectId: studentId,
    detail: {
      ...detail,
      ...(overrides.length === 0 ? {} : { overridden: overrides.map(({ rule }) => rule).join(', ') }),
    },
  });
}
