import type { Actor } from '../../contract/session.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import { LicenceLimitError } from './student-errors.ts';

/** Licence numbers that a user may reveal within an hour: more than the busiest day needs. */
export const revealsPerHour = 30;
/**
 * Searches for licence numbers that a user may make within an hour. A dry run of an import counts as one, although it
 * compares up to 5,000 numbers. A known mask and birth date leave 20,000 possible numbers.
 */
export const lookupsPerHour = 60;

/** How a licence number was compared with those of the school. */
export type LookupBy = 'search' | 'saving' | 'import';

/**
 * Limits on revealing and comparing licence numbers. They count entries of the audit log, so they apply across instances
 * and restarts. Every method runs in the caller's transaction.
 */
export const LicenceAccess = {
  /** @returns a refusal when the limit is reached; it is recorded in the audit log */
  async refuseReveal(transaction: DatabaseTransaction, actor: Actor, studentId: string): Promise<Refusal> {
    const refusal = await overLimit(transaction, actor, 'reveals');
    if (refusal !== undefined) await recordRefusal(transaction, actor, { kind: 'reveals', studentId });
    return refusal;
  },

  async recordReveal(transaction: DatabaseTransaction, actor: Actor, studentId: string): Promise<void> {
    await AuditLog.record(transaction, {
      ...by(actor),
      action: 'licence.revealed',
      subjectKind: 'student',
      subjectId: studentId,
    });
  },

  /** @returns a refusal when the limit is reached; it is recorded in the audit log */
  async refuseLookup(transaction: DatabaseTransaction, actor: Actor): Promise<Refusal> {
    const refusal = await overLimit(transaction, actor, 'lookups');
    if (refusal !== undefined) await recordRefusal(transaction, actor, { kind: 'lookups' });
    return refusal;
  },

  /** @param found number of students with a compared licence number; `studentId` if exactly one */
  async recordLookup(
    transaction: DatabaseTransaction,
    actor: Actor,
    {
      lookupBy,
      found,
      studentId,
    }: { readonly lookupBy: LookupBy; readonly found: number; readonly studentId?: string },
  ): Promise<void> {
    await AuditLog.record(transaction, {
      ...by(actor),
      action: 'licence.searched',
      ...subjectOf(actor, studentId),
      detail: { by: lookupBy, found },
    });
  },
};

type Refusal = LicenceLimitError | undefined;

const limits = {
  reveals: { perHour: revealsPerHour, action: 'licence.revealed', refused: 'licence.reveal_refused' },
  lookups: { perHour: lookupsPerHour, action: 'licence.searched', refused: 'licence.search_refused' },
} as const;

/** Refusals recorded within an hour: enough to be noticed without filling the log. */
const refusalsPerHour = 10;

async function overLimit(
  transaction: DatabaseTransaction,
  actor: Actor,
  kind: 'reveals' | 'lookups',
): Promise<LicenceLimitError | undefined> {
  const { perHour, action } = limits[kind];
  // Locked, so that concurrent requests can't exceed the limit.
  await AuditLog.lockActor(transaction, actor.userId);
  const seconds = await AuditLog.secondsUntilFree(transaction, { actorId: actor.userId, action, perHour });
  return seconds === 0 ? undefined : new LicenceLimitError(kind, perHour, seconds);
}

async function recordRefusal(
  transaction: DatabaseTransaction,
  actor: Actor,
  { kind, studentId }: { readonly kind: 'reveals' | 'lookups'; readonly studentId?: string },
): Promise<void> {
  const { refused: action } = limits[kind];
  const counted = { actorId: actor.userId, action, perHour: refusalsPerHour };
  if ((await AuditLog.secondsUntilFree(transaction, counted)) > 0) return;
  await AuditLog.record(transaction, { ...by(actor), action, ...subjectOf(actor, studentId) });
}

function subjectOf(actor: Actor, studentId: string | undefined) {
  return studentId === undefined
    ? ({ subjectKind: 'school', subjectId: actor.schoolId } as const)
    : ({ subjectKind: 'student', subjectId: studentId } as const);
}

function by(actor: Actor): { readonly schoolId: string; readonly actorId: string } {
  return { schoolId: actor.schoolId, actorId: actor.userId };
}
