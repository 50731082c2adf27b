import type { Kysely, Transaction } from 'kysely';
import type { Secrets } from '../secrets.ts';

/** The database, as far as keys are concerned. */
export type KeyDatabase = Kysely<Record<string, never>>;
/** A transaction of it. */
export type KeyTransaction = Transaction<Record<string, never>>;

/**
 * Something in the database that depends on keys derived from the secret. Whoever seals something writes one of these
 * and adds it to `server/sealed-data.ts`: then a rotation carries it over, and the start notices a secret that does not
 * open it.
 */
export interface SealedData {
  /** As a person would call it, such as `licence numbers`. */
  readonly name: string;
  /**
   * Whether this secret opens what is there, by a sample.
   *
   * @returns undefined when nothing is sealed
   */
  opens(database: KeyDatabase, secrets: Secrets): Promise<boolean | undefined>;
  /**
   * Seals everything anew, in one transaction with everything else.
   *
   * @returns how many items
   * @throws when an item can't be opened: then the rotation changes nothing
   */
  reseal(transaction: KeyTransaction, from: Secrets, to: Secrets): Promise<number>;
}

/** Something in the data folder, outside of the database, that depends on a key derived from the secret. */
export interface FolderKey {
  /** What the key is derived for, such as `console-audit`. */
  readonly purpose: string;
  /** Changes it over to another key, all or nothing. Doing it again changes nothing. */
  readonly change: (directory: string, from: Buffer, to: Buffer) => void;
}
