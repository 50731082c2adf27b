import type { DatabaseSync } from 'node:sqlite';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { ListCursors } from '../platform/http/list-cursor.ts';
import type { Idempotency } from '../platform/idempotency.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { systemWallClock, type WallClock } from '../platform/wall-clock.ts';
import type { Policies } from '../policies.ts';
import { LicenceCipher } from './licence-cipher.ts';
import { StudentCopies } from './student-copies.ts';
import { LicenceTakenError } from './student-errors.ts';
import { StudentRepository } from './student-repository.ts';
import { StudentService } from './student-service.ts';

export { sealedLicenceNumbers } from './sealed-licence-numbers.ts';
export { type StudentContact, studentContacts } from './student-contacts.ts';
export { studentFacts } from './student-facts.ts';
export { registerStudents } from './student-routes.ts';
export type { NewStudent, StudentRepository } from './student-repository.ts';
export { StudentService } from './student-service.ts';
export { maySee } from './student.ts';

/** The dependencies of the slice. */
export interface StudentsOptions {
  readonly database: { readonly kysely: DatabaseHandle };
  /** The local store, for copies. */
  readonly local: DatabaseSync;
  readonly secrets: { derive(purpose: string): Buffer };
  readonly idempotency: Idempotency;
  readonly policies: Policies;
  readonly log: { warn(facts: object, sentence: string): void };
  /** Default: the machine's clock. */
  readonly wallClock?: WallClock;
  /** The school's time zone. Default `America/Toronto`. */
  readonly zone?: string;
  /** Maximum number of copies. Default 5,000. */
  readonly copiesMax?: number;
}

/** The assembled slice. */
export interface Students {
  readonly service: StudentService;
  /** For the seed, which adds thousands of students at once. */
  readonly repository: StudentRepository;
  readonly unitOfWork: UnitOfWork;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
}

/** Assembles the slice, without using the database. */
export function createStudents(options: StudentsOptions): Students {
  const { database, local, secrets, idempotency, policies, log } = options;
  const { wallClock = systemWallClock, zone = 'America/Toronto', copiesMax } = options;
  const today = (): CalendarDay => wallClock.today(zone).toString();
  const repository = new StudentRepository(database.kysely, new LicenceCipher(secrets), today);
  const unitOfWork = new UnitOfWork({
    database: database.kysely,
    idempotency,
    policies,
    constraints: { students_licence_number: () => new LicenceTakenError() },
  });
  const service = new StudentService({
    repository,
    unitOfWork,
    copies: new StudentCopies(local, copiesMax === undefined ? {} : { copiesMax }),
    cursors: new ListCursors(secrets, 'students'),
    policies,
    wallClock,
    today,
    onCopyFailure: (error) => log.warn({ event: 'copy_failed', err: error }, 'A copy of a student could not be kept'),
  });
  return { service, repository, unitOfWork, today };
}
