/** Checks requested bookings against the records that they name, and judges them. */
import { conflictsOf } from '../../contract/booking/claims.ts';
import { judge } from '../../contract/booking/judge.ts';
import type { BookingWorld, Claim, LessonType, LocationFacts, Proposal } from '../../contract/booking/world.ts';
import type { Conflict } from '../../contract/lessons.ts';
import { parseTime } from '../../contract/local-time.ts';
import type { ProblemDetail } from '../../contract/problem.ts';
import type { Override, Refusal } from '../../contract/rules.ts';
import { locationFacts, lockLocation } from '../locations/locations.ts';
import { type DatabaseHandle, isTransaction } from '../platform/database/handle.ts';
import { lockVehicles } from '../vehicles/vehicles.ts';
import { type LoadedWorld, loadWorld } from './booking-world.ts';
import { isoInstant } from './lesson.ts';
import { LessonInvalidError, RulesRefuseError, SlotTakenError, UnclearTimeError } from './lesson-errors.ts';

const minuteMs = 60_000;

/** A booking as requested: its records may not exist. */
export interface Wanted {
  /** The lesson that is moved; null for a new one. */
  readonly lesson_id: string | null;
  readonly type: LessonType;
  readonly student_id: string;
  readonly enrolment_id: string | null;
  readonly instructor_id: string;
  readonly vehicle_id: string | null;
  readonly location_id: string;
  /** A time as the user has sent it, or an instant in milliseconds. */
  readonly starts_at: string | number;
  readonly minutes: number;
  readonly relay_after: string | null;
}

/** A booking whose records exist and can be booked, with everything known about it. */
export interface Considered {
  readonly proposal: Proposal;
  readonly world: LoadedWorld;
}

/**
 * Resolves a request: parses its time, loads the world around it and checks that its records can be booked. In a
 * transaction, car and location stay as they are until it ends.
 *
 * @throws LessonInvalidError, UnclearTimeError
 */
export async function consider(handle: DatabaseHandle, schoolId: string, wanted: Wanted): Promise<Considered> {
  if (isTransaction(handle)) {
    // Otherwise one of them could be archived between this judgement and the commit.
    await lockVehicles(handle, schoolId, wanted.vehicle_id === null ? [] : [wanted.vehicle_id]);
    await lockLocation(handle, schoolId, wanted.location_id);
  }
  const locations = await locationFacts(handle, schoolId);
  const location = locations.find(({ id }) => id === wanted.location_id);
  if (location === undefined) throw invalid('/location_id', 'unknown_location', 'Choose a location of this school.');
  const starts_at = instantOf(wanted.starts_at, location.time_zone);
  const ends_at = starts_at + wanted.minutes * minuteMs;
  const { minutes: _, ...named } = wanted;
  const proposal = { ...named, starts_at, ends_at, buffer_after_minutes: location.buffer_minutes };
  const world = await loadWorld(handle, {
    schoolId,
    locations,
    // A minute earlier, to see the lesson before.
    from: starts_at - minuteMs,
    to: ends_at + location.buffer_minutes * minuteMs,
    studentIds: [wanted.student_id],
    enrolmentIds: wanted.enrolment_id === null ? [] : [wanted.enrolment_id],
    instructorIds: [wanted.instructor_id],
    vehicleIds: wanted.vehicle_id === null ? [] : [wanted.vehicle_id],
  });
  const problems = problemsOf(wanted, world);
  if (problems.length > 0) throw new LessonInvalidError(problems);
  return { proposal, world };
}

/**
 * Parses the time of a request.
 *
 * @throws LessonInvalidError, UnclearTimeError
 */
function instantOf(time: string | number, zone: string): number {
  return typeof time === 'number' ? time : parsedTime('/starts_at', time, zone);
}

/**
 * Parses a time in whole minutes, as a user has sent it. @returns milliseconds
 *
 * @throws LessonInvalidError, UnclearTimeError
 */
export function parsedTime(pointer: string, time: string, zone: string): number {
  const parsed = parseTime(time, zone);
  if (parsed.ok) return parsed.epochMs;
  if (parsed.code !== 'time_format') throw new UnclearTimeError(time, parsed, pointer);
  throw invalid(pointer, 'time_format', 'Enter a day and time such as 2026-03-09T09:00, in whole minutes.');
}

