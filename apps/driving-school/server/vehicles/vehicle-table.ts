import type { Generated, Kysely } from 'kysely';
import type { RecordStatus } from '../../contract/records.ts';
import type { vehicleFields } from '../../contract/vehicle-fields.ts';
import type { ColumnsOf } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `vehicles`. Calendar days are written as text; read them with `dayColumns`. */
export type VehicleTable = ColumnsOf<typeof vehicleFields> & {
  id: string;
  school_id: string;
  status: Generated<RecordStatus>;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
};

/** A row of `outages`. */
export interface OutageTable {
  id: string;
  school_id: string;
  vehicle_id: string;
  starts_at: Date;
  ends_at: Date;
  reason: string | null;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
}

/** A row of `people`: the view of users for other slices. */
interface PersonView {
  id: string;
  school_id: string;
  name: string;
}

/** The tables that the slice reads. */
export function vehicleTables(
  handle: DatabaseHandle,
): Kysely<{ readonly vehicles: VehicleTable; readonly outages: OutageTable; readonly people: PersonView }> {
  return handle;
}
