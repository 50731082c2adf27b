import type { LocationFacts } from '../../contract/booking/world.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { locationTables } from './location-table.ts';

/** The locations of a school, including archived ones, the oldest first. */
export async function locationFacts(
  handle: DatabaseHandle,
  schoolId: string,
): Promise<(LocationFacts & { readonly status: 'active' | 'archived' })[]> {
  return locationTables(handle)
    .selectFrom('locations')
    .select(['id', 'name', 'time_zone', 'buffer_minutes', 'status'])
    .where('school_id', '=', schoolId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Keeps a location from being changed and archived until the transaction ends; waits for such a change under way. */
export async function lockLocation(transaction: DatabaseTransaction, schoolId: string, id: string): Promise<void> {
  await locationTables(transaction)
    .selectFrom('locations')
    .select('id')
    .where('school_id', '=', schoolId)
    .where('id', '=', id)
    .forKeyShare()
    .execute();
}

/** The zone of the school's first location; `America/Toronto` for a school without locations. */
export async function schoolZone(handle: DatabaseHandle, schoolId: string): Promise<string> {
  const locations = await locationFacts(handle, schoolId);
  return (locations.find(({ status }) => status === 'active') ?? locations[0])?.time_zone ?? 'America/Toronto';
}
