import { sql } from 'kysely';
import type { VehicleFacts } from '../../contract/booking/world.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { vehicleTables } from './vehicle-table.ts';

/** Keeps vehicles from being changed and archived until the transaction ends; waits for such a change under way. */
export async function lockVehicles(
  transaction: DatabaseTransaction,
  schoolId: string,
  ids: readonly string[],
): Promise<void> {
  await vehicleTables(transaction)
    .selectFrom('vehicles')
    .select('id')
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`id = ANY (${[...ids]}::uuid[])`)
    .orderBy('id')
    .forKeyShare()
    .execute();
}

/** Reads the facts that decide about booking vehicles of a school, sorted by plate. @param ids default: all vehicles, including archived ones */
export async function vehicleFacts(
  handle: DatabaseHandle,
  schoolId: string,
  ids?: readonly string[],
): Promise<(VehicleFacts & { readonly status: 'active' | 'archived'; readonly location_id: string | null })[]> {
  const rows = await vehicleTables(handle)
    .selectFrom('vehicles')
    .select(['id', 'plate', 'description', 'transmission', 'dual_brake', 'status', 'location_id'])
    .select([
      dayColumn('insurance_expires_on').$castTo<string | null>().as('insurance_expires_on'),
      dayColumn('registration_expires_on').$castTo<string | null>().as('registration_expires_on'),
      dayColumn('safety_expires_on').$castTo<string | null>().as('safety_expires_on'),
    ])
    .where('school_id', '=', schoolId)
    .where(ids === undefined ? sql<boolean>`true` : sql<boolean>`id = ANY (${[...ids]}::uuid[])`)
    .orderBy('plate')
    .orderBy('id')
    .execute();
  return rows.map(({ plate, description, ...row }) => ({
    ...row,
    name: description === null ? plate : `${plate} (${description})`,
  }));
}
