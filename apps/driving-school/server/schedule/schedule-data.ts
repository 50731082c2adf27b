/** Everything that the calendar and the day sheets show of a period, live or in a copy, before anyone's permissions. */
import type { ClosedDayFacts, LocationFacts, WorkingHours } from '../../contract/booking/world.ts';
import type { DaySheetLesson } from '../../contract/calendar.ts';
import type { Lesson } from '../../contract/lessons.ts';
import { dayBounds } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';

/** Calendar days, both included. */
export interface Period {
  readonly from: CalendarDay;
  readonly to: CalendarDay;
}

/** A location, also an archived one: lessons may name it. */
export type ScheduledLocation = Pick<LocationFacts, 'id' | 'name' | 'time_zone'> & {
  readonly status: 'active' | 'archived';
};

/** An instructor, also one who can't be booked: there may be lessons. */
export interface ScheduledInstructor {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly contract_from: CalendarDay | null;
  readonly contract_to: CalendarDay | null;
  readonly hours: readonly WorkingHours[];
}

/** A vehicle, also an archived one: there may be lessons. */
export interface ScheduledVehicle {
  readonly id: string;
  readonly name: string;
  readonly status: 'active' | 'archived';
  readonly location_id: string | null;
}

/** Time off of an instructor, or an outage of a vehicle. Times are in milliseconds since 1970. */
export interface AwayPeriod {
  readonly id: string;
  /** Of the instructor or the vehicle. */
  readonly of: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string | null;
}

/** The people, cars and days around the lessons. */
export interface ScheduleFrame {
  readonly locations: readonly ScheduledLocation[];
  readonly instructors: readonly ScheduledInstructor[];
  readonly vehicles: readonly ScheduledVehicle[];
  readonly away: readonly AwayPeriod[];
  readonly closed_days: readonly ClosedDayFacts[];
}

/** A lesson with its names. `details` are only for the day sheet. */
export interface ScheduledLesson extends Lesson, Pick<DaySheetLesson, 'instructor_name' | 'vehicle_name'> {
  readonly details: Pick<DaySheetLesson, 'student' | 'location_name' | 'course'>;
}

/** A school's lessons of a period, with everything around them. Lessons are in the order of time, also cancelled ones. */
export interface ScheduleData extends ScheduleFrame {
  readonly schoolId: string;
  readonly lessons: readonly ScheduledLesson[];
}

/** The zone of schools without a location. */
const zoneDefault = 'America/Toronto';

/** The instants between which a period lies, at whichever location. */
export function instantsOf(
  { from, to }: Period,
  locations: readonly Pick<ScheduledLocation, 'time_zone'>[],
): { readonly from: number; readonly to: number } {
  const zones = zonesOf(locations);
  return {
    from: Math.min(...zones.map((zone) => dayBounds(from, zone).from)),
    to: Math.max(...zones.map((zone) => dayBounds(to, zone).to)),
  };
}

/** The zones of a school's active locations. @returns at least one */
export function zonesOf(
  locations: readonly { readonly time_zone: string; readonly status?: 'active' | 'archived' }[],
): string[] {
  const zones = locations.filter(({ status }) => status !== 'archived').map(({ time_zone }) => time_zone);
  return zones.length === 0 ? [zoneDefault] : [...new Set(zones)];
}
