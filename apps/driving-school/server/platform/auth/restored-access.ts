import { type Kysely, sql } from 'kysely';
import type { IdentityTables } from './identity-tables.ts';

/**
 * Ends the sessions and one-time links that a restored backup has brought back: some were ended or used after it was
 * made, and nobody can tell which.
 *
 * @param restoredAt links that were made later, by a command on the server, keep working
 * @returns how many there were
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
