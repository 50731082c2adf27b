import { localStart } from '../../contract/local-time.ts';
import type { Outage } from '../../contract/vehicles.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { vehicleTables } from './vehicle-table.ts';

/** The most outages in a list. */
const outagesMax = 500;

/** An outage before it is saved. Times are in milliseconds since 1970. */
export interface NewOutage {
  readonly id: string;
  readonly vehicleId: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string | null;
}

/** The outages of a vehicle, the latest first. @param zone of the wall times */
export async function listOutages(
  handle: DatabaseHandle,
  of: { readonly schoolId: string; readonly vehicleId: string },
  zone: string,
): Promise<Outage[]> {
  const rows = await outageRows(handle, of).orderBy('starts_at', 'desc').limit(outagesMax).execute();
  return rows.map((row) => outageOf(row, zone));
}

/** Finds an outage of a vehicle. @param zone of the wall times */
export async function findOutage(
  handle: DatabaseHandle,
  of: { readonly schoolId: string; readonly vehicleId: string },
  outageId: string,
  zone: string,
): Promise<Outage | undefined> {
  const row = await outageRows(handle, of).where('id', '=', outageId).executeTakeFirst();
  return row && outageOf(row, zone);
}

export async function insertOutage(
  transaction: DatabaseTransaction,
  { id, vehicleId, from, to, reason }: NewOutage,
  { schoolId, actorId }: { readonly schoolId: string; readonly actorId: string },
): Promise<void> {
  await vehicleTables(transaction)
    .insertInto('outages')
    .values({
      id,
      school_id: schoolId,
      vehicle_id: vehicleId,
      starts_at: new Date(from),
      ends_at: new Date(to),
      reason,
      created_by: actorId,
    })
    .execute();
}

export async function deleteOutage(transaction: DatabaseTransaction, outageId: string): Promise<void> {
  await vehicleTables(transaction).deleteFrom('outages').where('id', '=', outageId).execute();
}

function outageRows(
  handle: DatabaseHandle,
  { schoolId, vehicleId }: { readonly schoolId: string; readonly vehicleId: string },
) {
  return vehicleTables(handle)
    .selectFrom('outages')
    .select(['id', 'vehicle_id', 'starts_at', 'ends_at', 'reason', 'version'])
    .where('school_id', '=', schoolId)
    .where('vehicle_id', '=', vehicleId);
}

type OutageRow = Awaited<ReturnType<ReturnType<typeof outageRows>['executeTakeFirstOrThrow']>>;

function outageOf({ starts_at, ends_at, ...row }: OutageRow, zone: string): Outage {
  return {
    ...row,
    from: starts_at.toISOString(),
    to: ends_at.toISOString(),
    local_from: localStart(starts_at.getTime(), zone),
    local_to: localStart(ends_at.getTime(), zone),
    time_zone: zone,
  };
}
