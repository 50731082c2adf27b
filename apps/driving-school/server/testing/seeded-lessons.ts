import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { localTime } from '../../contract/local-time.ts';
import type { TestSchool } from '../students/testing/test-school.ts';

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
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Writes lessons into the database, for tests of slices below that of the lessons. All at one location, in one car. */
export class SeededLessons {
  readonly #school: TestSchool;
  #place: { readonly locationId: string; readonly vehicleId: string } | undefined;
  #count = 0;

  constructor(school: TestSchool) {
    this.#school = school;
  }

  /** @returns the ID of the lesson */
  async add(lesson: SeededLesson): Promise<string> {
    const { locationId, vehicleId } = (this.#place ??= await this.#addPlace());
    const { studentId, startsAt, minutes = 60, enrolmentId, type = 'private', status = 'booked' } = lesson;
    const id = randomUUID();
    const start = Date.parse(startsAt);
    await this.#insert('lessons', {
      id,
      school_id: this.#school.schoolId,
      short_code: this.#nextCode(),
      student_id: studentId,
      enrolment_id: enrolmentId ?? null,
      instructor_id: lesson.instructorId ?? this.#school.people.instructor.userId,
      vehicle_id: vehicleId,
      location_id: locationId,
      type,
      starts_at: new Date(start),
      ends_at: new Date(start + minutes * 60_000),
      time_zone: zone,
      local_date: localTime(start, zone).day,
      buffer_after_minutes: 15,
      status,
    });
    return id;
  }

  /** The database is shared by the tests of a process, so codes and plates are drawn. */
  #nextCode(): string {
    this.#count += 1;
    const random = Number.parseInt(randomUUID().slice(0, 6), 16);
    return `L-${Array.from({ length: 5 }, (_, digit) => letters[Math.floor(random / 32 ** digit) % 32]).join('')}${letters[this.#count % 32]}`;
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
