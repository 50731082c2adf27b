import { sql } from 'kysely';
import { locationFields } from '../../contract/location-fields.ts';
import { type Location, type LocationFields, type LocationQuery, locationSchema } from '../../contract/locations.ts';
import type { RecordStatus } from '../../contract/records.ts';
import { columnsOf, recordOf } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { locationTables } from './location-table.ts';

/** The locations of a school, the oldest first. */
export async function listLocations(
  handle: DatabaseHandle,
  schoolId: string,
  status: LocationQuery['status'],
): Promise<Location[]> {
  let query = locationRows(handle, schoolId);
  if (status !== 'all') query = query.where('locations.status', '=', status);
  const rows = await query.orderBy('locations.created_at').orderBy('locations.id').execute();
  return rows.map(locationOf);
}

/** Finds a location of the school. */
export async function findLocation(
  handle: DatabaseHandle,
  schoolId: string,
  locationId: string,
): Promise<Location | undefined> {
  const row = await locationRows(handle, schoolId).where('locations.id', '=', locationId).executeTakeFirst();
  return row && locationOf(row);
}

/**
 * Finds a location and locks the row until the transaction ends. A booking that refers to the location is either
 * committed before, or waits.
 */
export async function findLocationForChange(
  transaction: DatabaseTransaction,
  schoolId: string,
  locationId: string,
): Promise<Location | undefined> {
  const row = await locationRows(transaction, schoolId)
    .where('locations.id', '=', locationId)
    .forUpdate('locations')
    .executeTakeFirst();
  return row && locationOf(row);
}

/** Inserts a location. @throws the database's error when the name is taken */
export async function insertLocation(
  transaction: DatabaseTransaction,
  location: { readonly id: string; readonly fields: LocationFields },
  { schoolId, actorId }: { readonly schoolId: string; readonly actorId: string },
): Promise<void> {
  await locationTables(transaction)
    .insertInto('locations')
    .values({
      ...columnsOf(locationFields, location.fields),
      id: location.id,
      school_id: schoolId,
      created_by: actorId,
      updated_by: actorId,
    })
    .execute();
}

/** Writes the fields or the status of a location that is locked. @throws the database's error when the name is taken */
export async function updateLocation(
  transaction: DatabaseTransaction,
  locationId: string,
  change: { readonly fields: LocationFields } | { readonly status: RecordStatus },
  actorId: string,
): Promise<void> {
  await locationTables(transaction)
    .updateTable('locations')
    .set({
      ...('fields' in change ? columnsOf(locationFields, change.fields) : change),
      version: sql<number>`version + 1`,
      updated_at: sql<Date>`now()`,
      updated_by: actorId,
    })
    .where('id', '=', locationId)
    .execute();
}

type LocationRow = Awaited<ReturnType<ReturnType<typeof locationRows>['executeTakeFirstOrThrow']>>;

function locationRows(handle: DatabaseHandle, schoolId: string) {
  return locationTables(handle)
    .selectFrom('locations')
    .leftJoin('people as changers', (join) =>
      join.onRef('changers.id', '=', 'locations.updated_by').onRef('changers.school_id', '=', 'locations.school_id'),
    )
    .selectAll('locations')
    .select('changers.name as updated_by_name')
    .where('locations.school_id', '=', schoolId);
}

function locationOf(row: LocationRow): Location {
  return locationSchema.parse({
    ...recordOf(locationFields, row),
    id: row.id,
    status: row.status,
    version: row.version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    updated_by_name: row.updated_by_name,
  });
}
