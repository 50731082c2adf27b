import { randomUUIDv7 } from 'node:crypto';
import type { Pipeline } from 'dualbrake';
import { conflictsOf } from '../../contract/booking/claims.ts';
import { nearestTimes } from '../../contract/booking/nearest.ts';
import type { Proposal } from '../../contract/booking/world.ts';
import type {
  Lesson,
  LessonCancel,
  LessonCreate,
  LessonMove,
  LessonPatch,
  NearestSlot,
} from '../../contract/lessons.ts';
import type { Override } from '../../contract/rules.ts';
import { lockResources } from '../calendar/calendar.ts';
import { lockEnrolment } from '../courses/courses.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { isUnavailable } from '../platform/database/unavailable.ts';
import type { Change, ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import {
  accept,
  acceptAgain,
  consider,
  type Considered,
  invalid,
  locationOf,
  namedConflict,
  parsedTime,
  type Wanted,
} from './booking-request.ts';
import { loadWorld } from './booking-world.ts';
import { auditLessons } from './lesson-audit.ts';
import {
  LessonChangedError,
  LessonNotBookedError,
  LessonNotFoundError,
  SlotTakenError,
  UndoExpiredError,
} from './lesson-errors.ts';
import { considerMove, considerPlacement, related, requireRelay } from './lesson-relays.ts';
import { insertPlaced, lockForChange, replace, resourcesOf } from './lesson-placing.ts';
import { type ChangedBy, findLesson, findLessons, lockLessons, stepsOf, writeTexts } from './lesson-repository.ts';
import {
  cancelled,
  derived,
  isoInstant,
  lastStep,
  lessonOf,
  type LessonRecord,
  type LessonTexts,
  undoEnd,
  undoUntil,
} from './lesson.ts';
import type { RandomInteger } from './short-code.ts';

/** The parts of changes. */
export interface LessonChangesParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly policies: { readonly booking: Pipeline; readonly bookingOnce: Pipeline };
  readonly wallClock: WallClock;
  readonly random: RandomInteger;
}

/** A lesson after a change. */
export interface ChangedLesson {
  readonly lesson: Lesson;
  /** The time of the change: a repeated request gets the first answer. */
  readonly as_of: string;
}

export type VersionedRequest = ChangeRequest & { readonly version: number };

/** The nearest free times are searched this long before and after the taken one. */
const nearestReachMs = { before: 24 * 60 * 60_000, after: 4 * 24 * 60 * 60_000 } as const;

/** Books, moves, cancels and restores lessons, one at a time. */
export class LessonChanges {
  readonly #parts: LessonChangesParts;

  constructor(parts: LessonChangesParts) {
    this.#parts = parts;
  }

