/** Writes the placement of a lesson with its claims, its relay and its step, in a transaction that has judged it. */
import { claimsOf } from '../../contract/booking/claims.ts';
import type { Claim } from '../../contract/booking/world.ts';
import { claim, claimsBetween, dropClaims, lockResources, setClaimsActive } from '../calendar/calendar.ts';
import { locationFacts } from '../locations/locations.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import {
  addStep,
  addSteps,
  cancelLessons,
  type ChangedBy,
  findLessons,
  insertLesson,
  linkLesson,
  lockLessons,
  type NewLesson,
  placeLesson,
} from './lesson-repository.ts';
import { type LessonRecord, type LessonStep, type Placement, placementOf, proposalOf } from './lesson.ts';
import type { RandomInteger } from './short-code.ts';

const minuteMs = 60_000;

/** The resources that a lesson claims. */
export function resourcesOf({
  student_id,
  instructor_id,
  vehicle_id,
}: {
  readonly student_id: string;
  readonly instructor_id: string;
  readonly vehicle_id: string | null;
}): string[] {
  return [student_id, instructor_id, ...(vehicle_id === null ? [] : [vehicle_id])];
}

/** Inserts a booked lesson. @throws the database's error when a resource is busy */
export async function insertPlaced(
  transaction: DatabaseTransaction,
  lesson: NewLesson,
  by: ChangedBy,
  random: RandomInteger,
): Promise<void> {
  await insertLesson(transaction, lesson, by, random);
  const first = await relayFirst(transaction, lesson.relay_after, by);
  if (first !== undefined)
    await linkLesson(transaction, first.id, { relay_next_id: lesson.id, buffer_after_minutes: 0 }, by);
  await writeClaims(transaction, by, [lesson, ...(first === undefined ? [] : [first])]);
  await addStep(transaction, lesson.id, { version: 1, action: 'created', before: null }, by);
}

/**
 * Moves, cancels or restores a lesson.
 *
 * A relay that the lesson leaves ends: the first lesson gets its buffer back, as far as instructor and vehicle are free.
 * Otherwise a cancellation could be refused because of somebody else's lesson.
 *
 * @throws the database's error when a resource is busy
 */
export async function replace(
  transaction: DatabaseTransaction,
  lesson: LessonRecord,
  { to, action }: { readonly to: Placement; readonly action: LessonStep['action'] },
  by: ChangedBy,
): Promise<void> {
  const left = lesson.relay_after === to.relay_after ? null : lesson.relay_after;
  const former = await relayFirst(transaction, left, by);
  if (former !== undefined)
    await linkLesson(transaction, former.id, { relay_next_id: null, buffer_after_minutes: 0 }, by);
  await placeLesson(transaction, lesson.id, to, by);
  const first = lesson.relay_after === to.relay_after ? undefined : await relayFirst(transaction, to.relay_after, by);
  if (first !== undefined)
    await linkLesson(transaction, first.id, { relay_next_id: lesson.id, buffer_after_minutes: 0 }, by);
  if (to.status === 'booked') {
    await writeClaims(transaction, by, [{ ...lesson, ...to }, ...(first === undefined ? [] : [first])]);
  } else {
    await setClaimsActive(transaction, [lesson.id], false);
  }
  if (former !== undefined) await restoreBuffer(transaction, former, by);
  const before = placementOf(lesson);
  await addStep(transaction, lesson.id, { version: lesson.version + 1, action, before }, by);
}

/** Cancels booked lessons outside of relays, in a few statements however many they are. Each can be undone. */
export async function cancelAll(
  transaction: DatabaseTransaction,
  lessons: readonly LessonRecord[],
  { reason, noticeAt }: { readonly reason: string; readonly noticeAt: Temporal.Instant },
  by: ChangedBy,
): Promise<void> {
  if (lessons.length === 0) return;
  const ids = lessons.map(({ id }) => id);
  await cancelLessons(transaction, ids, { reason, noticeAt }, by);
  await setClaimsActive(transaction, ids, false);
  await addSteps(
    transaction,
    lessons.map((lesson) => ({
      lessonId: lesson.id,
      version: lesson.version + 1,
      action: 'cancelled',
      before: placementOf(lesson),
    })),
    by,
  );
}

/**
 * Locks lessons for a change, with everything that they and their relays claim.
 *
 * @param lessons as read without a lock
 * @param alsoClaimed resources that the change will claim
 * @returns the lessons as they are now
 */
export async function lockForChange(
  transaction: DatabaseTransaction,
  lessons: readonly LessonRecord[],
  { schoolId }: Pick<ChangedBy, 'schoolId'>,
  alsoClaimed: readonly string[] = [],
): Promise<LessonRecord[]> {
  const relays = lessons.flatMap(({ relay_after, relay_next_id }) =>
    [relay_after, relay_next_id].filter((id) => id !== null),
  );
  const neighbours = relays.length === 0 ? [] : await findLessons(transaction, schoolId, relays);
  // Resources before rows: lessons of a relay share the instructor, so their rows never wait for each other.
  await lockResources(transaction, [...[...lessons, ...neighbours].flatMap(resourcesOf), ...alsoClaimed]);
  return lockLessons(
    transaction,
    schoolId,
    lessons.map(({ id }) => id),
  );
}

/** The first lesson of a relay, without its buffer. */
async function relayFirst(
  transaction: DatabaseTransaction,
  id: string | null,
  { schoolId }: ChangedBy,
): Promise<LessonRecord | undefined> {
  const [first] = id === null ? [] : await lockLessons(transaction, schoolId, [id]);
  return first && { ...first, buffer_after_minutes: 0 };
}

async function writeClaims(
  transaction: DatabaseTransaction,
  { schoolId }: ChangedBy,
  lessons: readonly (NewLesson | LessonRecord)[],
): Promise<void> {
  // A new lesson has no claims yet.
  const known = lessons.filter((lesson) => 'version' in lesson).map(({ id }) => id);
  if (known.length > 0) await dropClaims(transaction, known);
  await claim(
    transaction,
    schoolId,
    lessons.flatMap((lesson): Claim[] => claimsOf(proposalOf(lesson))),
  );
}

/** Gives a lesson the buffer of its location, as far as its instructor and vehicle are free. */
async function restoreBuffer(transaction: DatabaseTransaction, lesson: LessonRecord, by: ChangedBy): Promise<void> {
  if (lesson.status !== 'booked') return;
  const locations = await locationFacts(transaction, by.schoolId);
  const wanted = locations.find(({ id }) => id === lesson.location_id)?.buffer_minutes ?? 0;
  const { instructor_id, vehicle_id, ends_at } = lesson;
  const busy = await claimsBetween(transaction, by.schoolId, {
    from: ends_at,
    to: ends_at + wanted * minuteMs,
    resourceIds: [instructor_id, ...(vehicle_id === null ? [] : [vehicle_id])],
  });
  const freeUntil = Math.min(ends_at + wanted * minuteMs, ...busy.map(({ from }) => from));
  const buffer_after_minutes = Math.max(0, Math.floor((freeUntil - ends_at) / minuteMs));
  await linkLesson(transaction, lesson.id, { relay_next_id: null, buffer_after_minutes }, by);
  await writeClaims(transaction, by, [{ ...lesson, buffer_after_minutes }]);
}
