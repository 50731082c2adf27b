import type { Kysely } from 'kysely';
import type { SealedData } from '../platform/keys/sealed-data.ts';
import type { Secrets } from '../platform/secrets.ts';
import { LicenceCipher, LicenceUnreadableError } from './licence-cipher.ts';

interface SealedTables {
  students: {
    id: string;
    school_id: string;
    licence_number_sealed: Buffer | null;
    licence_number_digest: Buffer | null;
  };
}

/** Students read at a time. */
const pageSize = 500;

/** Re-encrypts licence numbers and their digests when the secret changes. */
export const sealedLicenceNumbers: SealedData = {
  name: 'licence numbers',

  async opens(database, secrets) {
    const [row] = await sealedRows(database, undefined, 1);
    if (row === undefined) return undefined;
    try {
      new LicenceCipher(secrets).open(row.licence_number_sealed, { schoolId: row.school_id, studentId: row.id });
      return true;
    } catch (error) {
      if (error instanceof LicenceUnreadableError) return false;
      throw error;
    }
  },

  async reseal(transaction, from: Secrets, to: Secrets) {
    const [former, present] = [new LicenceCipher(from), new LicenceCipher(to)];
    let count = 0;
    let after: string | undefined;
    for (;;) {
      const rows = await sealedRows(transaction, after, pageSize);
      for (const row of rows) {
        const owner = { schoolId: row.school_id, studentId: row.id };
        const licenceNumber = former.open(row.licence_number_sealed, owner);
        await tablesOf(transaction)
          .updateTable('students')
          // Keeps the version and the time of change: the record itself does not change.
          .set({
            licence_number_sealed: present.seal(licenceNumber, owner),
            licence_number_digest: present.digest(licenceNumber, row.school_id),
          })
          .where('id', '=', row.id)
          .execute();
      }
      count += rows.length;
      if (rows.length < pageSize) return count;
      after = rows.at(-1)?.id;
    }
  },
};

async function sealedRows<Tables>(database: Kysely<Tables>, after: string | undefined, limit: number) {
  let select = tablesOf(database)
    .selectFrom('students')
    .select(['id', 'school_id', 'licence_number_sealed'])
    .where('licence_number_sealed', 'is not', null)
    .orderBy('id')
    .limit(limit)
    .$narrowType<{ licence_number_sealed: Buffer }>();
  if (after !== undefined) select = select.where('id', '>', after);
  return select.execute();
}

function tablesOf<Tables>(handle: Kysely<Tables>): Kysely<SealedTables> {
  return handle as unknown as Kysely<SealedTables>;
}
