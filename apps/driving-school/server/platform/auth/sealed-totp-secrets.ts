import type { Kysely } from 'kysely';
import type { SealedData } from '../keys/sealed-data.ts';
import type { IdentityTables } from './identity-tables.ts';
import { TotpCipher, TotpSecretUnreadableError } from './totp-cipher.ts';

/** The secrets of authenticator apps. */
export const sealedTotpSecrets: SealedData = {
  name: 'authenticator secrets',

  async opens(database, secrets) {
    const row = await rowsOf(database).limit(1).executeTakeFirst();
    if (row === undefined) return undefined;
    try {
      new TotpCipher(secrets).open(row.secret_sealed, row.user_id);
      return true;
    } catch (error) {
      if (error instanceof TotpSecretUnreadableError) return false;
      throw error;
    }
  },

  async reseal(transaction, from, to) {
    const [former, present] = [new TotpCipher(from), new TotpCipher(to)];
    const rows = await rowsOf(transaction).execute();
    for (const { user_id: userId, secret_sealed: sealed } of rows) {
      await tablesOf(transaction)
        .updateTable('second_factors')
        .set({ secret_sealed: present.seal(former.open(sealed, userId), userId) })
        .where('user_id', '=', userId)
        .execute();
    }
    return rows.length;
  },
};

/** All rows: there are at most as many as staff. */
function rowsOf<Tables>(database: Kysely<Tables>) {
  return tablesOf(database).selectFrom('second_factors').select(['user_id', 'secret_sealed']).orderBy('user_id');
}

function tablesOf<Tables>(handle: Kysely<Tables>): Kysely<IdentityTables> {
  return handle as unknown as Kysely<IdentityTables>;
}
