import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { TestSchool } from '../students/testing/test-school.ts';
import { insertLesson } from './insert-lesson.ts';

/** The lesson that a test needs. */
export interface SeededLesson {
  readonly studentId: string;
  /** An instant such as `2026-03-20T14:00:00Z`. */
  readonly startsAt: string;
  /** Default 60. */
  readonly minutes?: number;
  /** Default: the instructor of the test school. */
  readonly instructorId?: string;
  readonly enrolmentId?: string;
  readonly type?: 'bde_in_vehicle' | 'private' | 'road_test';
  readonly status?: 'booked' | 'cancelled' | 'done' | 'no_show';
}

const zone = 'America/Toronto';

/** Writes lessons into the database, for tests of slices below that of the lessons. All at one location, in one car. */
export class SeededLessons {
  readonly #school: TestSchool;
  #place: { readonly locationId: string; readonly vehicleId: string } | undefined;

  constructor(school: TestSchool) {
    this.#school = school;
  }

  /** @returns the ID of the lesson */
  async add(lesson: SeededLesson): Promise<string> {
    const { locationId, vehicleId } = (this.#place ??= await this.#addPlace());
    const { studentId, startsAt, minutes = 60, enrolmentId, type = 'private', status = 'booked' } = lesson;
    return insertLesson(this.#school.database.kysely, {
      school_id: this.#school.schoolId,
      student_id: studentId,
      enrolment_id: enrolmentId ?? null,
      instructor_id: lesson.instructorId ?? this.#school.people.instructor.userId,
      vehicle_id: vehicleId,
      location_id: locationId,
      type,
      starts_at: new Date(startsAt),
      minutes,
      status,
      withClaims: false,
    });
  }

  async #addPlace() {
    const { schoolId } = this.#school;
    const [locationId, vehicleId] = [randomUUID(), randomUUID()];
    const name = `Main ${locationId.slice(0, 8)}`;
    await this.#insert('locations', { id: locationId, school_id: schoolId, name, time_zone: zone });
    const plate = `T${vehicleId.slice(0, 6).toUpperCase()}`;
    await this.#insert('vehicles', { id: vehicleId, school_id: schoolId, plate, description: 'Blue Corolla' });
    return { locationId, vehicleId };
  }

  async #insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
    const database = this.#school.database.kysely as unknown as Kysely<Record<string, Record<string, unknown>>>;
    await database.insertInto(table).values(row).execute();
  }
}

/** Adds a student over the API. @returns the answer's `data` */
export async function aStudent(school: TestSchool, fields: object = {}) {
  const body = { legal_family_name: 'Tremblay', legal_given_names: 'Zoé', birth_date: '2008-03-09', ...fields };
  const answer = await school.request(school.people.office, 'POST', '/api/students', { body });
  return answer.body.data as { readonly id: string; readonly version: number };
}
