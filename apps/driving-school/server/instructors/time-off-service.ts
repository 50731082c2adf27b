import { randomUUIDv7 } from 'node:crypto';
import type { Claim } from '../../contract/booking/world.ts';
import type { TimeOff, TimeOffCreate } from '../../contract/instructors.ts';
import { dayBounds, localStart } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import { claim, claimsBetween, dropClaims } from '../calendar/calendar.ts';
import { schoolZone } from '../locations/locations.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { LessonHooks } from '../platform/lesson-hooks.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import {
  InstructorNotFoundError,
  TimeOffConflictError,
  TimeOffHasLessonsError,
  TimeOffNotFoundError,
} from './instructor-errors.ts';
import { maySeeInstructor, timeOf } from './instructor.ts';
import { readThrough } from './read-through.ts';
import { parsePeriod, type Period } from './time-off-period.ts';
import { type TimeOffRecord, timeOffRepository } from './time-off-repository.ts';

/** The parts of the service. */
export interface TimeOffServiceParts {
  readonly database: DatabaseHandle;
  /** With the pipelines of bookings: time off waits for bookings of the same instructor. */
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<SliceOptions['policies'], 'databaseRead'>;
  readonly wallClock: WallClock;
  readonly lessons: LessonHooks;
}

interface DatedTimeOff<T> {
  readonly value: T;
  readonly asOf: Temporal.Instant;
}

/** The time off of instructors: a row here, and a claim that keeps bookings away. */
export class TimeOffService {
  readonly #parts: TimeOffServiceParts;

  constructor(parts: TimeOffServiceParts) {
    this.#parts = parts;
  }

