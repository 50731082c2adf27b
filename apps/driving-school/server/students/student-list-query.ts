import { type RawBuilder, sql } from 'kysely';
import { listedNames } from '../../contract/fields.ts';
import { studentFields } from '../../contract/student-fields.ts';
import type { StudentSort, StudentSummary } from '../../contract/students.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { ListPosition } from '../platform/http/list-cursor.ts';
import { studentTables } from './student-table.ts';
import { displayName } from './student.ts';

/** A search for students. */
export interface StudentSearch {
  readonly schoolId: string;
  /** Only students of this instructor: a permission. */
  readonly instructorId?: string;
  /** A query for the IDs of students whom that instructor may see as well. */
  readonly taughtNear?: RawBuilder<unknown>;
  /** Only students of this instructor, or, with null, without an instructor: a filter. */
  readonly taughtBy?: string | null;
  readonly status: 'active' | 'archived' | 'all';
  readonly sort: StudentSort;
  /** Word prefixes, all of which must match. */
  readonly words: readonly string[];
  /** The digest of a whole licence number, instead of words. */
  readonly licenceDigest?: Buffer;
  readonly after?: ListPosition;
  readonly limit: number;
}

/** One row of the list and its position. */
export interface ListedStudent {
  readonly summary: StudentSummary;
  readonly position: ListPosition;
}

const plainColumns = listedNames(studentFields)
  .filter((name) => name !== 'birth_date')
  .map((name) => `students.${name}` as const);

/** Reads a page of students, in the order of the list. */
export async function listStudents(search: StudentSearch, handle: DatabaseHandle): Promise<ListedStudent[]> {
  const { sort, after, limit } = search;
  const { column, key, value, descending } = listOrders[sort];
  const direction = descending ? 'desc' : 'asc';
  let query = matching(search, handle)
    .leftJoin('people', 'people.id', 'students.instructor_id')
    .select(['students.id', 'students.legal_given_names', 'students.legal_family_name', ...plainColumns])
    .select(['students.status', 'students.updated_at', 'people.name as instructor_name'])
    .select([dayColumn('students.birth_date').as('birth_date'), key.as('key')])
    .orderBy(column, direction)
    .orderBy('students.id', direction)
    .limit(limit);
  if (after !== undefined) {
    const compared = descending ? sql`<` : sql`>`;
    query = query.where(
      sql<boolean>`(${sql.ref(column)}, students.id) ${compared} (${value(after.key)}, ${after.id}::uuid)`,
    );
  }
  const rows = await query.execute();
  return rows.map(({ legal_given_names, legal_family_name, key: sortedBy, updated_at, ...row }) => ({
    summary: {
      ...row,
      display_name: displayName({ legal_given_names, legal_family_name }),
      updated_at: updated_at.toISOString(),
    },
    position: { key: sortedBy, id: row.id },
  }));
}

/** Counts all students that match a search. */
export async function countStudents(search: StudentSearch, handle: DatabaseHandle): Promise<number> {
  const { count } = await matching(search, handle)
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

function matching(
  { schoolId, instructorId, taughtNear, taughtBy, status, words, licenceDigest }: StudentSearch,
  handle: DatabaseHandle,
) {
  let query = studentTables(handle).selectFrom('students').where('students.school_id', '=', schoolId);
  if (instructorId !== undefined) {
    query = query.where((where) =>
      where.or([
        where('students.instructor_id', '=', instructorId),
        ...(taughtNear === undefined ? [] : [sql<boolean>`students.id IN (${taughtNear})`]),
      ]),
    );
  }
  if (taughtBy === null) query = query.where('students.instructor_id', 'is', null);
  else if (taughtBy !== undefined) query = query.where('students.instructor_id', '=', taughtBy);
  if (status !== 'all') query = query.where('students.status', '=', status);
  if (licenceDigest !== undefined) return query.where('students.licence_number_digest', '=', licenceDigest);
  return words.length === 0 ? query : query.where(sql<boolean>`students.search_words @@ ${wordsQuery(words)}::tsquery`);
}

interface ListOrder {
  readonly column: 'students.sort_name' | 'students.updated_at' | 'students.created_at';
  /** Converts the column to text, without loss of precision. */
  readonly key: RawBuilder<string>;
  /** Converts the text back to the column's type. */
  readonly value: (key: string) => RawBuilder<unknown>;
  readonly descending: boolean;
}

/** The sort orders of a list. The student's ID makes each unambiguous. */
const listOrders: Readonly<Record<StudentSort, ListOrder>> = {
  name: {
    column: 'students.sort_name',
    key: sql<string>`students.sort_name`,
    value: (key) => sql`${key}`,
    descending: false,
  },
  updated: timeOrder('students.updated_at'),
  created: timeOrder('students.created_at'),
};

/** Compares microseconds, as the database stores them. */
function timeOrder(column: 'students.updated_at' | 'students.created_at'): ListOrder {
  return {
    column,
    key: sql<string>`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    value: (key) => sql`${key}::timestamptz`,
    descending: true,
  };
}

/**
 * A query for all words, by default as prefixes: `'jea':* & 'tre':*`. Quoted, so that a word can't contain operators.
 */
export function wordsQuery(words: readonly string[], { prefix = true }: { readonly prefix?: boolean } = {}): string {
  return words
    .map((word) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'${prefix ? ':*' : ''}`)
    .join(' & ');
}
