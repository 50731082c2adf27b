import type { Generated, Kysely } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `vehicles`. Calendar days are written as text; read them with `dayColumn`. */
export interface VehicleTable {
  id: string;
  school_id: string;
  location_id: string | null;
  plate: string;
  description: string | null;
  transmission: Generated<'automatic' | 'manual'>;
  dual_brake: Generated<boolean>;
  insurance_expires_on: string | null;
  insurance_6d: Generated<boolean>;
  registration_expires_on: string | null;
  safety_expires_on: string | null;
  notes: string | null;
  status: Generated<'active' | 'archived'>;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

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

/** The tables of the slice. */
export function vehicleTables(
  handle: DatabaseHandle,
): Kysely<{ readonly vehicles: VehicleTable; readonly outages: OutageTable }> {
  return handle;
}
