import { randomUUID } from 'node:crypto';
import { Registry } from 'dualbrake';
import { sql } from 'kysely';
import { pino } from 'pino';
import { localTime, parseTime } from '../../../contract/local-time.ts';
import type { Actor } from '../../../contract/session.ts';
import { createDatabaseBreaker, createPolicies, type Policies } from '../../policies.ts';
import type { DatabaseHandle } from '../../platform/database/handle.ts';
import type { TestDatabase } from '../../platform/database/testing/test-database.ts';
import { Idempotency } from '../../platform/idempotency.ts';
import { testSecrets } from '../../students/testing/test-secrets.ts';
import { type Answer, testSchool, type TestSchool } from '../../students/testing/test-school.ts';
import { createSchedule, registerSchedule, type Schedule, type ScheduleOptions } from '../schedule.ts';

/** A lesson to add. Times are wall times in the zone. */
export interface TestLesson {
  readonly startsAt: string;
  readonly minutes?: number;
  readonly studentId?: string;
  readonly instructorId?: string;
  readonly vehicleId?: string | null;
  readonly locationId?: string;
  readonly enrolmentId?: string | null;
  readonly type?: string;
  readonly status?: string;
  readonly pickup?: string;
  readonly notes?: string;
  readonly schoolId?: string;
}

/** A school with a location, a car, a student and the calendar's routes. Its data is added with SQL. */
export interface ScheduleSchool extends AsyncDisposable {
  readonly school: TestSchool;
  readonly schedule: Schedule;
  readonly registry: Registry;
  readonly policies: Policies;
  readonly locationId: string;
  readonly vehicleId: string;
  readonly studentId: string;
  get(actor: Actor, url: string): Promise<Answer>;
  addLocation(name: string, zone?: string, schoolId?: string): Promise<string>;
  addVehicle(plate: string, fields?: { readonly locationId?: string; readonly schoolId?: string }): Promise<string>;
  addStudent(name: string, fields?: { readonly schoolId?: string; readonly phone?: string }): Promise<string>;
  addInstructor(name: string, fields?: { readonly schoolId?: string; readonly disabled?: boolean }): Promise<Actor>;
  addEnrolment(
    studentId: string,
    fields?: { readonly startedOn?: string; readonly deadlineOn?: string },
  ): Promise<string>;
  addLesson(lesson: TestLesson): Promise<string>;
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
  const registry = new Registry();
  const policies = createPolicies(registry, { breaker: createDatabaseBreaker() });
  for (const { name: group, members } of registry.report()) {
    for (const { name, settings } of members) {
      if ('limitMs' in settings) registry.change(group, name, { limitMs: 120_000 });
    }
  }
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
  const handle: DatabaseHandle = school.database.kysely;
  const own = school.schoolId;

  const addLocation = async (name: string, zone = 'America/Toronto', schoolId = own): Promise<string> => {
    const id = randomUUID();
    await sql`INSERT INTO locations (id, school_id, name, time_zone) VALUES (${id}, ${schoolId}, ${name}, ${zone})`.execute(
      handle,
    );
    return id;
  };
  const addVehicle: ScheduleSchool['addVehicle'] = async (plate, { locationId = null, schoolId = own } = {}) => {
    const id = randomUUID();
    await sql`INSERT INTO vehicles (id, school_id, plate, location_id, insurance_expires_on, registration_expires_on)
      VALUES (${id}, ${schoolId}, ${plate}, ${locationId}, '2030-01-01', '2030-01-01')`.execute(handle);
    return id;
  };
  const addStudent: ScheduleSchool['addStudent'] = async (name, { schoolId = own, phone = '+14165550123' } = {}) => {
    const id = randomUUID();
    await sql`INSERT INTO students (id, school_id, legal_given_names, legal_family_name, birth_date, phone, licence_class,
        sms_capable, preferred_language, status, sort_name, search_words,
        emergency_contact_name, emergency_contact_telephone, emergency_contact_relation)
      VALUES (${id}, ${schoolId}, ${name}, 'Student', '2005-03-09', ${phone}, 'G1', 'unknown', 'en', 'active', ${name},
        ''::tsvector, 'Marie Student', '+14165550199', 'mother')`.execute(handle);
    return id;
  };
  const addInstructor: ScheduleSchool['addInstructor'] = async (name, { schoolId = own, disabled = false } = {}) => {
    const id = randomUUID();
    await sql`INSERT INTO users (id, school_id, role, name, email, disabled)
      VALUES (${id}, ${schoolId}, 'instructor', ${name}, ${`${id}@example.com`}, ${disabled})`.execute(handle);
    return school.enrol({ userId: id, schoolId, role: 'instructor', name });
  };
  const addEnrolment: ScheduleSchool['addEnrolment'] = async (
    studentId,
    { startedOn = '2026-03-01', deadlineOn = '2027-02-28' } = {},
  ) => {
    const id = randomUUID();
    await sql`INSERT INTO enrolments (id, school_id, student_id, kind, rule_set_id, course_started_on, deadline_on)
      SELECT ${id}, ${own}, ${studentId}, 'bde', id, ${startedOn}::date, ${deadlineOn}::date
      FROM rule_sets WHERE school_id = ${own} LIMIT 1`.execute(handle);
    return id;
  };
  const locationId = await addLocation('Main');
  const vehicleId = await addVehicle('CARS 001');
  const studentId = await addStudent('Zoé');
  let count = 0;
  const addLesson: ScheduleSchool['addLesson'] = async (lesson) => {
    count += 1;
    const id = randomUUID();
    const { minutes = 60, schoolId = own, status = 'booked', vehicleId: car = vehicleId } = lesson;
    const at = lesson.locationId ?? locationId;
    const zones = await sql<{ time_zone: string }>`SELECT time_zone FROM locations WHERE id = ${at}`.execute(handle);
    const zone = zones.rows[0]?.time_zone ?? 'America/Toronto';
    const start = parseTime(lesson.startsAt, zone);
    if (!start.ok) throw new Error(`${lesson.startsAt} is not a time.`);
    const from = new Date(start.epochMs);
    await sql`INSERT INTO lessons (id, school_id, short_code, student_id, enrolment_id, instructor_id, vehicle_id, location_id,
        type, starts_at, ends_at, time_zone, local_date, buffer_after_minutes, status, pickup, notes)
      VALUES (${id}, ${schoolId}, ${codeOf(count)}, ${lesson.studentId ?? studentId}, ${lesson.enrolmentId ?? null},
        ${lesson.instructorId ?? school.people.instructor.userId}, ${car}, ${at},
        ${lesson.type ?? (lesson.enrolmentId === undefined ? 'private' : 'bde_in_vehicle')}, ${from},
        ${new Date(start.epochMs + minutes * 60_000)}, ${zone}, ${localTime(start.epochMs, zone).day}::date, 15, ${status},
        ${lesson.pickup ?? null}, ${lesson.notes ?? null})`.execute(handle);
    return id;
  };
  return {
    school,
    schedule,
    registry,
    policies,
    locationId,
    vehicleId,
    studentId,
    get: (actor, url) => school.request(actor, 'GET', url),
    addLocation,
    addVehicle,
    addStudent,
    addInstructor,
    addEnrolment,
    addLesson,
    [Symbol.asyncDispose]: () => school[Symbol.asyncDispose](),
  };
}

/** A short code: no 0, O, 1 or I. */
export function codeOf(count: number): string {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  let rest = count;
  let code = '';
  while (code.length < 4 || rest > 0) {
    code = `${letters[rest % letters.length] ?? ''}${code}`;
    rest = Math.floor(rest / letters.length);
  }
  return `L-${code}`;
}
