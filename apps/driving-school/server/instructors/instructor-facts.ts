import { sql } from 'kysely';
import type { InstructorFacts, WorkingHours } from '../../contract/booking/world.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { instructorTables } from './instructor-table.ts';

/**
 * Reads the facts that decide about booking instructors of a school, sorted by name.
 *
 * @param ids default: all instructors, including disabled ones
 * @param former also people who are no longer instructors, as disabled ones: their lessons stay booked
 */
export async function instructorFacts(
  handle: DatabaseHandle,
  schoolId: string,
  ids?: readonly string[],
  { former = false } = {},
): Promise<InstructorFacts[]> {
  const tables = instructorTables(handle);
  const among = (column: string) =>
    ids === undefined ? sql<boolean>`true` : sql<boolean>`${sql.ref(column)} = ANY (${[...ids]}::uuid[])`;
  const people = await tables
    .selectFrom('people')
    .leftJoin('instructors', 'instructors.id', 'people.id')
    .select(['people.id', 'people.name', 'instructors.transmissions'])
    .select([
      sql<boolean>`people.disabled OR people.role <> 'instructor'`.as('disabled'),
      dayColumn('instructors.licence_expires_on').$castTo<string | null>().as('licence_expires_on'),
      dayColumn('instructors.contract_from').$castTo<string | null>().as('contract_from'),
      dayColumn('instructors.contract_to').$castTo<string | null>().as('contract_to'),
    ])
    .where('people.school_id', '=', schoolId)
    .where(former && ids !== undefined ? sql<boolean>`true` : sql<boolean>`people.role = 'instructor'`)
    .where(among('people.id'))
    .orderBy('people.name')
    .orderBy('people.id')
    .execute();
  const hours = await hoursOf(handle, schoolId, ids);
  return people.map((person) => ({
    ...person,
    transmissions: person.transmissions ?? 'both',
    hours: hours.get(person.id) ?? [],
  }));
}

/** Working hours by instructor, in the order of the week. */
export async function hoursOf(
  handle: DatabaseHandle,
  schoolId: string,
  ids?: readonly string[],
): Promise<ReadonlyMap<string, WorkingHours[]>> {
  const rows = await instructorTables(handle)
    .selectFrom('instructor_hours')
    .select(['instructor_id', 'weekday'])
    .select([
      sql<number>`lower(minutes)`.as('from_minute'),
      sql<number>`upper(minutes)`.as('to_minute'),
      sql<string | null>`to_char(lower(valid), 'YYYY-MM-DD')`.as('valid_from'),
      // The range's end is the first day after it.
      sql<string | null>`to_char(upper(valid) - 1, 'YYYY-MM-DD')`.as('valid_to'),
    ])
    .where('school_id', '=', schoolId)
    .where(ids === undefined ? sql<boolean>`true` : sql<boolean>`instructor_id = ANY (${[...ids]}::uuid[])`)
    .orderBy('weekday')
    .orderBy('from_minute')
    .execute();
  return Map.groupBy(
    rows.map((row) => row),
    ({ instructor_id }) => instructor_id,
  );
}
