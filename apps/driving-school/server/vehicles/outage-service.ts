import { randomUUIDv7 } from 'node:crypto';
import { parseTime } from '../../contract/local-time.ts';
import type { ProblemDetail } from '../../contract/problem.ts';
import type { Actor } from '../../contract/session.ts';
import { type OutageAdded, type OutageList, type OutageWrite, outageWriteSchema } from '../../contract/vehicles.ts';
import { claim, dropClaims } from '../calendar/calendar.ts';
import { locationFacts } from '../locations/locations.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { LessonHooks } from '../platform/lesson-hooks.ts';
import { issueProblems, RecordInvalidError, type RecordKind, RecordNotFoundError } from '../platform/record-errors.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { Change, ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { deleteOutage, findOutage, insertOutage, listOutages } from './outage-repository.ts';
import { ClockChangeError, OutageHasLessonsError } from './vehicle-errors.ts';
import type { VehicleRepository } from './vehicle-repository.ts';
import { vehicleKind } from './vehicle-service.ts';

/** The parts of the service. */
export interface OutageServiceParts {
  readonly database: DatabaseHandle;
  readonly repository: VehicleRepository;
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<SliceOptions['policies'], 'databaseRead' | 'booking' | 'bookingOnce'>;
  readonly wallClock: WallClock;
  readonly lessons: LessonHooks;
}

const kind: RecordKind = { code: 'outage', noun: 'outage' };

/** The times at which vehicles can't be used. Each is a claim: no lesson can be booked then. */
export class OutageService {
  readonly #parts: OutageServiceParts;

  constructor(parts: OutageServiceParts) {
    this.#parts = parts;
  }

  /** Lists the outages of a vehicle, the latest first. @throws RecordNotFoundError */
  async list(actor: Actor, vehicleId: string, context?: RequestContext): Promise<OutageList> {
    const as_of = this.#now();
    const { database, policies } = this.#parts;
    const data = await policies.databaseRead.execute(async () => {
      const zone = await this.#zoneOf(database, actor, vehicleId);
      return zone === undefined ? undefined : listOutages(database, { schoolId: actor.schoolId, vehicleId }, zone);
    }, context);
    if (data === undefined) throw new RecordNotFoundError(vehicleKind);
    return { data, next_cursor: null, stale: false, as_of, complete: true };
  }

  /** Reads an outage. @throws RecordNotFoundError */
  async read(
    actor: Actor,
    { vehicleId, outageId }: { readonly vehicleId: string; readonly outageId: string },
    context?: RequestContext,
  ): Promise<Omit<OutageAdded, 'cancelled_lessons'>> {
    const as_of = this.#now();
    const { database, policies } = this.#parts;
    const data = await policies.databaseRead.execute(async () => {
      const zone = await this.#zoneOf(database, actor, vehicleId);
      if (zone === undefined) return undefined;
      return findOutage(database, { schoolId: actor.schoolId, vehicleId }, outageId, zone);
    }, context);
    if (data === undefined) throw new RecordNotFoundError(kind);
    return { data, stale: false, as_of };
  }

