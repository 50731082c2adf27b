import { type Kysely, sql } from 'kysely';
import { type Holiday, ontarioHolidays } from '../contract/ontario-holidays.ts';
import { addDays, type CalendarDay } from '../contract/parsers.ts';
import type { DatabaseTransaction } from '../server/platform/database/handle.ts';
import type { UnitOfWork } from '../server/platform/unit-of-work.ts';
import type { StudentRepository } from '../server/students/students.ts';
import { demoBook } from './demo-book.ts';
import { type DemoInstructor, demoSchool, demoSeed } from './demo-school.ts';
import { type DemoScale, demoScales, type DemoSize } from './demo-sizes.ts';
import { insertBook, insertClosedDays, insertProducts } from './insert-book.ts';

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
  const schoolId = await unitOfWork.run((transaction) => emptySchool(repository, transaction));
  if (schoolId === undefined) return undefined;
  const scale = demoScales[size];
  const isLarge = size === 'L' || size === 'XL';
  if (isLarge) announce(`Adding the fictional school of size ${size}. This takes ${scale.duration}.`);
  const today = now.toZonedDateTimeISO('America/Toronto').toPlainDate().toString();
  const counts = { studentCount: scale.students, instructorCount: scale.instructors, years: scale.years };
  const { instructors, students } = demoSchool({ seed, today, schoolId, ...counts });
  // Before the transaction, which must not wait for it.
  const holidays = demoHolidays(today, scale);
  const closedDays = new Set(holidays.map(({ day }) => day));
  const at = { today, now: now.epochMilliseconds, closedDays };
  const book = await demoBook({ seed, schoolId, scale, ...at, instructors, students });
  return unitOfWork.run(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${seedLock})`.execute(transaction);
    // Another instance may have been faster.
    if ((await emptySchool(repository, transaction)) === undefined) return undefined;
    await addInstructors(instructors, schoolId, transaction);
    await repository.insert(students, { schoolId, actorId: null }, transaction);
    await insertClosedDays(holidays, schoolId, transaction);
    await insertProducts(schoolId, transaction);
    await insertBook(book, schoolId, transaction, {
      onProgress: isLarge ? progressIn(announce, book.lessons.length) : undefined,
    });
    return { students: students.length, lessons: book.lessons.length };
  });
}

/** Ontario's public holidays of the years with lessons, and of the year after. */
function demoHolidays(today: CalendarDay, { weeksBefore, weeksAfter }: DemoScale): Holiday[] {
  const first = Number(addDays(today, -7 * weeksBefore).slice(0, 4));
  const last = Number(addDays(today, 7 * weeksAfter).slice(0, 4)) + 1;
  return Array.from({ length: last - first + 1 }, (_, index) => ontarioHolidays(first + index)).flat();
}

/** The first school, unless it has students. */
async function emptySchool(
  repository: StudentRepository,
  transaction: DatabaseTransaction,
): Promise<string | undefined> {
  const schoolId = await firstSchool(transaction);
  return schoolId === undefined || (await repository.hasStudents(schoolId, transaction)) ? undefined : schoolId;
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
