import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { LessonType } from '../../../contract/booking/world.ts';
import type { Lesson } from '../../../contract/lessons.ts';
import { parseTime } from '../../../contract/local-time.ts';
import type { Actor } from '../../../contract/session.ts';
import type { DatabaseHandle } from '../../platform/database/handle.ts';
import { insertLesson, shortCode } from '../../testing/insert-lesson.ts';

/** A lesson to add. Times are wall times in the zone. */
export interface TestLesson {
  readonly startsAt: string;
  readonly minutes?: number;
  readonly studentId?: string;
  readonly instructorId?: string;
  readonly vehicleId?: string | null;
  readonly locationId?: string;
  readonly enrolmentId?: string | null;
  readonly type?: LessonType;
  readonly status?: Lesson['status'];
  readonly pickup?: string;
  readonly notes?: string;
  readonly schoolId?: string;
}

/** Adds rows of a schedule with SQL. */
export interface ScheduleRows {
  readonly locationId: string;
  readonly vehicleId: string;
  readonly studentId: string;
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

/** Adds a location, a car and a student, which are those of lessons unless they say otherwise. */
export async function scheduleRows(
  handle: DatabaseHandle,
  { schoolId: own, instructorId }: { readonly schoolId: string; readonly instructorId: string },
): Promise<ScheduleRows> {
  const addLocation = async (name: string, zone = 'America/Toronto', schoolId = own): Promise<string> => {
    const id = randomUUID();
    await sql`INSERT INTO locations (id, school_id, name, time_zone) VALUES (${id}, ${schoolId}, ${name}, ${zone})`.execute(
      handle,
    );
    return id;
  };
  const addVehicle: ScheduleRows['addVehicle'] = async (plate, { locationId = null, schoolId = own } = {}) => {
    const id = randomUUID();
    await sql`INSERT INTO vehicles (id, school_id, plate, location_id, insurance_expires_on, registration_expires_on)
      VALUES (${id}, ${schoolId}, ${plate}, ${locationId}, '2030-01-01', '2030-01-01')`.execute(handle);
    return id;
  };
  const addStudent: ScheduleRows['addStudent'] = async (name, { schoolId = own, phone = '+14165550123' } = {}) => {
    const id = randomUUID();
    await sql`INSERT INTO students (id, school_id, legal_given_names, legal_family_name, birth_date, phone, licence_class,
        sms_capable, preferred_language, status, sort_name, search_words,
        emergency_contact_name, emergency_contact_telephone, emergency_contact_relation)
      VALUES (${id}, ${schoolId}, ${name}, 'Student', '2005-03-09', ${phone}, 'G1', 'unknown', 'en', 'active', ${name},
        ''::tsvector, 'Marie Student', '+14165550199', 'mother')`.execute(handle);
    return id;
  };
  const addInstructor: ScheduleRows['addInstructor'] = async (name, { schoolId = own, disabled = false } = {}) => {
    const id = randomUUID();
    await sql`INSERT INTO users (id, school_id, role, name, email, disabled)
      VALUES (${id}, ${schoolId}, 'instructor', ${name}, ${`${id}@example.com`}, ${disabled})`.execute(handle);
    return { userId: id, schoolId, role: 'instructor', name };
  };
  const addEnrolment: ScheduleRows['addEnrolment'] = async (
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
  const addLesson: ScheduleRows['addLesson'] = async (lesson) => {
    count += 1;
    const { minutes = 60, schoolId = own, status = 'booked', vehicleId: car = vehicleId } = lesson;
    const at = lesson.locationId ?? locationId;
    const zones = await sql<{ time_zone: string }>`SELECT time_zone FROM locations WHERE id = ${at}`.execute(handle);
    const zone = zones.rows[0]?.time_zone ?? 'America/Toronto';
    const start = parseTime(lesson.startsAt, zone);
    if (!start.ok) throw new Error(`${lesson.startsAt} is not a time.`);
    return insertLesson(handle, {
      school_id: schoolId,
      short_code: shortCode(count),
      student_id: lesson.studentId ?? studentId,
      enrolment_id: lesson.enrolmentId ?? null,
      instructor_id: lesson.instructorId ?? instructorId,
      vehicle_id: car,
      location_id: at,
      type: lesson.type ?? (lesson.enrolmentId === undefined ? 'private' : 'bde_in_vehicle'),
      starts_at: new Date(start.epochMs),
      minutes,
      time_zone: zone,
      status,
      pickup: lesson.pickup ?? null,
      notes: lesson.notes ?? null,
      // Lessons of these tests may overlap.
      withClaims: false,
    });
  };
  return {
    locationId,
    vehicleId,
    studentId,
    addLocation,
    addVehicle,
    addStudent,
    addInstructor,
    addEnrolment,
    addLesson,
  };
}
