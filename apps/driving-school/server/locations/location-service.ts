import { randomUUIDv7 } from 'node:crypto';
import { isObject, mergePatch } from '../../contract/fields.ts';
import { locationFields } from '../../contract/location-fields.ts';
import {
  type LocationAnswer,
  type LocationFields,
  type LocationList,
  type LocationQuery,
  parseLocation,
  type Location,
} from '../../contract/locations.ts';
import type { RecordStatus } from '../../contract/records.ts';
import type { Actor } from '../../contract/session.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { LessonHooks } from '../platform/lesson-hooks.ts';
import {
  RecordChangedError,
  RecordInvalidError,
  type RecordKind,
  RecordNotFoundError,
} from '../platform/record-errors.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { LocationHasLessonsError } from './location-errors.ts';
import {
  findLocation,
  findLocationForChange,
  insertLocation,
  listLocations,
  updateLocation,
} from './location-repository.ts';

/** The parts of the service. */
export interface LocationServiceParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<SliceOptions['policies'], 'databaseRead'>;
  readonly wallClock: WallClock;
  readonly lessons: LessonHooks;
}

type VersionedRequest = ChangeRequest & { readonly version: number };

const kind: RecordKind = { code: 'location', noun: 'location' };

/** All operations on locations. They have no copies: while the database is unavailable, reads and changes fail. */
export class LocationService {
  readonly #parts: LocationServiceParts;

  constructor(parts: LocationServiceParts) {
    this.#parts = parts;
  }

  /** Lists the locations of the user's school, the oldest first. */
  async list({ schoolId }: Actor, { status }: LocationQuery, context?: RequestContext): Promise<LocationList> {
    const as_of = this.#now();
    const { database, policies } = this.#parts;
    const data = await policies.databaseRead.execute(() => listLocations(database, schoolId, status), context);
    return { data, next_cursor: null, stale: false, as_of, complete: true };
  }

  /** Reads a location. @throws RecordNotFoundError */
  async read({ schoolId }: Actor, locationId: string, context?: RequestContext): Promise<LocationAnswer> {
    const as_of = this.#now();
    const { database, policies } = this.#parts;
    const data = await policies.databaseRead.execute(() => findLocation(database, schoolId, locationId), context);
    if (data === undefined) throw new RecordNotFoundError(kind);
    return { data, stale: false, as_of };
  }

  /** Adds a location. @throws RecordInvalidError, LocationNameTakenError, and errors of `UnitOfWork.change` */
  async create(input: unknown, request: ChangeRequest): Promise<LocationAnswer> {
    const fields = parsed(input);
    const { schoolId, userId: actorId } = request.actor;
    return this.#parts.unitOfWork.change(
      { ...request, operation: 'create location', request: input },
      async (transaction) => {
        const id = randomUUIDv7();
        await insertLocation(transaction, { id, fields }, { schoolId, actorId });
        return this.#answer(transaction, schoolId, id);
      },
    );
  }

  /**
   * Changes a location by a JSON merge patch, unless someone else has changed it since `version`. The time zone can't
   * change while lessons are booked: they would keep their instants, and their wall times would be wrong.
   *
   * @throws RecordNotFoundError, RecordChangedError, LocationHasLessonsError, and errors of `create`
   */
  async change(locationId: string, patch: unknown, request: VersionedRequest): Promise<LocationAnswer> {
    if (!isObject(patch)) throw new RecordInvalidError([notAnObject]);
    const { actor, version } = request;
    const operation = `change location ${locationId} at ${version}`;
    return this.#parts.unitOfWork.change({ ...request, operation, request: patch }, async (transaction) => {
      const location = await this.#locked(transaction, locationId, request);
      const fields = parsed(mergePatch(locationFields, location, patch));
      if (fields.time_zone !== location.time_zone)
        await this.#requireNoLessons(transaction, location, actor, 'time_zone');
      await updateLocation(transaction, locationId, { fields }, actor.userId);
      return this.#answer(transaction, actor.schoolId, locationId);
    });
  }

  /**
   * Archives or restores a location. One with future lessons is not archived.
   *
   * @throws RecordNotFoundError, RecordChangedError, LocationHasLessonsError, LocationNameTakenError
   */
  async setStatus(locationId: string, status: RecordStatus, request: VersionedRequest): Promise<LocationAnswer> {
    const { actor, version } = request;
    const operation = `set location ${locationId} at ${version} to ${status}`;
    return this.#parts.unitOfWork.change({ ...request, operation, request: null }, async (transaction) => {
      const location = await this.#locked(transaction, locationId, request);
      if (location.status !== status) {
        if (status === 'archived') await this.#requireNoLessons(transaction, location, actor, 'archive');
        await updateLocation(transaction, locationId, { status }, actor.userId);
      }
      return this.#answer(transaction, actor.schoolId, locationId);
    });
  }

  async #locked(
    transaction: DatabaseTransaction,
    locationId: string,
    { actor, version }: VersionedRequest,
  ): Promise<Location> {
    const location = await findLocationForChange(transaction, actor.schoolId, locationId);
    if (location === undefined) throw new RecordNotFoundError(kind);
    if (location.version !== version) throw new RecordChangedError(kind, location.version);
    return location;
  }

  async #requireNoLessons(
    transaction: DatabaseTransaction,
    { id }: Location,
    { schoolId }: Actor,
    change: LocationHasLessonsError['change'],
  ): Promise<void> {
    const { lessons, wallClock } = this.#parts;
    const now = wallClock.now().epochMilliseconds;
    const booked = await lessons.upcoming(transaction, schoolId, { locationId: id }, now);
    if (booked.length === 0) return;
    throw new LocationHasLessonsError(
      change,
      booked.map((lesson) => lesson.id),
    );
  }

  async #answer(transaction: DatabaseTransaction, schoolId: string, locationId: string): Promise<LocationAnswer> {
    const data = await findLocation(transaction, schoolId, locationId);
    if (data === undefined) throw new RecordNotFoundError(kind);
    return { data, stale: false, as_of: this.#now() };
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

const notAnObject = { pointer: '', code: 'wrong_type', message: 'Send a JSON object with the fields to change.' };

function parsed(input: unknown): LocationFields {
  const result = parseLocation(input);
  if (!result.ok) throw new RecordInvalidError(result.problems);
  return result.value;
}
