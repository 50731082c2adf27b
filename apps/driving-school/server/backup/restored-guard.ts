import { AuditLog } from '../platform/audit/audit.ts';
import { endRestoredAccess } from '../platform/auth/restored-access.ts';
import type { DatabaseGuard } from '../platform/database/database.ts';
import { restoredMark } from './restored-mark.ts';

interface RestoredGuardOptions {
  readonly directory: string;
  readonly announce: (text: string) => void;
}

/**
 * Ends the sessions and one-time links that a restore brought back, before anyone can use them: some had been ended or
 * used since the backup. The audit log records the restore.
 *
 * @param guard runs first
 */
export function restoredGuard(guard: DatabaseGuard, { directory, announce }: RestoredGuardOptions): DatabaseGuard {
  return {
    beforeMigrations: (database) => guard.beforeMigrations(database),
    async afterMigrations(database) {
      await guard.afterMigrations(database);
      const mark = restoredMark.read(directory);
      if (mark === undefined) return;
      const { sessions, links } = await database.transaction().execute(async (transaction) => {
        const ended = await endRestoredAccess(transaction, mark.restoredAt);
        await AuditLog.recordForAllSchools(transaction, {
          actorId: undefined,
          action: 'backup.restored',
          subjectKind: 'installation',
          subjectId: 'installation',
          detail: { backup_of: mark.madeAt, sessions_ended: ended.sessions, links_ended: ended.links },
        });
        return ended;
      });
      // Last: repeating everything after a crash only adds a second entry to the audit log.
      restoredMark.remove(directory);
      announce(
        `  Restored data: everyone has to sign in again (sessions ended: ${sessions}, one-time links ended: ${links}).`,
      );
    },
  };
}
