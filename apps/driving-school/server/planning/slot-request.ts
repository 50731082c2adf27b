/** Resolves what is searched for: the records that a search names, and its defaults. */
import type { EnrolmentFacts, InstructorFacts, LessonType, LocationFacts } from '../../contract/booking/world.ts';
import { activeEnrolments, enrolmentFacts } from '../courses/courses.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { locationFacts } from '../locations/locations.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { studentFacts } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import { invalid, LessonInvalidError } from '../lessons/lessons.ts';

/** The records of a search, as sent. */
export interface SearchNames {
  readonly student_id: string;
  readonly type?: LessonType | undefined;
  readonly enrolment_id?: string | undefined;
  readonly location_id?: string | undefined;
  readonly instructor_id?: string | undefined;
  readonly vehicle_id?: string | undefined;
}

/** The lesson that is searched for, and from whom and what to choose. */
export interface SearchSubject {
  readonly type: LessonType;
  readonly student_id: string;
  readonly enrolment: EnrolmentFacts | undefined;
  readonly location: LocationFacts;
  readonly instructors: readonly InstructorFacts[];
  /** The cars of the location first. Null: the school has none, and the lesson needs none. */
  readonly vehicle_ids: readonly string[] | null;
}

/**
 * Resolves a search. Every slot that is found for it passes the checks of a booking: students, cars and locations are
 * active, and lessons of a course are in cars with a dual brake.
 *
 * @throws LessonInvalidError
 */
export async function searchSubject(
  handle: DatabaseHandle,
  schoolId: string,
  names: SearchNames,
): Promise<SearchSubject> {
  const [student] = await studentFacts(handle, schoolId, [names.student_id]);
  if (student === undefined) throw invalid('/student_id', 'unknown_student', 'Choose a student of this school.');
  if (student.status === 'archived') {
    throw invalid('/student_id', 'student_archived', `${student.name} is archived. Restore the student first.`);
  }
  const { type, enrolment } = await courseOf(handle, schoolId, names);
  const location = await locationOf(handle, schoolId, names.location_id);
  return {
    type,
    student_id: student.id,
    enrolment,
    location,
    instructors: await instructorsOf(handle, schoolId, names.instructor_id),
    vehicle_ids: await vehiclesOf(handle, schoolId, { type, location, vehicleId: names.vehicle_id }),
  };
}

/** The type and the enrolment. Without either, lessons belong to the student's BDE course, else to a lesson pack. */
async function courseOf(
  handle: DatabaseHandle,
  schoolId: string,
  { student_id, type, enrolment_id }: SearchNames,
): Promise<{ readonly type: LessonType; readonly enrolment: EnrolmentFacts | undefined }> {
  if (enrolment_id === undefined && type !== undefined && type !== 'bde_in_vehicle')
    return { type, enrolment: undefined };
  const active = enrolment_id === undefined ? await activeEnrolments(handle, schoolId, student_id) : [];
  const id = enrolment_id ?? active.find(({ kind }) => type === undefined || kind === 'bde')?.id;
  const [enrolment] = id === undefined ? [] : await enrolmentFacts(handle, schoolId, [id]);
  if (enrolment_id !== undefined && enrolment?.student_id !== student_id) {
    throw invalid('/enrolment_id', 'unknown_enrolment', 'Choose an enrolment of this student.');
  }
  if (type === 'bde_in_vehicle' && enrolment?.kind !== 'bde') {
    throw enrolment === undefined
      ? invalid('/enrolment_id', 'required', 'Choose the course that this lesson is part of.')
      : invalid(
          '/enrolment_id',
          'not_a_course',
          'This enrolment is a lesson pack. Search for private lessons instead.',
        );
  }
  return { type: type ?? (enrolment?.kind === 'bde' ? 'bde_in_vehicle' : 'private'), enrolment };
}

async function locationOf(handle: DatabaseHandle, schoolId: string, id: string | undefined): Promise<LocationFacts> {
  const all = await locationFacts(handle, schoolId);
  const active = all.filter(({ status }) => status === 'active');
  if (id === undefined) {
    const [only] = active;
    if (only === undefined) throw invalid('/location_id', 'no_location', 'Add a location of the school first.');
    if (active.length > 1) throw invalid('/location_id', 'required', 'Choose a location.');
    return only;
  }
  const location = all.find((each) => each.id === id);
  if (location === undefined) throw invalid('/location_id', 'unknown_location', 'Choose a location of this school.');
  if (location.status === 'archived') {
    throw invalid('/location_id', 'location_archived', `${location.name} is archived. Choose another location.`);
  }
  return location;
}

async function instructorsOf(
  handle: DatabaseHandle,
  schoolId: string,
  id: string | undefined,
): Promise<InstructorFacts[]> {
  const found = await instructorFacts(handle, schoolId, id === undefined ? undefined : [id]);
  if (id === undefined) return found.filter(({ disabled }) => !disabled);
  if (found.length === 0) throw invalid('/instructor_id', 'unknown_instructor', 'Choose an instructor of this school.');
  return found;
}

async function vehiclesOf(
  handle: DatabaseHandle,
  schoolId: string,
  {
    type,
    location,
    vehicleId,
  }: { readonly type: LessonType; readonly location: LocationFacts; readonly vehicleId: string | undefined },
): Promise<string[] | null> {
  const found = await vehicleFacts(handle, schoolId, vehicleId === undefined ? undefined : [vehicleId]);
  const isBde = type === 'bde_in_vehicle';
  const active = found.filter(({ status, dual_brake }) => status === 'active' && (dual_brake || !isBde));
  if (vehicleId !== undefined && active.length === 0) {
    const problem =
      found.length === 0
        ? { code: 'unknown_vehicle', message: 'Choose a car of this school.' }
        : { code: 'vehicle_not_suitable', message: 'This car is archived or has no dual brake. Choose another car.' };
    throw new LessonInvalidError([{ pointer: '/vehicle_id', ...problem }]);
  }
  if (active.length === 0 && !isBde) return null;
  const distance = (at: string | null): number => (at === location.id ? 0 : at === null ? 1 : 2);
  return active.toSorted((a, b) => distance(a.location_id) - distance(b.location_id)).map(({ id }) => id);
}