  /**
   * Lists an instructor's time off.
   *
   * @param days both included. Default: from today, without an end
   */
  list(
    actor: Actor,
    instructorId: string,
    days: { readonly from?: CalendarDay | undefined; readonly to?: CalendarDay | undefined },
    context?: RequestContext,
  ): Promise<DatedTimeOff<TimeOff[]>> {
    return this.#read(
      actor,
      instructorId,
      async (handle, zone) => {
        const from = days.from ?? this.#parts.wallClock.today(zone).toString();
        const found = await timeOffRepository.list(handle, actor.schoolId, instructorId, {
          from: dayBounds(from, zone).from,
          to: days.to === undefined ? undefined : dayBounds(days.to, zone).to,
        });
        return found.map((record) => answerOf(record, zone));
      },
      context,
    );
  }

  /** @throws TimeOffNotFoundError */
  find(actor: Actor, instructorId: string, id: string, context?: RequestContext): Promise<DatedTimeOff<TimeOff>> {
    return this.#read(
      actor,
      instructorId,
      async (handle, zone) => {
        const found = await timeOffRepository.find(handle, actor.schoolId, instructorId, id);
        if (found === undefined) throw new TimeOffNotFoundError();
        return answerOf(found, zone);
      },
      context,
    );
  }

  /**
   * Adds time off. With `and_cancel`, cancels the lessons in it, in the same transaction.
   *
   * @throws TimeOffHasLessonsError, TimeOffConflictError, InstructorInvalidError, TimeOffClockChangeError,
   *   InstructorNotFoundError, and errors of `UnitOfWork.change`
   */
  async add(
    instructorId: string,
    body: TimeOffCreate,
    request: ChangeRequest,
  ): Promise<DatedTimeOff<{ readonly timeOff: TimeOff; readonly cancelled: readonly string[] }>> {
    const now = this.#parts.wallClock.now().toString();
    const { asOf, ...value } = await this.#parts.unitOfWork.change(
      { ...request, operation: `add time off of instructor ${instructorId}`, request: body },
      async (transaction) => ({ ...(await this.#add(transaction, instructorId, body, request.actor)), asOf: now }),
    );
    return { value, asOf: Temporal.Instant.from(asOf) };
  }

  /**
   * Removes time off, so that the time can be booked again. Cancelled lessons stay cancelled.
   *
   * @throws TimeOffNotFoundError
   */
  async remove(instructorId: string, id: string, request: ChangeRequest): Promise<void> {
    const { actor } = request;
    await this.#parts.unitOfWork.change(
      { ...request, operation: `remove time off ${id}`, request: null },
      async (transaction) => {
        if (!(await timeOffRepository.remove(transaction, actor.schoolId, instructorId, id))) {
          throw new TimeOffNotFoundError();
        }
        await dropClaims(transaction, [id]);
        await audit(transaction, actor, 'time_off.removed', instructorId);
        return null;
      },
    );
  }

  async #add(
    transaction: DatabaseTransaction,
    instructorId: string,
    { from, to, reason, and_cancel: cancellation }: TimeOffCreate,
    actor: Actor,
  ): Promise<{ timeOff: TimeOff; cancelled: readonly string[] }> {
    const { schoolId } = actor;
    if (!(await timeOffRepository.isInstructor(transaction, schoolId, instructorId))) {
      throw new InstructorNotFoundError();
    }
    const zone = await schoolZone(transaction, schoolId);
    const period = parsePeriod({ from, to }, zone);
    // Before the checks, so that no booking can come between them and the claim, and cancelling can't meet a booking that
    // waits for the cancelled claims.
    const { lessons, wallClock } = this.#parts;
    const found = await lessons.lockOverlapping(transaction, schoolId, { instructorId }, period);
    await this.#refuseOtherClaims(transaction, schoolId, instructorId, period);
    const booked = found.map(({ id }) => id);
    if (booked.length > 0 && !isExpected(booked, cancellation)) throw new TimeOffHasLessonsError(found.map(timeOf));
    if (booked.length > 0 && cancellation !== undefined) {
      await lessons.cancel(transaction, booked, { actor, reason: cancellation.reason, at: wallClock.now() });
    }
    const record: TimeOffRecord = {
      id: randomUUIDv7(),
      instructorId,
      ...period,
      reason: reason === undefined || reason === '' ? null : reason,
    };
    await timeOffRepository.insert(transaction, actor, record);
    await claim(transaction, schoolId, [claimOf(record)]);
    await audit(transaction, actor, 'time_off.added', instructorId, booked.length);
    return { timeOff: answerOf(record, zone), cancelled: booked };
  }

  /** @throws TimeOffConflictError for other time off, and classes of the instructor */
  async #refuseOtherClaims(
    transaction: DatabaseTransaction,
    schoolId: string,
    instructorId: string,
    period: Period,
  ): Promise<void> {
    const busy = await claimsBetween(transaction, schoolId, { ...period, resourceIds: [instructorId] });
    const others = busy.filter(({ source_kind }) => source_kind !== 'lesson' && source_kind !== 'road_test');
    if (others.length > 0) throw new TimeOffConflictError(others);
  }

  async #read<T>(
    actor: Actor,
    instructorId: string,
    read: (handle: DatabaseHandle, zone: string) => Promise<T>,
    context: RequestContext | undefined,
  ): Promise<DatedTimeOff<T>> {
    const { database, policies, wallClock } = this.#parts;
    const asOf = wallClock.now();
    if (!maySeeInstructor(actor, instructorId)) throw new InstructorNotFoundError();
    const value = await readThrough(
      policies.databaseRead,
      async () => {
        if (!(await timeOffRepository.isInstructor(database, actor.schoolId, instructorId))) {
          throw new InstructorNotFoundError();
        }
        return read(database, await schoolZone(database, actor.schoolId));
      },
      context,
    );
    return { value, asOf };
  }
}

/** Whether the user has asked to cancel these lessons: all of them, or exactly those that they have seen. */
function isExpected(booked: readonly string[], cancellation: TimeOffCreate['and_cancel']): boolean {
  if (cancellation === undefined) return false;
  const { lessons: seen } = cancellation;
  return seen === undefined || booked.every((id) => seen.includes(id));
}

function claimOf({ id, instructorId, from, to }: TimeOffRecord): Claim {
  return {
    source_kind: 'time_off',
    source_id: id,
    resource_kind: 'instructor',
    resource_id: instructorId,
    from,
    to,
  };
}

function answerOf({ id, instructorId, from, to, reason }: TimeOffRecord, zone: string): TimeOff {
  const [local_from, local_to] = [localStart(from, zone), localStart(to, zone)];
  return {
    id,
    instructor_id: instructorId,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    local_from,
    local_to,
    time_zone: zone,
    whole_days: local_from.endsWith('T00:00') && local_to.endsWith('T00:00'),
    reason,
  };
}

async function audit(
  transaction: DatabaseTransaction,
  { schoolId, userId }: Actor,
  action: 'time_off.added' | 'time_off.removed',
  instructorId: string,
  cancelled = 0,
): Promise<void> {
  await AuditLog.record(transaction, {
    schoolId,
    actorId: userId,
    action,
    subjectKind: 'person',
    subjectId: instructorId,
    ...(cancelled === 0 ? {} : { detail: { cancelled } }),
  });
}
