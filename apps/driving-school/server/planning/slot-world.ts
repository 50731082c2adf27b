import type { BookingWorld, Claim, StudentFacts } from '../../contract/booking/world.ts';
import { dayBounds } from '../../contract/local-time.ts';
import { addDays, type CalendarDay } from '../../contract/parsers.ts';
import { claimsBetween } from '../calendar/calendar.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { studentFacts } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import { loadWorld } from '../lessons/lessons.ts';
import type { SearchSubject } from './slot-request.ts';

/** Runs queries, each within the time limit of a read. */
export type Reading = <T>(query: (handle: DatabaseHandle) => Promise<T>) => Promise<T>;

/** The days of a search, both included. */
export interface SearchDays {
  readonly from: CalendarDay;
  readonly to: CalendarDay;
  readonly minutes: number;
}

/** Days whose claims are read at once, so that a long plan stays within the time limit of each read. */
const chunkDays = 28;

/**
 * Loads the world of a search.
 *
 * @param withAreas whether to load the students of other lessons, too, whose areas rank the slots
 */
export async function searchWorld(
  reading: Reading,
  schoolId: string,
  subject: SearchSubject,
  { from, to, minutes, withAreas = false }: SearchDays & { readonly withAreas?: boolean },
): Promise<BookingWorld> {
  const { location, student_id, enrolment } = subject;
  const zone = location.time_zone;
  const end = dayBounds(to, zone).to + minutes * 60_000 + location.buffer_minutes * 60_000;
  const instructorIds = subject.instructors.map(({ id }) => id);
  const vehicleIds = subject.vehicle_ids ?? [];
  const world = await reading(async (handle) => {
    const base = await loadWorld(handle, {
      schoolId,
      from: dayBounds(from, zone).from,
      to: end,
      studentIds: [student_id],
      enrolmentIds: enrolment === undefined ? [] : [enrolment.id],
      instructorIds: [],
      vehicleIds: [],
    });
    return {
      ...base,
      instructors: await instructorFacts(handle, schoolId, instructorIds),
      vehicles: await vehicleFacts(handle, schoolId, vehicleIds),
    };
  });
  // The student's claims are there; with areas, those of all other students are read with the rest.
  let claims: readonly Claim[] = withAreas ? [] : [...world.claims];
  for (let day = from; day <= to; day = addDays(day, chunkDays)) {
    const next = addDays(day, chunkDays);
    const chunk = {
      from: dayBounds(day, zone).from,
      to: next > to ? end : dayBounds(next, zone).from,
      ...(withAreas ? {} : { resourceIds: [...instructorIds, ...vehicleIds] }),
    };
    // Not as arguments of `push`, whose number is limited.
    claims = claims.concat(await reading((handle) => claimsBetween(handle, schoolId, chunk)));
  }
  const students = withAreas ? await reading((handle) => withNeighbours(handle, schoolId, world.students, claims)) : [];
  return { ...world, claims, students: [...world.students, ...students] };
}

/** The students of other lessons, if the area of the searched one is known. */
async function withNeighbours(
  handle: DatabaseHandle,
  schoolId: string,
  [student]: readonly StudentFacts[],
  claims: readonly Claim[],
): Promise<StudentFacts[]> {
  if (student === undefined || student.area === null) return [];
  const ids = new Set(claims.flatMap((claim) => (claim.resource_kind === 'student' ? [claim.resource_id] : [])));
  ids.delete(student.id);
  return ids.size === 0 ? [] : studentFacts(handle, schoolId, [...ids]);
}
