import { sql } from 'kysely';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** IDs of records of a large book. */
export interface LargeBook {
  readonly studentId: string;
  readonly enrolmentId: string;
  readonly instructorId: string;
  readonly vehicleId: string;
  readonly lessonId: string;
}

/** The size and the place of a large book. */
export interface LargeBookOptions {
  readonly schoolId: string;
  /** In Toronto's time zone. */
  readonly locationId: string;
  /** The first day. */
  readonly from: CalendarDay;
  readonly days: number;
  /** Instructors, each with a car. */
  readonly instructors: number;
  /** Lessons of each instructor a day, at most six. Default 5. */
  readonly lessonsADay?: number;
}

/**
 * Fills a school with SQL, which takes a second per 2,000 lessons: instructors who work from 08:00 to 20:00 every day, each
 * with a car and with lessons; and 500 students with a course, whose lessons they are.
 */
export async function addLargeBook(
  handle: DatabaseHandle,
  { schoolId, locationId, from, days, instructors, lessonsADay = 5 }: LargeBookOptions,
): Promise<LargeBook> {
  const users = await idsOf(
    sql<{ id: string }>`
    INSERT INTO users (id, school_id, role, name, email)
    SELECT gen_random_uuid(), ${schoolId}::uuid, 'instructor', 'Many ' || n, 'many' || n || '@example.com'
    FROM generate_series(1, ${instructors}::int) n RETURNING id`,
    handle,
  );
  await sql`INSERT INTO instructors (id, school_id, licence_expires_on)
    SELECT id, ${schoolId}::uuid, ${from}::date + 1000 FROM unnest(${users}::uuid[]) id`.execute(handle);
  await sql`INSERT INTO instructor_hours (school_id, instructor_id, weekday, minutes)
    SELECT ${schoolId}::uuid, id, weekday, int4range(480, 1200)
    FROM unnest(${users}::uuid[]) id, generate_series(1, 7) weekday`.execute(handle);
  const vehicles = await idsOf(
    sql<{ id: string }>`
    INSERT INTO vehicles (id, school_id, location_id, plate, insurance_expires_on, registration_expires_on)
    SELECT gen_random_uuid(), ${schoolId}::uuid, ${locationId}::uuid, 'MANY ' || n, ${from}::date + 1000, ${from}::date + 1000
    FROM generate_series(1, ${instructors}::int) n RETURNING id`,
    handle,
  );
  const students = await idsOf(
    sql<{ id: string }>`
    INSERT INTO students (id, school_id, legal_given_names, legal_family_name, birth_date, phone, licence_class, street, city,
      province, postal_code, sort_name, search_words, emergency_contact_name, emergency_contact_telephone)
    SELECT gen_random_uuid(), ${schoolId}::uuid, 'Given' || n, 'Family' || n, ${from}::date - 8000, '+14165550123', 'G1',
      n || ' Bloor Street West', 'Toronto', 'ON', 'M' || n % 10 || 'V 1A1', 'family' || n, array_to_tsvector(ARRAY['family' || n]),
      'Marie Student', '+14165550199'
    FROM generate_series(1, 500) n RETURNING id`,
    handle,
  );
  const enrolments = await idsOf(
    sql<{ id: string }>`
    INSERT INTO enrolments (id, school_id, student_id, kind, rule_set_id, course_started_on, deadline_on)
    SELECT gen_random_uuid(), ${schoolId}::uuid, student.id, 'bde', rule_set.id, ${from}::date - 7, ${from}::date + 357
    FROM unnest(${students}::uuid[]) WITH ORDINALITY student (id, n),
      (SELECT id FROM rule_sets WHERE school_id = ${schoolId}::uuid LIMIT 1) rule_set
    ORDER BY n RETURNING id`,
    handle,
  );
  // A statement a day: longer ones would run into the limit of statements.
  for (let day = 0; day < days; day += 1) {
    await sql`
      WITH planned AS (
        SELECT gen_random_uuid() AS id, instructor.id AS instructor_id, vehicles[instructor.n] AS vehicle_id,
          students[pupil] AS student_id, enrolments[pupil] AS enrolment_id,
          (first.day + make_interval(hours => 8 + 2 * hour, mins => 15 * (instructor.n % 4)::int)) AT TIME ZONE 'America/Toronto' AS starts_at,
          first.day, (${day}::int * ${instructors}::int + instructor.n - 1) * ${lessonsADay}::int + hour AS number
        FROM (SELECT ${from}::date + ${day}::int AS day, ${vehicles}::uuid[] AS vehicles, ${students}::uuid[] AS students,
            ${enrolments}::uuid[] AS enrolments) first,
          unnest(${users}::uuid[]) WITH ORDINALITY instructor (id, n), generate_series(0, ${lessonsADay}::int - 1) hour,
          LATERAL (SELECT 1 + ((${day}::int * ${instructors}::int + instructor.n - 1) * ${lessonsADay}::int + hour) % 500 AS pupil) chosen
      ), added AS (
        INSERT INTO lessons (id, school_id, short_code, student_id, enrolment_id, instructor_id, vehicle_id, location_id, type,
          starts_at, ends_at, time_zone, local_date, buffer_after_minutes, pickup, notes)
        SELECT id, ${schoolId}::uuid, 'L-' || translate(to_hex(1048576 + number), '01abcdef', 'GHABCDEF'), student_id,
          enrolment_id, instructor_id, vehicle_id, ${locationId}::uuid, 'bde_in_vehicle', starts_at,
          starts_at + interval '60 minutes', 'America/Toronto', day, 15, '1 Bloor Street West, Toronto', 'Practise merging.'
        FROM planned
      )
      INSERT INTO resource_claims (school_id, source_kind, source_id, resource_kind, resource_id, during)
      SELECT ${schoolId}::uuid, 'lesson', planned.id, kind, resource,
        tstzrange(starts_at, starts_at + make_interval(mins => CASE kind WHEN 'student' THEN 60 ELSE 75 END))
      FROM planned, LATERAL (VALUES ('student', student_id), ('instructor', instructor_id), ('vehicle', vehicle_id))
        given (kind, resource)`.execute(handle);
  }
  await sql`ANALYZE`.execute(handle);
  const { rows } = await sql<{
    id: string;
  }>`SELECT id FROM lessons WHERE student_id = ${students[0]}::uuid LIMIT 1`.execute(handle);
  return {
    studentId: first(students),
    enrolmentId: first(enrolments),
    instructorId: first(users),
    vehicleId: first(vehicles),
    lessonId: first(rows.map(({ id }) => id)),
  };
}

async function idsOf(
  statement: { execute(handle: DatabaseHandle): Promise<{ rows: { id: string }[] }> },
  handle: DatabaseHandle,
): Promise<string[]> {
  const { rows } = await statement.execute(handle);
  return rows.map(({ id }) => id);
}

function first(ids: readonly string[]): string {
  const [id] = ids;
  if (id === undefined) throw new Error('Nothing was added.');
  return id;
}
