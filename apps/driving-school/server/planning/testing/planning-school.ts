import { randomUUIDv7 } from 'node:crypto';
import { sql } from 'kysely';
import { Idempotency } from '../../platform/idempotency.ts';
import { testSecrets } from '../../students/testing/test-secrets.ts';
import { type Answer, testSchool, type TestSchool } from '../../students/testing/test-school.ts';
import { patientPolicies } from '../../testing/patience.ts';
import { createLessons, registerLessons } from '../../lessons/lessons.ts';
import { createPlanning, registerPlanning } from '../planning.ts';

/** A school with locations, hours, cars and students, whose lessons are booked over HTTP. */
export interface PlanningSchool extends AsyncDisposable {
  readonly school: TestSchool;
  readonly locationId: string;
  /** Ines and Ivan, who work on weekdays from 08:00 to 20:00. */
  readonly instructors: readonly [string, string];
  readonly vehicles: readonly [string, string];
  get(url: string): Promise<Answer>;
  post(url: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  addStudent(options?: StudentOptions): Promise<{ readonly id: string; readonly enrolmentId: string }>;
  addLocation(name: string, zone?: string): Promise<string>;
  addVehicle(plate: string, options?: { readonly dual_brake?: boolean; readonly status?: string }): Promise<string>;
  /** Runs SQL that changes the school. */
  run(query: ReturnType<typeof sql>): Promise<void>;
}

interface StudentOptions {
  readonly licence?: string;
  readonly postalCode?: string;
  readonly instructorId?: string;
  readonly enrolment?: 'bde' | 'lesson_pack';
}

/** Creates the school. The clock stands at noon of 2026-03-08 in Toronto, a Sunday. */
export async function planningSchool(): Promise<PlanningSchool> {
  const school = await testSchool();
  school.wallClock.set('2026-03-08T16:00:00Z');
  const { database, schoolId, people } = school;
  const options = {
    database,
    idempotency: new Idempotency(testSecrets),
    policies: patientPolicies().policies,
    secrets: testSecrets,
    wallClock: school.wallClock,
  };
  registerLessons(school.app, createLessons(options).service);
  registerPlanning(school.app, createPlanning(options));
  const run = async (query: ReturnType<typeof sql>): Promise<void> => {
    await query.execute(database.kysely);
  };
  const addLocation = async (name: string, zone = 'America/Toronto'): Promise<string> => {
    const id = randomUUIDv7();
    await run(
      sql`INSERT INTO locations (id, school_id, name, time_zone) VALUES (${id}, ${schoolId}, ${name}, ${zone})`,
    );
    return id;
  };
  const addVehicle: PlanningSchool['addVehicle'] = async (plate, { dual_brake = true, status = 'active' } = {}) => {
    const id = randomUUIDv7();
    await run(sql`INSERT INTO vehicles (id, school_id, plate, dual_brake, status, insurance_expires_on, registration_expires_on)
      VALUES (${id}, ${schoolId}, ${plate}, ${dual_brake}, ${status}, '2030-01-01', '2030-01-01')`);
    return id;
  };
  const locationId = await addLocation('Main');
  const instructors = [people.instructor.userId, people.otherInstructor.userId] as const;
  for (const id of instructors) {
    await run(
      sql`INSERT INTO instructors (id, school_id, licence_expires_on) VALUES (${id}, ${schoolId}, '2030-01-01')`,
    );
    await run(sql`INSERT INTO instructor_hours (school_id, instructor_id, weekday, minutes)
      SELECT ${schoolId}, ${id}, weekday, int4range(480, 1200) FROM generate_series(1, 5) AS weekday`);
  }
  const vehicles = [await addVehicle('CAR 1'), await addVehicle('CAR 2')] as const;
  let students = 0;
  return {
    school,
    locationId,
    instructors,
    vehicles,
    addLocation,
    addVehicle,
    run,
    get: (url) => school.request(people.office, 'GET', url),
    post: (url, body, headers = {}) => school.request(people.office, 'POST', url, { body, headers }),
    async addStudent({ licence = 'G1', postalCode, instructorId, enrolment = 'bde' } = {}) {
      students += 1;
      const created = await school.request(people.office, 'POST', '/api/students', {
        body: {
          legal_given_names: `Student${String.fromCharCode(64 + students)}`,
          legal_family_name: 'Tester',
          birth_date: '2005-02-03',
          licence_class: licence,
          ...(postalCode === undefined
            ? {}
            : { address: { street: '1 Main St', city: 'Toronto', province: 'ON', postal_code: postalCode } }),
          ...(instructorId === undefined ? {} : { instructor_id: instructorId }),
        },
      });
      const id = created.body?.data?.id as string | undefined;
      if (id === undefined) throw new Error(created.text);
      const enrolmentId = randomUUIDv7();
      await run(sql`INSERT INTO enrolments (id, school_id, student_id, kind, rule_set_id, course_started_on, deadline_on, in_vehicle_minutes_bought)
        SELECT ${enrolmentId}, ${schoolId}, ${id}, ${enrolment}, rule_sets.id, '2026-03-02',
          CASE WHEN ${enrolment} = 'bde' THEN '2027-03-01'::date END, 600
        FROM rule_sets WHERE school_id = ${schoolId} LIMIT 1`);
      return { id, enrolmentId };
    },
    async [Symbol.asyncDispose]() {
      await school[Symbol.asyncDispose]();
    },
  };
}