  /**
   * Books a lesson.
   *
   * @throws LessonInvalidError, UnclearTimeError, RulesRefuseError, SlotTakenError, and errors of `UnitOfWork.change`
   */
  async create(input: LessonCreate, request: ChangeRequest): Promise<ChangedLesson> {
    return this.#booking({ ...request, operation: 'book lesson', request: input }, async (transaction, by, propose) => {
      const wanted = wantedBy(input);
      if (wanted.enrolment_id !== null) await lockEnrolment(transaction, by.schoolId, wanted.enrolment_id);
      await this.#lockForBooking(transaction, wanted, by);
      const considered = await consider(transaction, by.schoolId, wanted);
      propose(considered.proposal);
      await requireRelay(transaction, by.schoolId, considered.proposal);
      const overrides = accept(considered, input.overrides);
      const lesson = newLesson(considered, input, overrides);
      await insertPlaced(transaction, lesson, by, this.#parts.random);
      await auditLessons(transaction, 'lesson.booked', lesson.student_id, { lesson: lesson.id }, by, overrides);
      return lesson.id;
    });
  }

  /**
   * Moves a lesson to another time, instructor, vehicle or location. Omitted members stay the same.
   *
   * @throws LessonNotFoundError, LessonChangedError, LessonNotBookedError, and errors of `create`
   */
  async move(lessonId: string, input: LessonMove, request: VersionedRequest): Promise<ChangedLesson> {
    const operation = `move lesson ${lessonId} at ${request.version}`;
    return this.#booking({ ...request, operation, request: input }, async (transaction, by, propose) => {
      const lesson = await this.#locked(transaction, { lessonId, request, by, to: input });
      if (lesson.status !== 'booked') throw new LessonNotBookedError(lesson.status);
      const moved = await considerMove(transaction, by.schoolId, lesson, input);
      if (moved.isSame) return lessonId;
      propose(moved.proposal);
      const overrides = accept(moved, input.overrides);
      await replace(transaction, lesson, { to: { ...moved.to, overrides }, action: 'moved' }, by);
      await auditLessons(transaction, 'lesson.moved', lesson.student_id, { lesson: lesson.id }, by, overrides);
      return lessonId;
    });
  }

  /**
   * Cancels a lesson and frees its time.
   *
   * @throws LessonNotFoundError, LessonChangedError, LessonNotBookedError, and errors of `UnitOfWork.change`
   */
  async cancel(lessonId: string, input: LessonCancel, request: VersionedRequest): Promise<ChangedLesson> {
    const operation = `cancel lesson ${lessonId} at ${request.version}`;
    return this.#booking({ ...request, operation, request: input }, async (transaction, by) => {
      const lesson = await this.#locked(transaction, { lessonId, request, by });
      if (lesson.status !== 'booked') throw new LessonNotBookedError(lesson.status);
      const noticeAt = input.notice_at === undefined ? by.at : noticeOf(input.notice_at, lesson.time_zone);
      await replace(transaction, lesson, { to: cancelled(lesson, input.reason, noticeAt), action: 'cancelled' }, by);
      const detail = { lesson: lesson.id, reason: input.reason };
      await auditLessons(transaction, 'lesson.cancelled', lesson.student_id, detail, by);
      return lessonId;
    });
  }

  /**
   * Takes the last change back, within ten minutes of it: a move, a cancellation, or the booking itself, which is then
   * cancelled with the reason `undone`. Hard rules and conflicts are judged again.
   *
   * @throws UndoExpiredError, LessonNotFoundError, LessonChangedError, LessonNotBookedError, RulesRefuseError,
   *   SlotTakenError, and errors of `UnitOfWork.change`
   */
  async undo(lessonId: string, request: VersionedRequest): Promise<ChangedLesson> {
    const operation = `undo lesson ${lessonId} at ${request.version}`;
    return this.#booking({ ...request, operation, request: null }, async (transaction, by, propose) => {
      const seen = await findLesson(transaction, by.schoolId, lessonId);
      const before = seen && lastStep(await stepsOf(transaction, lessonId))?.before;
      const lesson = await this.#locked(transaction, { lessonId, request, by, ...(before ? { to: before } : {}) });
      const step = lastStep(await stepsOf(transaction, lessonId));
      if (step === undefined || by.at.epochMilliseconds > undoEnd(step)) throw new UndoExpiredError();
      if (lesson.status === 'done' || lesson.status === 'no_show') throw new LessonNotBookedError(lesson.status);
      const to =
        step.before === null
          ? { ...cancelled(lesson, 'undone', by.at), cancelled_notice_at: null }
          : await related(transaction, by.schoolId, lesson, step.before);
      if (to.status === 'booked') {
        const again = await considerPlacement(transaction, by.schoolId, lesson, to);
        propose(again.proposal);
        acceptAgain(again);
      }
      await replace(transaction, lesson, { to, action: 'undone' }, by);
      const detail = { lesson: lesson.id, undone: step.action };
      await auditLessons(transaction, 'lesson.undone', lesson.student_id, detail, by);
      return lessonId;
    });
  }

  /**
   * Changes the texts of a lesson.
   *
   * @throws LessonNotFoundError, LessonChangedError, LessonInvalidError, and errors of `UnitOfWork.change`
   */
  async edit(lessonId: string, input: LessonPatch, request: VersionedRequest): Promise<ChangedLesson> {
    const operation = `change lesson ${lessonId} at ${request.version}`;
    return this.#booking({ ...request, operation, request: input }, async (transaction, by) => {
      const [lesson] = await lockLessons(transaction, by.schoolId, [lessonId]);
      if (lesson === undefined) throw new LessonNotFoundError();
      if (lesson.version !== request.version) throw new LessonChangedError(lesson.version);
      const texts = textsOf(lesson.type, input, lesson);
      const isSame = Object.entries(texts).every(([name, text]) => lesson[name as keyof LessonTexts] === text);
      if (!isSame) await writeTexts(transaction, lessonId, texts, by);
      return lessonId;
    });
  }

  /**
   * Makes a change and reads the lesson back.
   *
   * @param work calls `propose` with the booking that it judges, for the explanation of a conflict
   */
  async #booking(
    change: Change,
    work: (transaction: DatabaseTransaction, by: ChangedBy, propose: (proposal: Proposal) => void) => Promise<string>,
  ): Promise<ChangedLesson> {
    const { unitOfWork, policies, wallClock } = this.#parts;
    const { schoolId, userId } = change.actor;
    let proposed: Proposal | undefined;
    try {
      return await unitOfWork.change(
        { ...change, pipeline: change.idempotencyKey === undefined ? policies.booking : policies.bookingOnce },
        async (transaction) => {
          const at = wallClock.now();
          const id = await work(transaction, { schoolId, userId, at }, (proposal) => {
            proposed = proposal;
          });
          const saved = await findLesson(transaction, schoolId, id);
          if (saved === undefined) throw new LessonNotFoundError();
          const lesson = lessonOf(saved, undoUntil(saved, await stepsOf(transaction, id), at.epochMilliseconds));
          return { lesson, as_of: isoInstant(at.epochMilliseconds) };
        },
      );
    } catch (error) {
      if (!(error instanceof SlotTakenError) || proposed === undefined) throw error;
      throw await this.#explained(error, proposed, change);
    }
  }

  /** Adds the free times nearby, which are read after the rollback, so that nobody waits for them. */
  async #explained(taken: SlotTakenError, proposal: Proposal, { actor, context, request }: Change): Promise<Error> {
    const { policies, database, wallClock } = this.#parts;
    const now = wallClock.now().epochMilliseconds;
    const from = proposal.starts_at - nearestReachMs.before;
    const to = proposal.ends_at + nearestReachMs.after;
    try {
      // In the queue of bookings: dozens that are refused at once would overload the quick reads.
      const world = await policies.booking.execute(
        () =>
          loadWorld(database, {
            schoolId: actor.schoolId,
            from,
            to,
            studentIds: [proposal.student_id],
            enrolmentIds: proposal.enrolment_id === null ? [] : [proposal.enrolment_id],
            instructorIds: [proposal.instructor_id],
            vehicleIds: proposal.vehicle_id === null ? [] : [proposal.vehicle_id],
          }),
        context,
      );
      const { overrides = [] } = (request ?? {}) as { readonly overrides?: readonly Override[] };
      const { instructor_id, vehicle_id } = proposal;
      const nearest = nearestTimes(proposal, world, {
        from: proposal.starts_at > now ? Math.max(from, now) : from,
        to,
        overridden: overrides.map(({ rule }) => rule),
      }).map((starts_at): NearestSlot => ({ starts_at: isoInstant(starts_at), instructor_id, vehicle_id }));
      const conflicts =
        taken.conflicts.length > 0
          ? taken.conflicts
          : conflictsOf(proposal, world).map((claim) => namedConflict(claim, world));
      return new SlotTakenError(conflicts, nearest);
    } catch (error) {
      // The refusal stands without its explanation.
      if (isUnavailable(error, context)) return taken;
      throw error;
    }
  }

  async #lockForBooking(transaction: DatabaseTransaction, wanted: Wanted, { schoolId }: ChangedBy): Promise<void> {
    const first = wanted.relay_after === null ? [] : await findLessons(transaction, schoolId, [wanted.relay_after]);
    await lockResources(transaction, [...resourcesOf(wanted), ...first.flatMap(resourcesOf)]);
  }

  /** Locks the lesson with all that the change needs. It must be at the version that the user has seen. */
  async #locked(
    transaction: DatabaseTransaction,
    {
      lessonId,
      request,
      by,
      to,
    }: {
      readonly lessonId: string;
      readonly request: VersionedRequest;
      readonly by: ChangedBy;
      readonly to?: { readonly instructor_id?: string | undefined; readonly vehicle_id?: string | null | undefined };
    },
  ): Promise<LessonRecord> {
    const seen = await findLesson(transaction, by.schoolId, lessonId);
    if (seen === undefined) throw new LessonNotFoundError();
    if (seen.version !== request.version) throw new LessonChangedError(seen.version);
    if (seen.enrolment_id !== null) await lockEnrolment(transaction, by.schoolId, seen.enrolment_id);
    const wanted = [to?.instructor_id, to?.vehicle_id].filter((id) => typeof id === 'string');
    const [lesson] = await lockForChange(transaction, [seen], by, wanted);
    if (lesson === undefined) throw new LessonNotFoundError();
    if (lesson.version !== request.version) throw new LessonChangedError(lesson.version);
    return lesson;
  }
}

