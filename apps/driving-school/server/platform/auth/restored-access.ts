import { type Kysely, sql } from 'kysely';
import type { IdentityTables } from './identity-tables.ts';

/**
 * Ends the sessions and one-time links of a restored backup: some may have been ended or used after the backup.
 *
 * @param restoredAt links created later, by a command on the server, stay valid
 * @returns the number of each
 */
export async function endRestoredAccess<Tables>(
  transaction: Kysely<Tables>,
  restoredAt: Date,
): Promise<{ readonly sessions: number; readonly links: number }> {
  const tables = transaction as unknown as Kysely<IdentityTables>;
  const sessions = await tables
    .updateTable('sessions')
    .set({ ended_at: sql<Date>`now()` })
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  const links = await tables
    .deleteFrom('one_time_links')
    .where('used_at', 'is', null)
    .where('created_at', '<', restoredAt)
    .executeTakeFirst();
  return { sessions: Number(sessions.numUpdatedRows), links: Number(links.numDeletedRows) };
}
