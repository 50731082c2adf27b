import { randomUUIDv7 } from 'node:crypto';
import {
  type ClosedDayAdded,
  type ClosedDayFields,
  type ClosedDayList,
  type ClosedDayQuery,
  type HolidaysAdded,
  holidaysWriteSchema,
  parseClosedDay,
} from '../../contract/closed-days.ts';
import { ontarioHolidays } from '../../contract/ontario-holidays.ts';
import type { Actor } from '../../contract/session.ts';
import { locationFacts, schoolZone } from '../locations/locations.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { LessonHooks } from '../platform/lesson-hooks.ts';
import { issueProblems, RecordInvalidError, type RecordKind, RecordNotFoundError } from '../platform/record-errors.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { ClosedDayExistsError } from './closed-day-errors.ts';
import { deleteClosedDay, insertClosedDays, listClosedDays } from './closed-day-repository.ts';

/** The parts of the service. */
export interface ClosedDayServiceParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<SliceOptions['policies'], 'databaseRead'>;
  readonly wallClock: WallClock;
  readonly lessons: LessonHooks;
}

const kind: RecordKind = { code: 'closed_day', noun: 'closed day' };

/** The days on which the school, or one location, is closed. Lessons that are booked on such a day stay booked. */
export class ClosedDayService {
  readonly #parts: ClosedDayServiceParts;

  constructor(parts: ClosedDayServiceParts) {
    this.#parts = parts;
  }

  /** Lists the closed days of a period, by default of the current year. */
  async list({ schoolId }: Actor, query: ClosedDayQuery, context?: RequestContext): Promise<ClosedDayList> {
    const as_of = this.#now();
    const { database, policies, wallClock } = this.#parts;
    const data = await policies.databaseRead.execute(async () => {
      const year = wallClock.today(await schoolZone(database, schoolId)).year;
      const { from = `${query.to?.slice(0, 4) ?? year}-01-01` } = query;
      const { to = `${from.slice(0, 4)}-12-31` } = query;
      return listClosedDays(database, schoolId, { from, to });
    }, context);
    return { data, next_cursor: null, stale: false, as_of, complete: true };
  }

  /** Reads a closed day. @throws RecordNotFoundError */
  async read(
    { schoolId }: Actor,
    closedDayId: string,
    context?: RequestContext,
  ): Promise<Omit<ClosedDayAdded, 'lessons'>> {
    const as_of = this.#now();
    const { database, policies } = this.#parts;
    const [data] = await policies.databaseRead.execute(
      () => listClosedDays(database, schoolId, { ids: [closedDayId] }),
      context,
    );
    if (data === undefined) throw new RecordNotFoundError(kind);
    return { data, stale: false, as_of };
  }

  /** Adds a closed day. @throws RecordInvalidError, ClosedDayExistsError, and errors of `UnitOfWork.change` */
  async add(input: unknown, request: ChangeRequest): Promise<ClosedDayAdded> {
    const parsed = parseClosedDay(input);
    if (!parsed.ok) throw new RecordInvalidError(parsed.problems);
    const fields = parsed.value;
    const { actor } = request;
    const change = { ...request, operation: 'add closed day', request: input };
    return this.#parts.unitOfWork.change(change, async (transaction) => {
      if (fields.location_id !== null) await requireLocation(transaction, actor, fields.location_id);
      const { data, lessons } = await this.#insert(transaction, actor, [fields]);
      const [added] = data;
      if (added === undefined) throw new ClosedDayExistsError();
      return { data: added, stale: false, as_of: this.#now(), lessons };
    });
  }

  /**
   * Adds Ontario's public holidays of a year, at all locations. Days that are closed already keep their names.
   *
   * @throws RecordInvalidError, and errors of `UnitOfWork.change`
   */
  async addHolidays(input: unknown, request: ChangeRequest): Promise<HolidaysAdded> {
    const parsed = holidaysWriteSchema.safeParse(input);
    if (!parsed.success) throw new RecordInvalidError(issueProblems(parsed.error));
    const { year } = parsed.data;
    const change = { ...request, operation: 'add Ontario holidays', request: input };
    return this.#parts.unitOfWork.change(change, async (transaction) => {
      const days = ontarioHolidays(year).map((holiday) => ({ ...holiday, location_id: null }));
      return { ...(await this.#insert(transaction, request.actor, days)), stale: false, as_of: this.#now() };
    });
  }

  /** Removes a closed day. @throws RecordNotFoundError */
  async remove(closedDayId: string, request: ChangeRequest): Promise<void> {
    const { schoolId } = request.actor;
    const change = { ...request, operation: `remove closed day ${closedDayId}`, request: null };
    await this.#parts.unitOfWork.change(change, async (transaction) => {
      if (!(await deleteClosedDay(transaction, schoolId, closedDayId))) throw new RecordNotFoundError(kind);
      return { removed: true };
    });
  }

  /** Inserts the days that are not closed yet, and finds the lessons booked on them. */
  async #insert(
    transaction: DatabaseTransaction,
    { schoolId, userId: actorId }: Actor,
    days: readonly ClosedDayFields[],
  ): Promise<Pick<HolidaysAdded, 'data' | 'lessons'>> {
    const rows = days.map((day) => ({ ...day, id: randomUUIDv7() }));
    const ids = await insertClosedDays(transaction, rows, { schoolId, actorId });
    const data = await listClosedDays(transaction, schoolId, { ids });
    const lessons: string[] = [];
    for (const { day, location_id } of data) {
      const booked = await this.#parts.lessons.onDay(transaction, schoolId, day, location_id);
      lessons.push(...booked.map(({ id }) => id));
    }
    return { data, lessons };
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

async function requireLocation(handle: DatabaseHandle, { schoolId }: Actor, locationId: string): Promise<void> {
  const locations = await locationFacts(handle, schoolId);
  if (locations.some(({ id, status }) => id === locationId && status === 'active')) return;
  const message = 'Choose a location of this school that is not archived.';
  throw new RecordInvalidError([{ pointer: '/location_id', code: 'unknown_location', message }]);
}
