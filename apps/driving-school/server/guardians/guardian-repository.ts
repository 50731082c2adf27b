import { sql } from 'kysely';
import { type GuardianFields, guardiansFoundMax, type StudentGuardian } from '../../contract/guardians.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { guardianTables } from './guardian-table.ts';
import type { GuardianLink } from './guardian.ts';

/** A guardian without the links to students. */
export interface GuardianPerson extends Omit<GuardianFields, 'relation'> {
  readonly id: string;
  readonly version: number;
}

/** A link from a guardian to a student. */
export interface StudentLink {
  readonly guardian_id: string;
  readonly student_id: string;
  readonly relation: string | null;
  readonly is_primary: boolean;
}

interface By {
  readonly schoolId: string;
  readonly actorId: string;
}

const personColumns = ['id', 'name', 'email', 'phone', 'phone_extension', 'version'] as const;

/** The columns of the person. The relation is one of the link. */
function personOf({ name, email, phone, phone_extension }: GuardianFields) {
  return { name, email, phone, phone_extension };
}

/** The guardians in the database. */
export const GuardianRepository = {
  /** @param lock until the transaction ends */
  find(
    handle: DatabaseHandle,
    schoolId: string,
    id: string,
    { lock = false } = {},
  ): Promise<GuardianPerson | undefined> {
    const query = guardianTables(handle)
      .selectFrom('guardians')
      .select(personColumns)
      .where('school_id', '=', schoolId)
      .where('id', '=', id);
    return (lock ? query.forUpdate() : query).executeTakeFirst();
  },

  /** Finds guardians by part of their name, their e-mail address or the digits of their phone number. */
  search(handle: DatabaseHandle, schoolId: string, text: string): Promise<GuardianPerson[]> {
    const pattern = `%${text.trim().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    const digits = text.replaceAll(/\D/g, '');
    return guardianTables(handle)
      .selectFrom('guardians')
      .select(personColumns)
      .where('school_id', '=', schoolId)
      .where((where) =>
        where.or([
          where('name', 'ilike', pattern),
          where('email', 'ilike', pattern),
          ...(digits.length < 4 ? [] : [where('phone', 'like', `%${digits}%`)]),
        ]),
      )
      .orderBy(sql`lower(name)`)
      .orderBy('id')
      .limit(guardiansFoundMax)
      .execute();
  },

  /** The links of guardians to students of the school. */
  async links(handle: DatabaseHandle, schoolId: string, guardianIds: readonly string[]): Promise<StudentLink[]> {
    return guardianTables(handle)
      .selectFrom('student_guardians')
      .select(['guardian_id', 'student_id', 'relation', 'is_primary'])
      .where('school_id', '=', schoolId)
      .where(sql<boolean>`guardian_id = ANY (${[...guardianIds]}::uuid[])`)
      .orderBy('created_at')
      .orderBy('student_id')
      .execute();
  },

  /** The guardians of a student, the primary one first. */
  async ofStudent(handle: DatabaseHandle, schoolId: string, studentId: string): Promise<StudentGuardian[]> {
    return guardianTables(handle)
      .selectFrom('student_guardians as link')
      .innerJoin('guardians', 'guardians.id', 'link.guardian_id')
      .select(['guardians.id', 'student_id', 'name', 'relation', 'phone', 'phone_extension', 'email', 'is_primary'])
      .select('version')
      .select(
        sql<number>`(SELECT count(*)::int - 1 FROM student_guardians other WHERE other.guardian_id = link.guardian_id)`.as(
          'other_students',
        ),
      )
      .where('link.school_id', '=', schoolId)
      .where('student_id', '=', studentId)
      .orderBy('is_primary', 'desc')
      .orderBy('link.created_at')
      .orderBy('link.guardian_id')
      .execute();
  },

  /** The links of a student, in the order in which they were added. */
  async linksOf(transaction: DatabaseTransaction, schoolId: string, studentId: string): Promise<GuardianLink[]> {
    return guardianTables(transaction)
      .selectFrom('student_guardians')
      .select(['guardian_id as guardianId', 'is_primary as isPrimary'])
      .where('school_id', '=', schoolId)
      .where('student_id', '=', studentId)
      .orderBy('created_at')
      .orderBy('guardian_id')
      .execute();
  },

  async insert(
    transaction: DatabaseTransaction,
    id: string,
    fields: GuardianFields,
    { schoolId, actorId }: By,
  ): Promise<void> {
    await guardianTables(transaction)
      .insertInto('guardians')
      .values({ id, school_id: schoolId, ...personOf(fields), created_by: actorId, updated_by: actorId })
      .execute();
  },

  async update(transaction: DatabaseTransaction, id: string, fields: GuardianFields, { actorId }: By): Promise<void> {
    await guardianTables(transaction)
      .updateTable('guardians')
      .set({
        ...personOf(fields),
        version: sql<number>`version + 1`,
        updated_at: sql<Date>`now()`,
        updated_by: actorId,
      })
      .where('id', '=', id)
      .execute();
  },

  async link(
    transaction: DatabaseTransaction,
    { schoolId, studentId, guardianId }: { schoolId: string; studentId: string; guardianId: string },
    { relation, isPrimary }: { readonly relation: string | null; readonly isPrimary: boolean },
  ): Promise<void> {
    await guardianTables(transaction)
      .insertInto('student_guardians')
      .values({
        school_id: schoolId,
        student_id: studentId,
        guardian_id: guardianId,
        relation,
        is_primary: isPrimary,
        // Links of one transaction keep their order.
        created_at: sql<Date>`clock_timestamp()`,
      })
      .execute();
  },

  async setRelation(
    transaction: DatabaseTransaction,
    { studentId, guardianId }: { readonly studentId: string; readonly guardianId: string },
    relation: string | null,
  ): Promise<void> {
    await guardianTables(transaction)
      .updateTable('student_guardians')
      .set({ relation })
      .where('student_id', '=', studentId)
      .where('guardian_id', '=', guardianId)
      .execute();
  },

  /** Makes a guardian the primary one; the former first, because the index admits only one at any moment. */
  async setPrimary(
    transaction: DatabaseTransaction,
    studentId: string,
    guardianId: string,
    { actorId }: By,
  ): Promise<void> {
    const demoted = await guardianTables(transaction)
      .updateTable('student_guardians')
      .set({ is_primary: false })
      .where('student_id', '=', studentId)
      .where('is_primary', '=', true)
      .returning('guardian_id')
      .execute();
    await guardianTables(transaction)
      .updateTable('student_guardians')
      .set({ is_primary: true })
      .where('student_id', '=', studentId)
      .where('guardian_id', '=', guardianId)
      .execute();
    const changed = [guardianId, ...demoted.map(({ guardian_id }) => guardian_id)];
    await guardianTables(transaction)
      .updateTable('guardians')
      .set({ version: sql<number>`version + 1`, updated_at: sql<Date>`now()`, updated_by: actorId })
      .where(sql<boolean>`id = ANY (${changed}::uuid[])`)
      .execute();
  },

  /** Removes a link, and the guardian with it when no other student has them. */
  async unlink(transaction: DatabaseTransaction, studentId: string, guardianId: string): Promise<void> {
    await guardianTables(transaction)
      .deleteFrom('student_guardians')
      .where('student_id', '=', studentId)
      .where('guardian_id', '=', guardianId)
      .execute();
    await guardianTables(transaction)
      .deleteFrom('guardians')
      .where('id', '=', guardianId)
      .where(sql<boolean>`NOT EXISTS (SELECT FROM student_guardians WHERE guardian_id = ${guardianId}::uuid)`)
      .execute();
  },
};
