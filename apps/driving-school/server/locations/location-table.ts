import type { Generated, Kysely } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `locations`. */
export interface LocationTable {
  id: string;
  school_id: string;
  name: string;
  time_zone: string;
  buffer_minutes: Generated<number>;
  street: string | null;
  city: string | null;
  postal_code: string | null;
  phone: string | null;
  status: Generated<'active' | 'archived'>;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
}

/** The tables of the slice. */
export function locationTables(handle: DatabaseHandle): Kysely<{ readonly locations: LocationTable }> {
  return handle;
}
