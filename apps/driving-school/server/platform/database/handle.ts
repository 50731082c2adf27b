import type { Kysely, Transaction } from 'kysely';

/** The application's database or one of its transactions. Untyped: each slice declares its tables. */
export type DatabaseHandle = Kysely<Record<string, never>>;

/** A transaction of the application's database. */
export type DatabaseTransaction = Transaction<Record<string, never>>;

/** Whether a handle is a transaction, whose locks last until it ends. */
export function isTransaction(handle: DatabaseHandle): handle is DatabaseTransaction {
  return handle.isTransaction;
}
