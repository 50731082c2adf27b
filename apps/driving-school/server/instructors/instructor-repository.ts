import { sql } from 'kysely';
import type { WorkingHours } from '../../contract/booking/world.ts';
import { instructorFields } from '../../contract/instructor-fields.ts';
import type { InstructorFields } from '../../contract/instructors.ts';
import type { Actor } from '../../contract/session.ts';
import { columnsOf, dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { hoursOf } from './instructor-facts.ts';
import { instructorTables } from './instructor-table.ts';

/** An instructor as stored: the user, the record if there is one, and the working hours. */
export interface InstructorRecord {
  readonly id: string;
  readonly fields: InstructorFields;
  readonly email: string | null;
  readonly disabled: boolean;
  /** 0 without a record. */
  readonly version: number;
  readonly hours: readonly WorkingHours[];
}

/** SQL of the tables `instructors` and `instructor_hours`. */
export const instructorRepository = {
  /** The instructors of a school, by name. */
  async list(handle: DatabaseHandle, schoolId: string): Promise<InstructorRecord[]> {
    const rows = await records(handle, schoolId)
      .orderBy(sql`lower(people.name)`)
      .orderBy('people.id')
      .execute();
    const hours = await hoursOf(handle, schoolId);
    return rows.map((row) => toRecord(row, hours.get(row.id) ?? []));
  },

  async find(handle: DatabaseHandle, schoolId: string, id: string): Promise<InstructorRecord | undefined> {
    const row = await records(handle, schoolId).where('people.id', '=', id).executeTakeFirst();
    if (row === undefined) return undefined;
    const hours = await hoursOf(handle, schoolId, [id]);
    return toRecord(row, hours.get(id) ?? []);
  },

  /** Makes the transactions that change one instructor run one after the other, also before there is a record. */
  async lock(transaction: DatabaseTransaction, id: string): Promise<void> {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`instructor ${id}`}, 0))`.execute(transaction);
  },

  /** Adds the record of a user, or replaces it and raises its version. */
  async save(
    transaction: DatabaseTransaction,
    { schoolId, userId }: Actor,
    id: string,
    fields: InstructorFields,
  ): Promise<void> {
    // The name is the user's.
    const { name: _, ...columns } = columnsOf(instructorFields, fields);
    await instructorTables(transaction)
      .insertInto('instructors')
      .values({ id, school_id: schoolId, ...columns, created_by: userId, updated_by: userId })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({
          ...columns,
          version: sql<number>`instructors.version + 1`,
          updated_at: sql<Date>`now()`,
          updated_by: userId,
        }),
      )
      .execute();
  },

  /** Replaces all working hours of an instructor. */
  async replaceHours(
    transaction: DatabaseTransaction,
    schoolId: string,
    id: string,
    hours: readonly WorkingHours[],
  ): Promise<void> {
    const tables = instructorTables(transaction);
    await tables
      .deleteFrom('instructor_hours')
      .where('school_id', '=', schoolId)
      .where('instructor_id', '=', id)
      .execute();
    if (hours.length === 0) return;
    await tables
      .insertInto('instructor_hours')
      .values(
        hours.map(({ weekday, from_minute, to_minute, valid_from, valid_to }) => ({
          school_id: schoolId,
          instructor_id: id,
          weekday,
          minutes: sql<string>`int4range(${from_minute}::int, ${to_minute}::int)`,
          valid: sql<string>`daterange(${valid_from}::date, ${valid_to}::date, '[]')`,
        })),
      )
      .execute();
  },
};

function records(handle: DatabaseHandle, schoolId: string) {
  return instructorTables(handle)
    .selectFrom('people')
    .leftJoin('instructors', 'instructors.id', 'people.id')
    .select(['people.id', 'people.name', 'people.email', 'people.disabled'])
    .select(['instructors.licence_number', 'instructors.phone', 'instructors.transmissions', 'instructors.notes'])
    .select('instructors.version')
    .select([
      dayColumn('instructors.licence_expires_on').$castTo<string | null>().as('licence_expires_on'),
      dayColumn('instructors.contract_from').$castTo<string | null>().as('contract_from'),
      dayColumn('instructors.contract_to').$castTo<string | null>().as('contract_to'),
    ])
    .where('people.school_id', '=', schoolId)
    .where('people.role', '=', 'instructor');
}

type Row = Awaited<ReturnType<ReturnType<typeof records>['executeTakeFirstOrThrow']>>;

function toRecord(
  { id, email, disabled, version, transmissions, ...row }: Row,
  hours: readonly WorkingHours[],
): InstructorRecord {
  const fields = { ...row, transmissions: transmissions ?? 'both' };
  return { id, fields, email, disabled, version: version ?? 0, hours };
}
