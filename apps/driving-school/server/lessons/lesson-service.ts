import type { Pipeline } from 'dualbrake';
import { conflictsOf } from '../../contract/booking/claims.ts';
import { judge } from '../../contract/booking/judge.ts';
import type { BookingWorld } from '../../contract/booking/world.ts';
import type {
  Lesson,
  LessonCancel,
  LessonCheck,
  LessonCreate,
  LessonMove,
  LessonPatch,
  LessonVerdict,
} from '../../contract/lessons.ts';
import { dayBounds, localStart } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { schoolZone } from '../locations/locations.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { ChangeRequest } from '../platform/unit-of-work.ts';
import { consider, type Considered, invalid, locationOf, namedConflict } from './booking-request.ts';
import { loadWorld } from './booking-world.ts';
import {
  type ChangedLesson,
  LessonChanges,
  type LessonChangesParts,
  type VersionedRequest,
  wantedBy,
} from './lesson-changes.ts';
import { LessonNotBookedError, LessonNotFoundError } from './lesson-errors.ts';
import { considerMove, requireRelay } from './lesson-relays.ts';
import { findLesson, stepsOf } from './lesson-repository.ts';
import { isoInstant, isVisible, lessonOf, undoUntil } from './lesson.ts';

/** The parts of the service. */
export interface LessonServiceParts extends LessonChangesParts {
  readonly policies: LessonChangesParts['policies'] & { readonly databaseRead: Pipeline };
}

/** A value that was read from the database, and when. */
export interface Dated<T> {
  readonly value: T;
  readonly asOf: Temporal.Instant;
}

/** The student and the days of a world. Days are both included. */
export interface WorldRequest {
  readonly student_id: string;
  readonly enrolment_id?: string | undefined;
  readonly from: CalendarDay;
  readonly to: CalendarDay;
}

/** Locations within two hours of the school's zone see all of a day. */
const otherZonesMs = 2 * 60 * 60_000;

/** All operations on lessons. While the database is unavailable, reads and changes fail. */
export class LessonService {
  readonly #parts: LessonServiceParts;
  readonly #changes: LessonChanges;

  constructor(parts: LessonServiceParts) {
    this.#parts = parts;
    this.#changes = new LessonChanges(parts);
  }

  /**
   * Reads a lesson for a user.
   *
   * @throws LessonNotFoundError; the error of the database
   */
  async read(actor: Actor, lessonId: string, context?: RequestContext): Promise<Dated<Lesson>> {
    return this.#reading(context, async (database, now) => {
      const record = await findLesson(database, actor.schoolId, lessonId);
      if (record === undefined || !isVisible(actor, record)) throw new LessonNotFoundError();
      return lessonOf(record, undoUntil(record, await stepsOf(database, lessonId), now));
    });
  }

  /** Judges a booking or a move without making it. @throws LessonInvalidError, UnclearTimeError, LessonNotFoundError */
  async check(actor: Actor, input: LessonCheck, context?: RequestContext): Promise<LessonVerdict> {
    const { value } = await this.#reading(context, async (database) => {
      const considered = await this.#considered(database, actor, input);
      const { proposal, world } = considered;
      return {
        refusals: judge(proposal, world),
        conflicts: conflictsOf(proposal, world).map((claim) => namedConflict(claim, world)),
        starts_at: isoInstant(proposal.starts_at),
        ends_at: isoInstant(proposal.ends_at),
        local_start: localStart(proposal.starts_at, locationOf(considered).time_zone),
      };
    });
    return value;
  }

  /**
   * Reads everything that decides about bookings of a student in a period, so that pages can judge with the same rules.
   *
   * @throws LessonInvalidError when the student or the enrolment is unknown
   */
  async world(actor: Actor, request: WorldRequest, context?: RequestContext): Promise<Dated<BookingWorld>> {
    const { student_id, enrolment_id, from, to } = request;
    const { schoolId } = actor;
    return this.#reading(context, async (database) => {
      const zone = await schoolZone(database, schoolId);
      const world = await loadWorld(database, {
        schoolId,
        from: dayBounds(from, zone).from - otherZonesMs,
        to: dayBounds(to, zone).to + otherZonesMs,
        studentIds: [student_id],
        enrolmentIds: enrolment_id === undefined ? [] : [enrolment_id],
      });
      if (world.students.length === 0)
        throw invalid('?student_id', 'unknown_student', 'Choose a student of this school.');
      if (enrolment_id !== undefined && world.enrolments[0]?.student_id !== student_id) {
        throw invalid('?enrolment_id', 'unknown_enrolment', 'Choose an enrolment of this student.');
      }
      return world;
    });
  }

  /** Books a lesson; see `LessonChanges`. */
  create(input: LessonCreate, request: ChangeRequest): Promise<ChangedLesson> {
    return this.#changes.create(input, request);
  }

  /** Moves a lesson; see `LessonChanges`. */
  move(lessonId: string, input: LessonMove, request: VersionedRequest): Promise<ChangedLesson> {
    return this.#changes.move(lessonId, input, request);
  }

  /** Cancels a lesson; see `LessonChanges`. */
  cancel(lessonId: string, input: LessonCancel, request: VersionedRequest): Promise<ChangedLesson> {
    return this.#changes.cancel(lessonId, input, request);
  }

  /** Takes the last change of a lesson back; see `LessonChanges`. */
  undo(lessonId: string, request: VersionedRequest): Promise<ChangedLesson> {
    return this.#changes.undo(lessonId, request);
  }

  /** Changes the texts of a lesson; see `LessonChanges`. */
  edit(lessonId: string, input: LessonPatch, request: VersionedRequest): Promise<ChangedLesson> {
    return this.#changes.edit(lessonId, input, request);
  }

  async #considered(database: DatabaseHandle, { schoolId }: Actor, input: LessonCheck): Promise<Considered> {
    if (!('lesson_id' in input)) {
      const considered = await consider(database, schoolId, wantedBy(input));
      await requireRelay(database, schoolId, considered.proposal);
      return considered;
    }
    const lesson = await findLesson(database, schoolId, input.lesson_id);
    if (lesson === undefined) throw new LessonNotFoundError();
    if (lesson.status !== 'booked') throw new LessonNotBookedError(lesson.status);
    return considerMove(database, schoolId, lesson, input);
  }

  /** Reads live. Refusals pass the pipeline as values, which would count errors as failures of the database. */
  async #reading<T>(
    context: RequestContext | undefined,
    read: (database: DatabaseHandle, now: number) => Promise<T>,
  ): Promise<Dated<T>> {
    const { policies, database, wallClock } = this.#parts;
    // Before the query, so that the data is never older than this.
    const asOf = wallClock.now();
    const value = await policies.databaseRead.execute(
      () =>
        read(database, asOf.epochMilliseconds).catch((error: unknown) => {
          if (error instanceof RefusalError) return error;
          throw error;
        }),
      context,
    );
    if (value instanceof RefusalError) throw value;
    return { value, asOf };
  }
}
