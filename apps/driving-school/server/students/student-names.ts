import { sql } from 'kysely';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { studentTables } from './student-table.ts';

/** The names of a student. */
export interface StudentNames {
  readonly id: string;
  /** Absent for people with a single name. */
  readonly legal_given_names: string | null;
  readonly legal_family_name: string;
  readonly preferred_name: string | null;
}

/** Reads the names of students by ID. Unknown IDs and those of other schools are left out. */
export async function studentNames(
  handle: DatabaseHandle,
  schoolId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StudentNames>> {
  const rows = await studentTables(handle)
    .selectFrom('students')
    .select(['id', 'legal_given_names', 'legal_family_name', 'preferred_name'])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`id = ANY (${[...ids]}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** `Zoé Tremblay`: the name by which the school calls a student. */
export function spokenName(names: Omit<StudentNames, 'id'>): string {
  const { legal_given_names: given, legal_family_name: family, preferred_name: preferred } = names;
  return [preferred ?? given, family].filter((part) => part !== null).join(' ');
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** `Zoé T.`: enough for the instructor, and little for anyone else who reads it. A single name is kept. */
export function discreetName(names: Omit<StudentNames, 'id'>): string {
  const { legal_given_names: given, legal_family_name: family, preferred_name: preferred } = names;
  const first = preferred ?? given?.trim().split(/\s+/)[0];
  if (first === undefined) return family;
  const [initial] = graphemes.segment(family.trim());
  return initial === undefined ? first : `${first} ${initial.segment.toUpperCase()}.`;
}