/** A booking as requested. */
export function wantedBy(input: LessonCreate): Wanted {
  const { enrolment_id = null, vehicle_id = null, relay_after = null } = input;
  const { type, student_id, instructor_id, location_id, starts_at, minutes } = input;
  return {
    lesson_id: null,
    type,
    student_id,
    enrolment_id,
    instructor_id,
    vehicle_id,
    location_id,
    starts_at,
    minutes,
    relay_after,
  };
}

/** When the notice was received. With an offset, also to the second: programs send the time of the call. */
function noticeOf(text: string, zone: string): Temporal.Instant {
  const hasOffset = /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  return hasOffset
    ? Temporal.Instant.from(text)
    : Temporal.Instant.fromEpochMilliseconds(parsedTime('/notice_at', text, zone));
}

function newLesson(considered: Considered, input: LessonCreate, overrides: Override[]) {
  const { lesson_id: _, ...proposal } = considered.proposal;
  const { pickup = null, drop_off = null, notes = null, reference_number = null } = input;
  return {
    ...proposal,
    ...derived(proposal.type, proposal.starts_at, locationOf(considered)),
    ...textsOf(proposal.type, { pickup, drop_off, notes, reference_number }),
    id: randomUUIDv7(),
    overrides,
    relay_next_id: null,
    status: 'booked' as const,
    status_reason: null,
    cancelled_notice_at: null,
    plan_id: null,
  };
}

/** The texts after a change. @throws LessonInvalidError when the lesson can't have one of them */
function textsOf(type: LessonRecord['type'], patch: LessonPatch, current?: LessonTexts): LessonTexts {
  const text = (name: keyof LessonTexts): string | null => {
    const value = patch[name];
    return value === undefined ? (current?.[name] ?? null) : value;
  };
  const texts = {
    pickup: text('pickup'),
    drop_off: text('drop_off'),
    notes: text('notes'),
    reference_number: text('reference_number'),
  };
  if (texts.reference_number !== null && type !== 'road_test') {
    throw invalid('/reference_number', 'not_a_road_test', 'Only road tests have a reference number.');
  }
  return texts;
}
