import { type Kysely, sql } from 'kysely';
import type { DatabaseTransaction } from '../server/platform/database/handle.ts';
import type { UnitOfWork } from '../server/platform/unit-of-work.ts';
import type { StudentRepository } from '../server/students/students.ts';
import { demoBook } from './demo-book.ts';
import { type DemoInstructor, demoSchool, demoSeed } from './demo-school.ts';
import { demoScales, type DemoSize } from './demo-sizes.ts';
import { insertBook } from './insert-book.ts';

interface SeedOptions {
  readonly repository: StudentRepository;
  readonly unitOfWork: UnitOfWork;
  /** The school's clock: all dates are relative to it. */
  readonly now: Temporal.Instant;
  /** Default M. */
  readonly size?: DemoSize;
  readonly seed?: number;
  /** Called with sentences about the progress of the larger sizes. */
  readonly announce?: (text: string) => void;
}

/** An arbitrary number of a lock: two instances must not fill the same school at once. */
const seedLock = 7_302_026;

/** How much of the demo was added. */
export interface DemoCounts {
  readonly students: number;
  readonly lessons: number;
}

/**
 * Fills the first school with fictional data if it has no students. Adds everything or nothing, and only once.
 *
 * @returns undefined when the school already has students
 */
export async function seedDemo({
  repository,
  unitOfWork,
  now,
  size = 'M',
  seed = demoSeed,
  announce = () => {},
}: SeedOptions): Promise<DemoCounts | undefined> {
  return unitOfWork.run(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${seedLock})`.execute(transaction);
    const schoolId = await firstSchool(transaction);
    if (schoolId === undefined || (await repository.hasStudents(schoolId, transaction))) return undefined;
    const scale = demoScales[size];
    const isLarge = size === 'L' || size === 'XL';
    if (isLarge) announce(`Adding the fictional school of size ${size}. This takes ${scale.duration}.`);
    const today = now.toZonedDateTimeISO('America/Toronto').toPlainDate().toString();
    const { instructors, students } = demoSchool({
      seed,
      today,
      schoolId,
      studentCount: scale.students,
      instructorCount: scale.instructors,
    });
    const book = demoBook({ seed, schoolId, scale, today, now: now.epochMilliseconds, instructors, students });
    await addInstructors(instructors, schoolId, transaction);
    await repository.insert(students, { schoolId, actorId: null }, transaction);
    await insertBook(book, schoolId, transaction, {
      onProgress: isLarge ? progressIn(announce, book.lessons.length) : undefined,
    });
    return { students: students.length, lessons: book.lessons.length };
  });
}

/** Announces every tenth of the lessons. */
function progressIn(announce: (text: string) => void, total: number): (share: number) => void {
  let announced = 0;
  return (share) => {
    const tenths = Math.floor(share * 10);
    if (tenths === announced) return;
    announced = tenths;
    announce(`  ${Math.round(share * total).toLocaleString('en-CA')} of ${total.toLocaleString('en-CA')} lessons`);
  };
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
