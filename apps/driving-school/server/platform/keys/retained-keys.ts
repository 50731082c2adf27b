import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Secrets } from '../secrets.ts';
import type { KeyTransaction } from './sealed-data.ts';
import { seal, unseal } from './sealing.ts';

interface RetainedTables {
  retained_keys: { purpose: string; retired_at: Date; sealed: Buffer };
}

/**
 * Keys of former secrets, for digests, which can't be computed again. Each key is encrypted with the current secret, and
 * deleted when no digest made with it is left.
 */
export const retainedKeys = {
  /** Retains the key of a purpose in a rotation. Keys that were retained earlier are re-encrypted. */
  async retain(transaction: KeyTransaction, purpose: string, from: Secrets, to: Secrets): Promise<void> {
    const former = [from.derive(purpose), ...(await this.read(transaction, purpose, from))];
    const tables = tablesOf(transaction);
    const rows = await tables
      .selectFrom('retained_keys')
      .select('retired_at')
      .where('purpose', '=', purpose)
      .orderBy('retired_at', 'desc')
      .execute();
    await tables.deleteFrom('retained_keys').where('purpose', '=', purpose).execute();
    for (const [index, key] of former.entries()) {
      const retiredAt = rows[index - 1]?.retired_at;
      await tables
        .insertInto('retained_keys')
        .values({
          purpose,
          retired_at: retiredAt ?? sql<Date>`clock_timestamp()`,
          sealed: seal(to.derive(sealingPurpose), key, purpose),
        })
        .execute();
    }
  },

  /** The retained keys of a purpose, newest first. */
  async read<Tables>(database: Kysely<Tables>, purpose: string, secrets: Secrets): Promise<Buffer[]> {
    const rows = await tablesOf(database)
      .selectFrom('retained_keys')
      .select('sealed')
      .where('purpose', '=', purpose)
      .orderBy('retired_at', 'desc')
      .execute();
    return rows.flatMap(({ sealed }) => unseal(secrets.derive(sealingPurpose), sealed, purpose) ?? []);
  },

  /** Deletes the keys of a purpose that were retired more than the given number of days ago. */
  async forget<Tables>(database: Kysely<Tables>, purpose: string, afterDays: number): Promise<void> {
    await tablesOf(database)
      .deleteFrom('retained_keys')
      .where('purpose', '=', purpose)
      .where('retired_at', '<', sql<Date>`now() - make_interval(days => ${afterDays}::int)`)
      .execute();
  },
};

const sealingPurpose = 'installation.retained-keys';

function tablesOf<Tables>(handle: Kysely<Tables>): Kysely<RetainedTables> {
  return handle as unknown as Kysely<RetainedTables>;
}
