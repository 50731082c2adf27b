import { type Kysely, sql } from 'kysely';
import type { CalendarDay } from '../contract/parsers.ts';
import type { DatabaseTransaction } from '../server/platform/database/handle.ts';
import type { UnitOfWork } from '../server/platform/unit-of-work.ts';
import type { StudentRepository } from '../server/students/students.ts';
import { type DemoInstructor, demoSchool } from './demo-school.ts';

interface SeedOptions {
  readonly repository: StudentRepository;
  readonly unitOfWork: UnitOfWork;
  readonly today: CalendarDay;
  /** Default 2,000. */
  readonly studentCount?: number;
  readonly seed?: number;
}

/** An arbitrary number of a lock: two instances must not fill the same school at once. */
const seedLock = 7_302_026;

/**
 * Fills the first school with fictional students if it has none. Adds all of them or none, and only once.
 *
 * @returns the number of students added; 0 when the school already has students
 */
export async function seedDemo({ repository, unitOfWork, today, ...options }: SeedOptions): Promise<number> {
  return unitOfWork.run(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${seedLock})`.execute(transaction);
    const schoolId = await firstSchool(transaction);
    if (schoolId === undefined || (await repository.hasStudents(schoolId, transaction))) return 0;
    const { instructors, students } = demoSchool({ ...options, today, schoolId });
    await addInstructors(instructors, schoolId, transaction);
    await repository.insert(students, { schoolId, actorId: null }, transaction);
    return students.length;
  });
}

async function firstSchool(transaction: DatabaseTransaction): Promise<string | undefined> {
  const school = await tablesOf(transaction)
    .selectFrom('schools')
    .select('id')
    .orderBy('created_at')
    .executeTakeFirst();
  return school?.id;
}

/** Adds users without a password: they cannot sign in, and the owner can invite or remove them like any others. */
async function addInstructors(
  instructors: readonly DemoInstructor[],
  schoolId: string,
  transaction: DatabaseTransaction,
): Promise<void> {
  const rows = instructors.map(({ id, name, email }) => ({ id, name, email, school_id: schoolId, role: 'instructor' }));
  await tablesOf(transaction).insertInto('users').values(rows).execute();
}

interface Tables {
  schools: { id: string; created_at: Date };
  users: { id: string; school_id: string; role: string; name: string; email: string };
}

/** The tables that the seed reads and writes. */
function tablesOf(handle: Kysely<Record<string, never>>): Kysely<Tables> {
  return handle;
}
