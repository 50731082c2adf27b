import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import type { StudentAccessReader } from '../students/students.ts';
import { AlreadyGuardianError, PrimaryTakenError } from './guardian-errors.ts';
import { GuardianService } from './guardian-service.ts';

export { type GuardianCount, guardianCounts } from './guardian-findings.ts';
export { studentsWithGuardian } from './primary-guardians.ts';
export { registerGuardians } from './guardian-routes.ts';

/** The dependencies of the slice. */
export interface GuardiansOptions extends SliceOptions {
  readonly students: StudentAccessReader;
}

/** The assembled slice. */
export interface Guardians {
  readonly service: GuardianService;
}

/** Assembles the slice, without using the database. */
export function createGuardians({ database, idempotency, policies, wallClock, students }: GuardiansOptions): Guardians {
  const unitOfWork = new UnitOfWork({
    database: database.kysely,
    idempotency,
    policies,
    constraints: {
      one_primary_guardian: () => new PrimaryTakenError(),
      student_guardians_pkey: () => new AlreadyGuardianError(),
    },
  });
  const today = (): string => wallClock.today('America/Toronto').toString();
  return {
    service: new GuardianService({ database: database.kysely, students, unitOfWork, policies, wallClock, today }),
  };
}
