import { sql } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { vehicleTables } from './vehicle-table.ts';

/** A period in which a vehicle can't be used. Times are in milliseconds since 1970. */
export interface OutagePeriod {
  readonly id: string;
  readonly vehicle_id: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string | null;
}

/** The outages of a school's vehicles that overlap [from, to), in milliseconds, the earliest first. */
export async function outagesBetween(
  handle: DatabaseHandle,
  schoolId: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<OutagePeriod[]> {
  const rows = await vehicleTables(handle)
    .selectFrom('outages')
    .select(['id', 'vehicle_id', 'starts_at', 'ends_at', 'reason'])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`starts_at < ${new Date(to)}::timestamptz AND ends_at > ${new Date(from)}::timestamptz`)
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ starts_at, ends_at, ...row }) => ({ ...row, from: starts_at.getTime(), to: ends_at.getTime() }));
}
