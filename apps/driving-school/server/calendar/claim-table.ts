import { type Generated, type Kysely, sql } from 'kysely';
import type { Claim, ClaimSource, ResourceKind } from '../../contract/booking/world.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';

/** A row of `resource_claims`. The range is written by `claim` and read through `lower` and `upper`. */
interface ClaimTable {
  school_id: string;
  source_kind: ClaimSource;
  source_id: string;
  resource_kind: ResourceKind;
  resource_id: string;
  during: string;
  active: Generated<boolean>;
}

interface ClosedDayTable {
  id: string;
  school_id: string;
  location_id: string | null;
  day: string;
  name: string;
  created_at: Generated<Date>;
  created_by: string | null;
}

/** The tables of the slice. */
export function calendarTables(
  handle: DatabaseHandle,
): Kysely<{ readonly resource_claims: ClaimTable; readonly closed_days: ClosedDayTable }> {
  return handle;
}

/** The name of the constraint that refuses overlapping claims (SQLSTATE 23P01). */
export const overlapConstraint = 'resource_claims_no_overlap';

/**
 * Claims resources. The database refuses overlaps with other active claims.
 *
 * Transactions that want the same resource run one after the other: an exclusion constraint alone lets two of them wait
 * for each other, which PostgreSQL ends only after its deadlock timeout. Locks and rows are taken in one order.
 */
export async function claim(
  transaction: DatabaseTransaction,
  schoolId: string,
  claims: readonly Claim[],
): Promise<void> {
  if (claims.length === 0) return;
  await lockResources(
    transaction,
    claims.map(({ resource_id }) => resource_id),
  );
  const rows = claims.toSorted((a, b) => (a.resource_id < b.resource_id ? -1 : 1));
  await calendarTables(transaction)
    .insertInto('resource_claims')
    .values(
      rows.map(({ from, to, ...row }) => ({
        ...row,
        school_id: schoolId,
        during: sql<string>`tstzrange(${new Date(from)}::timestamptz, ${new Date(to)}::timestamptz)`,
      })),
    )
    .execute();
}

/** Removes the claims of sources, before new ones are written. */
export async function dropClaims(transaction: DatabaseTransaction, sourceIds: readonly string[]): Promise<void> {
  await calendarTables(transaction)
    .deleteFrom('resource_claims')
    .where(sql<boolean>`source_id = ANY (${[...sourceIds]}::uuid[])`)
    .execute();
}

/** Frees resources without forgetting the claims, or takes them again, which the database may refuse. */
export async function setClaimsActive(
  transaction: DatabaseTransaction,
  sourceIds: readonly string[],
  active: boolean,
): Promise<void> {
  if (active) {
    const rows = await calendarTables(transaction)
      .selectFrom('resource_claims')
      .select('resource_id')
      .where(sql<boolean>`source_id = ANY (${[...sourceIds]}::uuid[])`)
      .execute();
    await lockResources(
      transaction,
      rows.map(({ resource_id }) => resource_id),
    );
  }
  await calendarTables(transaction)
    .updateTable('resource_claims')
    .set({ active })
    .where(sql<boolean>`source_id = ANY (${[...sourceIds]}::uuid[])`)
    .execute();
}

/**
 * Makes transactions that claim the same resources wait until this one ends. `claim` does it itself; call this first when
 * the transaction decides by what it finds before it claims.
 */
export async function lockResources(transaction: DatabaseTransaction, ids: readonly string[]): Promise<void> {
  const ordered = [...new Set(ids)].toSorted();
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM (
    SELECT id FROM unnest(${ordered}::text[]) WITH ORDINALITY AS resource(id, position) ORDER BY position
  ) AS ordered`.execute(transaction);
}

/** The active claims of a school that overlap [from, to), in milliseconds. @param resourceIds default: all */
export async function claimsBetween(
  handle: DatabaseHandle,
  schoolId: string,
  { from, to, resourceIds }: { readonly from: number; readonly to: number; readonly resourceIds?: readonly string[] },
): Promise<Claim[]> {
  const rows = await calendarTables(handle)
    .selectFrom('resource_claims')
    .select(['source_kind', 'source_id', 'resource_kind', 'resource_id'])
    .select([sql<Date>`lower(during)`.as('from'), sql<Date>`upper(during)`.as('to')])
    .where('active', '=', true)
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`during && tstzrange(${new Date(from)}::timestamptz, ${new Date(to)}::timestamptz)`)
    .where(
      resourceIds === undefined ? sql<boolean>`true` : sql<boolean>`resource_id = ANY (${[...resourceIds]}::uuid[])`,
    )
    .execute();
  return rows.map((row) => ({ ...row, from: row.from.getTime(), to: row.to.getTime() }));
}