/** Records that can't be booked. */
function problemsOf(wanted: Wanted, world: LoadedWorld): ProblemDetail[] {
  const student = world.students[0];
  const vehicle = world.vehicles[0];
  const enrolment = world.enrolments[0];
  const location = world.locations.find(({ id }) => id === wanted.location_id);
  const isBde = wanted.type === 'bde_in_vehicle';
  const found: (ProblemDetail | false)[] = [
    student === undefined && problem('/student_id', 'unknown_student', 'Choose a student of this school.'),
    student?.status === 'archived' &&
      problem('/student_id', 'student_archived', `${student.name} is archived. Restore the student first.`),
    world.instructors.length === 0 &&
      problem('/instructor_id', 'unknown_instructor', 'Choose an instructor of this school.'),
    wanted.vehicle_id !== null &&
      vehicle === undefined &&
      problem('/vehicle_id', 'unknown_vehicle', 'Choose a car of this school.'),
    vehicle?.status === 'archived' &&
      problem('/vehicle_id', 'vehicle_archived', `${vehicle.name} is archived. Choose another car.`),
    location?.status === 'archived' &&
      problem('/location_id', 'location_archived', `${location.name} is archived. Choose another location.`),
    isBde &&
      wanted.vehicle_id === null &&
      problem('/vehicle_id', 'required', 'Choose a car: this lesson is part of a course.'),
    isBde &&
      vehicle?.dual_brake === false &&
      problem('/vehicle_id', 'no_dual_brake', `${vehicle.name} has no dual brake. Lessons of a course need one.`),
    isBde &&
      wanted.enrolment_id === null &&
      problem('/enrolment_id', 'required', 'Choose the course that this lesson is part of.'),
    wanted.enrolment_id !== null &&
      enrolment?.student_id !== wanted.student_id &&
      problem('/enrolment_id', 'unknown_enrolment', 'Choose an enrolment of this student.'),
    isBde &&
      enrolment?.kind === 'lesson_pack' &&
      problem('/enrolment_id', 'not_a_course', 'This enrolment is a lesson pack. Book a private lesson instead.'),
  ];
  return found.filter((each) => each !== false);
}

/**
 * Judges a booking. Hard rules refuse first: no other time helps. A reason for a soft one is asked for only when the time
 * is free.
 *
 * @returns the overrides that were needed
 * @throws RulesRefuseError, SlotTakenError
 */
export function accept({ proposal, world }: Considered, overrides: readonly Override[] = []): Override[] {
  const refusals = judge(proposal, world).filter(({ kind }) => kind !== 'advice');
  const needed = refusals.flatMap(({ kind, rule }) =>
    kind === 'soft' ? overrides.filter((override) => override.rule === rule).slice(0, 1) : [],
  );
  const open = refusals.filter(({ rule }) => needed.every((override) => override.rule !== rule));
  if (open.some(({ kind }) => kind === 'hard')) throw new RulesRefuseError(open);
  requireFree({ proposal, world });
  if (open.length > 0) throw new RulesRefuseError(open);
  return needed;
}

/** Judges by the hard rules only, as when a change is undone. @throws RulesRefuseError, SlotTakenError */
export function acceptAgain({ proposal, world }: Considered): void {
  const hard: Refusal[] = judge(proposal, world).filter(({ kind }) => kind === 'hard');
  if (hard.length > 0) throw new RulesRefuseError(hard);
  requireFree({ proposal, world });
}

function requireFree({ proposal, world }: Considered): void {
  const conflicts = conflictsOf(proposal, world);
  if (conflicts.length > 0) throw new SlotTakenError(conflicts.map((claim) => namedConflict(claim, world)));
}

/** The location of a booking. */
export function locationOf({ proposal, world }: Considered): LocationFacts {
  const location = world.locations.find(({ id }) => id === proposal.location_id);
  if (location === undefined) throw new RangeError(`The world has no location ${proposal.location_id}.`);
  return location;
}

/** A claim in the way, as answered. */
export function namedConflict({ from, to, ...claim }: Claim, world: BookingWorld): Conflict {
  const named = [...world.students, ...world.instructors, ...world.vehicles];
  return {
    resource_kind: claim.resource_kind,
    resource_id: claim.resource_id,
    name: named.find(({ id }) => id === claim.resource_id)?.name ?? '',
    from: isoInstant(from),
    to: isoInstant(to),
    source_kind: claim.source_kind,
    source_id: claim.source_id,
  };
}

function problem(pointer: string, code: string, message: string): ProblemDetail {
  return { pointer, code, message };
}

/** The refusal of one value. */
export function invalid(pointer: string, code: string, message: string): LessonInvalidError {
  return new LessonInvalidError([problem(pointer, code, message)]);
}
