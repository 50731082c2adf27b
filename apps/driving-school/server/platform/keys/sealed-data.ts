import type { Kysely, Transaction } from 'kysely';
import type { Secrets } from '../secrets.ts';

/** A handle of the database. */
export type KeyDatabase = Kysely<Record<string, never>>;
/** A transaction of the database. */
export type KeyTransaction = Transaction<Record<string, never>>;

/**
 * Data in the database that depends on keys derived from the secret. A slice that encrypts data adds one of these to
 * `server/sealed-data.ts`, so that rotations re-encrypt it, and a start with the wrong secret is refused.
 */
export interface SealedData {
  /** Its name in messages, such as `licence numbers`. */
  readonly name: string;
  /**
   * Whether this secret decrypts a sample of the data.
   *
   * @returns `undefined` when there is no data
   */
  opens(database: KeyDatabase, secrets: Secrets): Promise<boolean | undefined>;
  /**
   * Re-encrypts all data, in the transaction of the rotation.
   *
   * @returns the number of items
   * @throws when an item can't be decrypted; the rotation then changes nothing
   */
  reseal(transaction: KeyTransaction, from: Secrets, to: Secrets): Promise<number>;
}

/** Data in the data folder, outside the database, that depends on a key derived from the secret. */
export interface FolderKey {
  /** The purpose of the key, such as `console-audit`. */
  readonly purpose: string;
  /** Changes the data to another key, atomically. Repeating it has no effect. */
  readonly change: (directory: string, from: Buffer, to: Buffer) => void;
}
