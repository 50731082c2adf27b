import { createHash, randomBytes } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { IdentityTables } from './identity-tables.ts';

/** The reason for a link. */
export type LinkPurpose = IdentityTables['one_time_links']['purpose'];

/** A new link. The token is stored nowhere else. */
export interface OneTimeLink {
  readonly token: string;
  readonly expiresAt: Date;
}

/** The state of a token. */
export type LinkState =
  | { readonly state: 'valid'; readonly userId: string; readonly purpose: LinkPurpose }
  | { readonly state: 'used' | 'expired' | 'unknown' };

/** Long enough to be used the next day. */
const validHours = 24;

/** SQL of the table `one_time_links`: tokens of 32 random bytes, stored as SHA-256. */
export const oneTimeLinks = {
  /** Creates a link for a user and ends all earlier ones. */
  async issue(database: Kysely<IdentityTables>, userId: string, purpose: LinkPurpose): Promise<OneTimeLink> {
    const token = randomBytes(32).toString('base64url');
    await this.endUnused(database, userId);
    const { expires_at: expiresAt } = await database
      .insertInto('one_time_links')
      .values({
        token_hash: hashOf(token),
        user_id: userId,
        purpose,
        expires_at: sql<Date>`now() + make_interval(hours => ${validHours})`,
      })
      .returning('expires_at')
      .executeTakeFirstOrThrow();
    return { token, expiresAt };
  },

  /** Ends the unused links of a user. */
  async endUnused(database: Kysely<IdentityTables>, userId: string): Promise<void> {
    await database.deleteFrom('one_time_links').where('user_id', '=', userId).where('used_at', 'is', null).execute();
  },

  /** When the user's valid link expires, if there is one. */
  async workingUntil(database: Kysely<IdentityTables>, userId: string): Promise<Date | undefined> {
    const row = await database
      .selectFrom('one_time_links')
      .select('expires_at')
      .where('user_id', '=', userId)
      .where('used_at', 'is', null)
      .where('expires_at', '>', sql<Date>`now()`)
      .executeTakeFirst();
    return row?.expires_at;
  },

  /** Whether a text has the format of a token: 32 bytes in base64url. */
  canBe(token: string): boolean {
    return /^[\w-]{43}$/.test(token);
  },

  /** Checks a token without using it. */
  async check(database: Kysely<IdentityTables>, token: string): Promise<LinkState> {
    const row = await database
      .selectFrom('one_time_links')
      .select(['user_id', 'purpose', 'used_at', sql<boolean>`expires_at <= now()`.as('expired')])
      .where('token_hash', '=', hashOf(token))
      .executeTakeFirst();
    if (row === undefined) return { state: 'unknown' };
    if (row.used_at !== null) return { state: 'used' };
    if (row.expired) return { state: 'expired' };
    return { state: 'valid', userId: row.user_id, purpose: row.purpose };
  },

  /** Uses a token. Of several concurrent attempts, one returns true. */
  async use(transaction: Kysely<IdentityTables>, token: string): Promise<boolean> {
    const used = await transaction
      .updateTable('one_time_links')
      .set({ used_at: sql<Date>`now()` })
      .where('token_hash', '=', hashOf(token))
      .where('used_at', 'is', null)
      .where('expires_at', '>', sql<Date>`now()`)
      .returning('user_id')
      .executeTakeFirst();
    return used !== undefined;
  },
};

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