  /**
   * Adds an outage. Lessons booked in that time refuse it, unless the request asks to cancel them: then both happen in
   * one transaction.
   *
   * @throws RecordInvalidError, RecordNotFoundError, ClockChangeError, OutageHasLessonsError, OutageOverlapsError
   */
  async add(vehicleId: string, input: unknown, request: ChangeRequest): Promise<OutageAdded> {
    const body = parsed(input);
    const { actor } = request;
    const { lessons, wallClock, unitOfWork } = this.#parts;
    const change = { ...request, operation: `add outage of vehicle ${vehicleId}`, request: input };
    return unitOfWork.change(this.#patient(change), async (transaction) => {
      const zone = await this.#zoneOf(transaction, actor, vehicleId);
      if (zone === undefined) throw new RecordNotFoundError(vehicleKind);
      const { from, to } = periodOf(body, zone);
      // From here to the commit, no booking can take the vehicle.
      const booked = await lessons.lockOverlapping(transaction, actor.schoolId, { vehicleId }, { from, to });
      const lessonIds = booked.map(({ id }) => id);
      if (lessonIds.length > 0) {
        if (body.and_cancel === undefined) throw new OutageHasLessonsError(lessonIds);
        const { reason } = body.and_cancel;
        await lessons.cancel(transaction, lessonIds, { actor, reason, at: wallClock.now() });
      }
      const outage = { id: randomUUIDv7(), vehicleId, from, to, reason: body.reason?.trim() || null };
      await insertOutage(transaction, outage, { schoolId: actor.schoolId, actorId: actor.userId });
      await claim(transaction, actor.schoolId, [
        { source_kind: 'outage', source_id: outage.id, resource_kind: 'vehicle', resource_id: vehicleId, from, to },
      ]);
      const data = await findOutage(transaction, { schoolId: actor.schoolId, vehicleId }, outage.id, zone);
      if (data === undefined) throw new RecordNotFoundError(kind);
      return { data, stale: false, as_of: this.#now(), cancelled_lessons: lessonIds };
    });
  }

  /** Removes an outage and frees the vehicle. @throws RecordNotFoundError */
  async remove(
    { vehicleId, outageId }: { readonly vehicleId: string; readonly outageId: string },
    request: ChangeRequest,
  ): Promise<void> {
    const { schoolId } = request.actor;
    const change = { ...request, operation: `remove outage ${outageId}`, request: null };
    await this.#parts.unitOfWork.change(this.#patient(change), async (transaction) => {
      const outage = await findOutage(transaction, { schoolId, vehicleId }, outageId, 'UTC');
      if (outage === undefined) throw new RecordNotFoundError(kind);
      await dropClaims(transaction, [outageId]);
      await deleteOutage(transaction, outageId);
      return { removed: true };
    });
  }

  /** Waits as long as bookings do, because it waits for them. */
  #patient(change: Change): Change {
    const { booking, bookingOnce } = this.#parts.policies;
    return { ...change, pipeline: change.idempotencyKey === undefined ? booking : bookingOnce };
  }

  /** The zone of the vehicle's usual location, or of the school's first one; undefined when there is no such vehicle. */
  async #zoneOf(handle: DatabaseHandle, { schoolId }: Actor, vehicleId: string): Promise<string | undefined> {
    const vehicle = await this.#parts.repository.find(handle, schoolId, vehicleId);
    if (vehicle === undefined) return undefined;
    const locations = await locationFacts(handle, schoolId);
    const usual =
      locations.find(({ id }) => id === vehicle.location_id) ??
      locations.find(({ status }) => status === 'active') ??
      locations[0];
    return usual?.time_zone ?? 'America/Toronto';
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

function parsed(input: unknown): OutageWrite {
  const result = outageWriteSchema.safeParse(input);
  if (result.success) return result.data;
  throw new RecordInvalidError(
    issueProblems(result.error).map((problem) =>
      problem.pointer === '/from' || problem.pointer === '/to' ? { ...problem, message: timeFormat } : problem,
    ),
  );
}

const timeFormat = 'Enter a day and a time, such as 2026-03-09T09:00.';

/** @throws RecordInvalidError, ClockChangeError */
function periodOf(body: OutageWrite, zone: string): { readonly from: number; readonly to: number } {
  const [from, to] = [parseTime(body.from, zone), parseTime(body.to, zone)];
  const problems: ProblemDetail[] = [];
  for (const [pointer, time] of [
    ['/from', from],
    ['/to', to],
  ] as const) {
    if (time.ok) continue;
    if (time.code !== 'time_format') throw new ClockChangeError(pointer, time);
    problems.push({ pointer, code: 'time_format', message: timeFormat });
  }
  if (!from.ok || !to.ok) throw new RecordInvalidError(problems);
  if (to.epochMs <= from.epochMs) {
    throw new RecordInvalidError([{ pointer: '/to', code: 'order', message: 'The end must be after the beginning.' }]);
  }
  return { from: from.epochMs, to: to.epochMs };
}
