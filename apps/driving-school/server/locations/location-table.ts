import type { Generated, Kysely } from 'kysely';
import type { locationFields } from '../../contract/location-fields.ts';
import type { RecordStatus } from '../../contract/records.ts';
import type { ColumnsOf } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `locations`. */
export type LocationTable = ColumnsOf<typeof locationFields> & {
  id: string;
  school_id: string;
  status: Generated<RecordStatus>;
  version: Generated<number>;
  created_at: Generated<Date>;
  created_by: string | null;
  updated_at: Generated<Date>;
  updated_by: string | null;
};

/** A row of `people`: the view of users for other slices. */
interface PersonView {
  id: string;
  school_id: string;
  name: string;
}

/** The tables that the slice reads. */
export function locationTables(
  handle: DatabaseHandle,
): Kysely<{ readonly locations: LocationTable; readonly people: PersonView }> {
  return handle;
}
