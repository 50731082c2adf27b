import type { DatabaseSync } from 'node:sqlite';
import type { CalendarDay } from '../../contract/students.ts';
import type { Policies } from '../policies.ts';
import { Idempotency } from '../platform/idempotency.ts';
import { systemWallClock, type WallClock } from '../platform/wall-clock.ts';
import { LicenceCipher } from './licence-cipher.ts';
import { ListCursors } from './list-cursor.ts';
import { StudentCopies } from './student-copies.ts';
import { type DatabaseHandle, StudentRepository } from './student-repository.ts';
import { StudentService } from './student-service.ts';

export { sealedLicenceNumbers } from './sealed-licence-numbers.ts';
export { registerStudents } from './student-routes.ts';
export type { DatabaseTransaction, NewStudent, StudentRepository } from './student-repository.ts';
export { StudentService } from './student-service.ts';
export { maySee } from './student.ts';

/** What the slice needs of the application. */
export interface StudentsOptions {
  readonly database: { readonly kysely: DatabaseHandle };
  /** The local store, for the copies. */
  readonly local: DatabaseSync;
  readonly secrets: { derive(purpose: string): Buffer };
  readonly policies: Policies;
  readonly log: { warn(facts: object, sentence: string): void };
  /** Default: the machine's own. */
  readonly wallClock?: WallClock;
  /** The school's zone. Default `America/Toronto`. */
  readonly zone?: string;
  /** How many students are kept as copies. Default 5,000. */
  readonly copiesMax?: number;
}

/** The slice, put together. */
export interface Students {
  readonly service: StudentService;
  /** For the seed, which adds thousands at once. */
  readonly repository: StudentRepository;
  readonly idempotency: Idempotency;
  /** The school's calendar day. */
  readonly today: () => CalendarDay;
}

/** Puts the slice together. Reads nothing and needs no database yet. */
export function createStudents(options: StudentsOptions): Students {
  const { database, local, secrets, policies, log, wallClock = systemWallClock, zone = 'America/Toronto' } = options;
  const today = (): CalendarDay => wallClock.today(zone).toString();
  const repository = new StudentRepository(database.kysely, new LicenceCipher(secrets), today);
  const idempotency = new Idempotency(secrets);
  const service = new StudentService({
    repository,
    copies: new StudentCopies(local, options.copiesMax === undefined ? {} : { copiesMax: options.copiesMax }),
    cursors: new ListCursors(secrets),
    idempotency,
    policies,
    wallClock,
    zone,
    onCopyFailure: (error) => log.warn({ event: 'copy_failed', err: error }, 'A copy of a student could not be kept'),
  });
  return { service, repository, idempotency, today };
}
