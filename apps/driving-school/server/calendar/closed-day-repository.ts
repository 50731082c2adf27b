import { sql } from 'kysely';
import type { ClosedDay, ClosedDayFields } from '../../contract/closed-days.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { locationFacts } from '../locations/locations.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { calendarTables } from './claim-table.ts';

/** Which closed days of a school: those of a period, both days included, or one. */
export type ClosedDaySelection =
  { readonly from: CalendarDay; readonly to: CalendarDay } | { readonly ids: readonly string[] };

/** The closed days of a school, in the order of the calendar. Those of all locations come before those of one. */
export async function listClosedDays(
  handle: DatabaseHandle,
  schoolId: string,
  selection: ClosedDaySelection,
): Promise<ClosedDay[]> {
  const rows = await calendarTables(handle)
    .selectFrom('closed_days')
    .select(['id', 'name', 'location_id', dayColumn('day').as('day')])
    .where('school_id', '=', schoolId)
    .where(
      'ids' in selection
        ? sql<boolean>`id = ANY (${[...selection.ids]}::uuid[])`
        : sql<boolean>`day BETWEEN ${selection.from}::date AND ${selection.to}::date`,
    )
    .orderBy('day')
    .orderBy(sql`location_id IS NOT NULL`)
    .orderBy('id')
    .execute();
  const locations = await locationFacts(handle, schoolId);
  const names = new Map(locations.map(({ id, name }) => [id, name]));
  return rows.map(({ id, day, name, location_id }) => ({
    id,
    day,
    name,
    location_id,
    location_name: location_id === null ? null : (names.get(location_id) ?? null),
  }));
}

/** Inserts closed days. Days that exist already are left out. @returns the IDs of the inserted ones */
export async function insertClosedDays(
  transaction: DatabaseTransaction,
  days: readonly (ClosedDayFields & { readonly id: string })[],
  { schoolId, actorId }: { readonly schoolId: string; readonly actorId: string },
): Promise<string[]> {
  const rows = await calendarTables(transaction)
    .insertInto('closed_days')
    .values(days.map((day) => ({ ...day, school_id: schoolId, created_by: actorId })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Deletes a closed day of the school. @returns whether there was one */
export async function deleteClosedDay(
  transaction: DatabaseTransaction,
  schoolId: string,
  closedDayId: string,
): Promise<boolean> {
  const { numDeletedRows } = await calendarTables(transaction)
    .deleteFrom('closed_days')
    .where('school_id', '=', schoolId)
    .where('id', '=', closedDayId)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
