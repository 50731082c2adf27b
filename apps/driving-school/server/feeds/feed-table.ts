import type { Generated, Kysely } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `calendar_feeds`. */
export interface CalendarFeedTable {
  id: string;
  school_id: string;
  instructor_id: string;
  token_hash: Buffer;
  created_at: Generated<Date>;
  created_by: string | null;
  revoked_at: Date | null;
}

/** A row of `people`: the view of users for other slices. */
interface PersonView {
  id: string;
  school_id: string;
  role: string;
  name: string;
  disabled: boolean;
}

/** The tables that the slice reads. */
export function feedTables(
  handle: DatabaseHandle,
): Kysely<{ readonly calendar_feeds: CalendarFeedTable; readonly people: PersonView }> {
  return handle;
}
