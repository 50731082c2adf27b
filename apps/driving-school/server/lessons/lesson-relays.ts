/**
 * Relays: two lessons without a buffer between them, because the first student drives to the second. Everything here
 * reads neighbours without row locks: a change of a lesson locks its instructor, whom a relay shares.
 */
import { claimsOf } from '../../contract/booking/claims.ts';
import type { Proposal } from '../../contract/booking/world.ts';
import type { LessonMove } from '../../contract/lessons.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { consider, type Considered, invalid, locationOf, type Wanted } from './booking-request.ts';
import type { LessonInvalidError } from './lesson-errors.ts';
import { findLesson, findLessons } from './lesson-repository.ts';
import { derived, isRelay, type LessonRecord, type Placement, placementOf, proposalOf } from './lesson.ts';

/** A move, ready to be judged. */
export interface ConsideredMove extends Considered {
  readonly to: Placement;
  /** Whether the lesson stays where it is. */
  readonly isSame: boolean;
}

/**
 * Refuses a relay unless the first lesson ends where the next begins, with the same instructor and vehicle.
 *
 * @throws LessonInvalidError
 */
export async function requireRelay(handle: DatabaseHandle, schoolId: string, proposal: Proposal): Promise<void> {
  if (proposal.relay_after === null) return;
  const first = await findLesson(handle, schoolId, proposal.relay_after);
  if (first === undefined) throw invalid('/relay_after', 'unknown_lesson', 'Choose a lesson of this school.');
  if (first.status !== 'booked') throw notPossible('The lesson before is not booked.');
  if (first.relay_next_id !== null) throw notPossible('Another lesson already follows without a buffer.');
  if (first.instructor_id !== proposal.instructor_id || first.vehicle_id !== proposal.vehicle_id) {
    throw notPossible('Both lessons of a relay need the same instructor and the same car.');
  }
  if (first.ends_at !== proposal.starts_at) throw notPossible('A relay begins exactly when the lesson before ends.');
}

/**
 * Resolves a move. Relays are kept where they still fit.
 *
 * @throws LessonInvalidError, UnclearTimeError
 */
export async function considerMove(
  handle: DatabaseHandle,
  schoolId: string,
  lesson: LessonRecord,
  input: LessonMove,
): Promise<ConsideredMove> {
  const considered = await consider(handle, schoolId, movedBy(lesson, input));
  const { starts_at, ends_at, instructor_id, vehicle_id, location_id, buffer_after_minutes } = considered.proposal;
  const moved = { starts_at, ends_at, instructor_id, vehicle_id, location_id };
  const isSame = Object.entries(moved).every(([name, value]) => lesson[name as keyof typeof moved] === value);
  const to = await related(handle, schoolId, lesson, {
    ...placementOf(lesson),
    ...moved,
    ...derived(lesson.type, starts_at, locationOf(considered)),
    buffer_after_minutes: isSame ? lesson.buffer_after_minutes : buffer_after_minutes,
  });
  return { ...(await withPlacement(handle, schoolId, considered, { lesson, to })), to, isSame };
}

/** Resolves a placement that a lesson had before. @throws LessonInvalidError */
export async function considerPlacement(
  handle: DatabaseHandle,
  schoolId: string,
  lesson: LessonRecord,
  to: Placement,
): Promise<Considered> {
  const { instructor_id, vehicle_id, location_id } = to;
  const minutes = (to.ends_at - to.starts_at) / 60_000;
  const wanted = { ...movedBy(lesson, { instructor_id, vehicle_id, location_id, minutes }), starts_at: to.starts_at };
  return withPlacement(handle, schoolId, await consider(handle, schoolId, wanted), { lesson, to });
}

/** The placement with those of its relays that still fit, and the buffer that follows from them. */
export async function related(
  handle: DatabaseHandle,
  schoolId: string,
  lesson: Pick<LessonRecord, 'id'>,
  to: Placement,
): Promise<Placement> {
  const ids = [to.relay_after, to.relay_next_id].filter((id) => id !== null);
  const neighbours = ids.length === 0 ? [] : await findLessons(handle, schoolId, ids);
  const isMine = (id: string | null): boolean => id === null || id === lesson.id;
  const first = neighbours.find(({ id, relay_next_id }) => id === to.relay_after && isMine(relay_next_id));
  const next = neighbours.find(({ id, relay_after }) => id === to.relay_next_id && isMine(relay_after));
  const keepsFirst = first !== undefined && isRelay(first, to);
  const keepsNext = next !== undefined && isRelay(to, next);
  return {
    ...to,
    relay_after: keepsFirst ? first.id : null,
    relay_next_id: keepsNext ? next.id : null,
    buffer_after_minutes: keepsNext ? 0 : to.buffer_after_minutes,
  };
}

/**
 * The booking as it must be judged, with the relays of the placement. A lesson that leaves its relay meets the whole
 * buffer of the first lesson, which gets it back.
 */
async function withPlacement(
  handle: DatabaseHandle,
  schoolId: string,
  { proposal, world }: Considered,
  { lesson, to }: { readonly lesson: LessonRecord; readonly to: Placement },
): Promise<Considered> {
  const { relay_after, buffer_after_minutes } = to;
  const judged = { ...proposal, relay_after, buffer_after_minutes };
  if (lesson.relay_after === null || lesson.relay_after === relay_after) return { proposal: judged, world };
  const first = await findLesson(handle, schoolId, lesson.relay_after);
  if (first?.status !== 'booked') return { proposal: judged, world };
  const buffer = world.locations.find(({ id }) => id === first.location_id)?.buffer_minutes ?? 0;
  const full = claimsOf(proposalOf({ ...first, buffer_after_minutes: buffer }));
  const others = world.claims.filter(({ source_id }) => source_id !== first.id);
  return { proposal: judged, world: { ...world, claims: [...others, ...full] } };
}

/** A move as a booking. Its relay is decided later, by `related`. */
function movedBy(lesson: LessonRecord, input: Omit<LessonMove, 'overrides'>): Wanted {
  return {
    lesson_id: lesson.id,
    type: lesson.type,
    student_id: lesson.student_id,
    enrolment_id: lesson.enrolment_id,
    instructor_id: input.instructor_id ?? lesson.instructor_id,
    vehicle_id: input.vehicle_id === undefined ? lesson.vehicle_id : input.vehicle_id,
    location_id: input.location_id ?? lesson.location_id,
    starts_at: input.starts_at ?? lesson.starts_at,
    minutes: input.minutes ?? (lesson.ends_at - lesson.starts_at) / 60_000,
    relay_after: null,
  };
}

function notPossible(message: string): LessonInvalidError {
  return invalid('/relay_after', 'relay_not_possible', message);
}
