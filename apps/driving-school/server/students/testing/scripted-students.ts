import { DatabaseSync } from 'node:sqlite';
import type { Registry } from 'dualbrake';
import type { Actor } from '../../../contract/session.ts';
import type { Student } from '../../../contract/students.ts';
import { createPolicies, studentReading } from '../../policies.ts';
import type { DatabaseHandle } from '../../platform/database/handle.ts';
import { ListCursors } from '../../platform/http/list-cursor.ts';
import { Idempotency } from '../../platform/idempotency.ts';
import { UnitOfWork } from '../../platform/unit-of-work.ts';
import { SettableWallClock } from '../../platform/wall-clock.ts';
import { StudentAccessReader } from '../student-access.ts';
import { StudentCopies } from '../student-copies.ts';
import type { StudentRepository } from '../student-repository.ts';
import type { StudentRecord } from '../student.ts';
import { testSecrets } from './test-secrets.ts';

/** Whether a scripted instructor has a lesson with the student within 14 days. */
export type ScriptedLessons = (actor: Actor) => boolean;

/** The result of one query of a scripted database. */
export type Scripted = () => StudentRecord | undefined | Promise<StudentRecord | undefined>;

/**
 * Creates a student service with a scripted database and the test's registry.
 *
 * Call it once, at the start of the process: the registry must be set before the class with the decorators is loaded.
 */
export async function scriptedStudents(
  registry: Registry,
  answer: (studentId: string) => ReturnType<Scripted>,
  isTaughtNear: ScriptedLessons = () => false,
) {
  Object.assign(studentReading.retry, { registry });
  const { StudentService } = await import('../student-service.ts');
  const copies = new StudentCopies(new DatabaseSync(':memory:'));
  const wallClock = new SettableWallClock('2026-03-15T16:00:00Z');
  const repository: Pick<StudentRepository, 'find' | 'isTaughtNear' | 'list'> = {
    find: async (studentId) => answer(studentId),
    isTaughtNear: async (actor) => isTaughtNear(actor),
    list: async () => {
      throw connectionRefused();
    },
  };
  const policies = createPolicies(registry);
  const service = new StudentService({
    repository: repository as StudentRepository,
    access: new StudentAccessReader({ wallClock }),
    copies,
    cursors: new ListCursors(testSecrets, 'students'),
    unitOfWork: new UnitOfWork({ database: noDatabase, idempotency: new Idempotency(testSecrets), policies }),
    policies,
    wallClock,
    today: () => wallClock.today('America/Toronto').toString(),
  });
  return { service, copies, wallClock, policies };
}

/** Not needed, because scripted students are only read. */
const noDatabase = undefined as unknown as DatabaseHandle;

/** The driver's error when no server listens on the socket. */
export function connectionRefused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED /run/.s.PGSQL.5432'), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
  });
}

/** Creates a student with the given fields. */
export function aRecord({
  schoolId = 'school',
  ...fields
}: Partial<Student> & { schoolId?: string } = {}): StudentRecord {
  return {
    schoolId,
    student: {
      id: '018f0000-0000-7000-8000-000000000001',
      legal_given_names: 'Zoé',
      legal_family_name: 'Tremblay',
      preferred_name: null,
      birth_date: '2008-03-09',
      email: 'zoe@example.com',
      phone: '+14165550123',
      phone_extension: null,
      sms_capable: 'unknown',
      address: null,
      emergency_contact: null,
      preferred_language: 'fr',
      licence_number_masked: 'T0000-*****-*****',
      licence_class: 'G1',
      licence_issued_on: null,
      licence_expires_on: null,
      licence_sighted_on: null,
      licence_sighted_by: null,
      instructor_id: null,
      instructor_name: null,
      notes: null,
      status: 'active',
      version: 1,
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
      updated_by_name: null,
      warnings: [],
      ...fields,
    },
  };
}
