import { sql } from 'kysely';
import type { ClosedDayFacts } from '../../contract/booking/world.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { calendarTables } from './claim-table.ts';

/** The closed days of a school from one day to another, both included. */
export async function closedDayFacts(
  handle: DatabaseHandle,
  schoolId: string,
  { from, to }: { readonly from: CalendarDay; readonly to: CalendarDay },
): Promise<ClosedDayFacts[]> {
  return calendarTables(handle)
    .selectFrom('closed_days')
    .select(['location_id', 'name', dayColumn('day').as('day')])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`day BETWEEN ${from}::date AND ${to}::date`)
    .orderBy('day')
    .execute();
}
