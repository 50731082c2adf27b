import { sql } from 'kysely';
import type {
  BookingWorld,
  InVehicleLesson,
  LocationFacts,
  StudentFacts,
  VehicleFacts,
} from '../../contract/booking/world.ts';
import { localTime } from '../../contract/local-time.ts';
import { addDays, type CalendarDay } from '../../contract/parsers.ts';
import { claimsBetween, closedDayFacts } from '../calendar/calendar.ts';
import { enrolmentFacts } from '../courses/courses.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { locationFacts } from '../locations/locations.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { ruleSetFacts } from '../rules/rules.ts';
import { studentFacts } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import { lessonTables } from './lesson-table.ts';

/** The contents of a world. Omitted lists of IDs mean everyone. */
export interface WorldQuery {
  readonly schoolId: string;
  /** The period of the claims, in milliseconds: [from, to). Include the buffers. */
  readonly from: number;
  readonly to: number;
  readonly studentIds: readonly string[];
  readonly enrolmentIds: readonly string[];
  readonly instructorIds?: readonly string[];
  readonly vehicleIds?: readonly string[];
  /** Whether to include those of the instructors that have lost the role, to judge lessons that exist. Default false. */
  readonly withFormerInstructors?: boolean;
  /** The locations of the school, when they are known already. */
  readonly locations?: LoadedWorld['locations'];
}

type Archivable = { readonly status: 'active' | 'archived' };

/** A world with facts that decide whether a record can be booked at all. */
export interface LoadedWorld extends BookingWorld {
  readonly locations: readonly (LocationFacts & Archivable)[];
  readonly vehicles: readonly (VehicleFacts & Archivable)[];
  readonly students: readonly (StudentFacts & Archivable)[];
}

/** Loads everything that decides about bookings in a period. */
export async function loadWorld(handle: DatabaseHandle, query: WorldQuery): Promise<LoadedWorld> {
  const {
    schoolId,
    from,
    to,
    studentIds,
    enrolmentIds,
    instructorIds,
    vehicleIds,
    withFormerInstructors = false,
  } = query;
  const isSelective = instructorIds !== undefined && vehicleIds !== undefined;
  const locations = query.locations ?? (await locationFacts(handle, schoolId));
  // All of Ontario is within a day of UTC.
  const days = { from: addDays(localTime(from, 'UTC').day, -1), to: addDays(localTime(to, 'UTC').day, 1) };
  return {
    locations,
    instructors: await instructorFacts(handle, schoolId, instructorIds, { former: withFormerInstructors }),
    vehicles: await vehicleFacts(handle, schoolId, vehicleIds),
    students: await studentFacts(handle, schoolId, studentIds),
    enrolments: await enrolmentFacts(handle, schoolId, enrolmentIds),
    rule_sets: await ruleSetFacts(handle, schoolId),
    closed_days: await closedDayFacts(handle, schoolId, days),
    claims: await claimsBetween(handle, schoolId, {
      from,
      to,
      ...(isSelective ? { resourceIds: [...studentIds, ...instructorIds, ...vehicleIds] } : {}),
    }),
    in_vehicle: await inVehicleLessons(handle, schoolId, studentIds, days),
    class_days: [],
    owing: [],
  };
}

/** The active lessons of students that count towards their day caps. */
async function inVehicleLessons(
  handle: DatabaseHandle,
  schoolId: string,
  studentIds: readonly string[],
  days: { readonly from: CalendarDay; readonly to: CalendarDay },
): Promise<InVehicleLesson[]> {
  return lessonTables(handle)
    .selectFrom('lessons')
    .select(['id as lesson_id', 'student_id', dayColumn('local_date').as('local_date')])
    .select(sql<number>`(extract(epoch FROM ends_at - starts_at) / 60)::int`.as('minutes'))
    .where('school_id', '=', schoolId)
    .where('type', '=', 'bde_in_vehicle')
    .where('status', 'in', ['booked', 'done'])
    .where(sql<boolean>`student_id = ANY (${[...studentIds]}::uuid[])`)
    .where(sql<boolean>`local_date BETWEEN ${days.from}::date AND ${days.to}::date`)
    .execute();
}
