import type { Registry } from 'dualbrake';
import { pino } from 'pino';
import type { Actor } from '../../../contract/session.ts';
import type { Policies } from '../../policies.ts';
import type { TestDatabase } from '../../platform/database/testing/test-database.ts';
import { Idempotency } from '../../platform/idempotency.ts';
import { testSecrets } from '../../students/testing/test-secrets.ts';
import { type Answer, testSchool, type TestSchool } from '../../students/testing/test-school.ts';
import { patientPolicies } from '../../testing/patience.ts';
import { createSchedule, registerSchedule, type Schedule, type ScheduleOptions } from '../schedule.ts';
import { type ScheduleRows, scheduleRows } from './schedule-rows.ts';

/** A school with the calendar's routes. Its data is added with SQL. */
export interface ScheduleSchool extends ScheduleRows, AsyncDisposable {
  readonly school: TestSchool;
  readonly schedule: Schedule;
  readonly registry: Registry;
  readonly policies: Policies;
  get(actor: Actor, url: string): Promise<Answer>;
}

/** Options of `scheduleSchool`. */
export interface ScheduleSchoolOptions {
  /** Default: a shared one, which must not be stopped. */
  readonly database?: TestDatabase;
  readonly options?: Partial<ScheduleOptions>;
}

/** Creates the school. */
export async function scheduleSchool({ database, options }: ScheduleSchoolOptions = {}): Promise<ScheduleSchool> {
  const school = await testSchool(database === undefined ? {} : { database });
  const { registry, policies } = patientPolicies();
  const schedule = createSchedule({
    database: school.database,
    local: school.local,
    secrets: testSecrets,
    idempotency: new Idempotency(testSecrets),
    policies,
    log: pino({ level: 'silent' }),
    wallClock: school.wallClock,
    ...options,
  });
  registerSchedule(school.app, schedule);
  const { schoolId, people } = school;
  const rows = await scheduleRows(school.database.kysely, { schoolId, instructorId: people.instructor.userId });
  return {
    ...rows,
    addInstructor: async (name, fields) => school.enrol(await rows.addInstructor(name, fields)),
    school,
    schedule,
    registry,
    policies,
    get: (actor, url) => school.request(actor, 'GET', url),
    [Symbol.asyncDispose]: () => school[Symbol.asyncDispose](),
  };
}
