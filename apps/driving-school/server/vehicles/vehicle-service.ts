import { randomUUIDv7 } from 'node:crypto';
import { lessonsBrokenBy, vehicleDateNames } from '../../contract/booking/vehicle-dates.ts';
import { isObject, mergePatch } from '../../contract/fields.ts';
import type { RecordStatus } from '../../contract/records.ts';
import type { Actor } from '../../contract/session.ts';
import { vehicleFields } from '../../contract/vehicle-fields.ts';
import {
  parseVehicle,
  type Vehicle,
  type VehicleAnswer,
  type VehicleChanged,
  type VehicleFields,
  type VehicleList,
  type VehicleQuery,
} from '../../contract/vehicles.ts';
import { locationFacts } from '../locations/locations.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { BookedLesson, LessonHooks } from '../platform/lesson-hooks.ts';
import {
  RecordChangedError,
  RecordInvalidError,
  type RecordKind,
  RecordNotFoundError,
} from '../platform/record-errors.ts';
import { RefusalError } from '../platform/refusal-error.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { VehicleHasLessonsError } from './vehicle-errors.ts';
import type { VehicleRepository } from './vehicle-repository.ts';

/** The parts of the service. */
export interface VehicleServiceParts {
  readonly database: DatabaseHandle;
  readonly repository: VehicleRepository;
  readonly unitOfWork: UnitOfWork;
  readonly policies: Pick<SliceOptions['policies'], 'databaseRead'>;
  readonly wallClock: WallClock;
  readonly lessons: LessonHooks;
}

type VersionedRequest = ChangeRequest & { readonly version: number };

/** Vehicles in codes and messages. */
export const vehicleKind: RecordKind = { code: 'vehicle', noun: 'car' };

/** All operations on vehicles, except outages. They have no copies: while the database is unavailable, all of them fail. */
export class VehicleService {
  readonly #parts: VehicleServiceParts;

  constructor(parts: VehicleServiceParts) {
    this.#parts = parts;
  }

  /** Lists the vehicles of the user's school, sorted by plate. */
  async list({ schoolId }: Actor, { status }: VehicleQuery, context?: RequestContext): Promise<VehicleList> {
    const as_of = this.#now();
    const { database, policies, repository } = this.#parts;
    const data = await policies.databaseRead.execute(() => repository.list(database, schoolId, status), context);
    return { data, next_cursor: null, stale: false, as_of, complete: true };
  }

  /** Reads a vehicle. @throws RecordNotFoundError */
  async read({ schoolId }: Actor, vehicleId: string, context?: RequestContext): Promise<VehicleAnswer> {
    const as_of = this.#now();
    const { database, policies, repository } = this.#parts;
    const data = await policies.databaseRead.execute(() => repository.find(database, schoolId, vehicleId), context);
    if (data === undefined) throw new RecordNotFoundError(vehicleKind);
    return { data, stale: false, as_of };
  }

  /** Adds a vehicle. @throws RecordInvalidError, PlateTakenError, and errors of `UnitOfWork.change` */
  async create(input: unknown, request: ChangeRequest): Promise<VehicleAnswer> {
    const fields = parsed(input);
    const { actor } = request;
    const { repository, unitOfWork } = this.#parts;
    return unitOfWork.change({ ...request, operation: 'create vehicle', request: input }, async (transaction) => {
      await requireLocation(transaction, actor, fields.location_id);
      const id = randomUUIDv7();
      await repository.insert(transaction, { id, fields }, { schoolId: actor.schoolId, actorId: actor.userId });
      return this.#answer(await this.#mustFind(transaction, actor, id));
    });
  }

  /**
   * Changes a vehicle by a JSON merge patch, unless someone else has changed it since `version`. The answer lists the
   * booked lessons that the dates in the patch break; they stay booked.
   *
   * @throws RecordNotFoundError, RecordChangedError, and errors of `create`
   */
  async change(vehicleId: string, patch: unknown, request: VersionedRequest): Promise<VehicleChanged> {
    const { actor, version } = request;
    const { repository, unitOfWork } = this.#parts;
    const change = { ...request, operation: `change vehicle ${vehicleId} at ${version}`, request: patch };
    return unitOfWork.change(change, async (transaction) => {
      const vehicle = await this.#locked(transaction, vehicleId, request);
      const fields = await this.#patched(transaction, actor, vehicle, patch);
      await repository.update(transaction, vehicleId, { fields }, actor.userId);
      const changed = await this.#mustFind(transaction, actor, vehicleId);
      return this.#changed(transaction, actor, changed, patch);
    });
  }

  /**
   * Computes the answer of `change` without saving anything.
   *
   * @param version if given, the version that the user has seen
   * @throws the errors of `change`, except that a taken plate is not noticed
   */
  async preview(
    vehicleId: string,
    patch: unknown,
    { actor, context, version }: Omit<VersionedRequest, 'version'> & { readonly version: number | undefined },
  ): Promise<VehicleChanged> {
    const { database, policies, repository } = this.#parts;
    const result = await policies.databaseRead.execute(async () => {
      // Refusals are values here, because a pipeline would count an error as a failure of the database.
      try {
        const vehicle = await this.#mustFind(database, actor, vehicleId);
        if (version !== undefined) requireVersion(vehicle, version);
        const fields = await this.#patched(database, actor, vehicle, patch);
        const changed = await repository.withFields(database, actor.schoolId, vehicle, fields);
        return await this.#changed(database, actor, changed, patch);
      } catch (error) {
        if (error instanceof RefusalError) return error;
        throw error;
      }
    }, context);
    if (result instanceof RefusalError) throw result;
    return result;
  }

  /**
   * Archives or restores a vehicle. One with future lessons is not archived.
   *
   * @throws RecordNotFoundError, RecordChangedError, VehicleHasLessonsError, PlateTakenError
   */
  async setStatus(vehicleId: string, status: RecordStatus, request: VersionedRequest): Promise<VehicleAnswer> {
    const { actor, version } = request;
    const { repository, unitOfWork } = this.#parts;
    const change = { ...request, operation: `set vehicle ${vehicleId} at ${version} to ${status}`, request: null };
    return unitOfWork.change(change, async (transaction) => {
      const vehicle = await this.#locked(transaction, vehicleId, request);
      if (vehicle.status === status) return this.#answer(vehicle);
      if (status === 'archived') {
        const booked = await this.#upcoming(transaction, actor, vehicleId);
        if (booked.length > 0) throw new VehicleHasLessonsError(booked.map(({ id }) => id));
      }
      await repository.update(transaction, vehicleId, { status }, actor.userId);
      return this.#answer(await this.#mustFind(transaction, actor, vehicleId));
    });
  }

  async #patched(handle: DatabaseHandle, actor: Actor, vehicle: Vehicle, patch: unknown): Promise<VehicleFields> {
    if (!isObject(patch)) throw new RecordInvalidError([notAnObject]);
    const fields = parsed(mergePatch(vehicleFields, vehicle, patch));
    if (fields.location_id !== vehicle.location_id) await requireLocation(handle, actor, fields.location_id);
    return fields;
  }

  async #changed(handle: DatabaseHandle, actor: Actor, vehicle: Vehicle, patch: unknown): Promise<VehicleChanged> {
    const named = vehicleDateNames.filter((name) => isObject(patch) && Object.hasOwn(patch, name));
    const booked = named.length === 0 ? [] : await this.#upcoming(handle, actor, vehicle.id);
    const broken = lessonsBrokenBy(vehicle, named, booked);
    return {
      ...this.#answer(vehicle),
      affected_lessons: broken.map(({ id }) => id),
      affected: broken.map(({ id, local_date, starts_at, ends_at }) => ({
        id,
        local_date,
        starts_at: new Date(starts_at).toISOString(),
        ends_at: new Date(ends_at).toISOString(),
      })),
    };
  }

  async #upcoming(handle: DatabaseHandle, { schoolId }: Actor, vehicleId: string): Promise<BookedLesson[]> {
    const { lessons, wallClock } = this.#parts;
    return lessons.upcoming(handle, schoolId, { vehicleId }, wallClock.now().epochMilliseconds);
  }

  async #locked(
    transaction: DatabaseTransaction,
    vehicleId: string,
    { actor, version }: VersionedRequest,
  ): Promise<Vehicle> {
    const vehicle = await this.#parts.repository.findForChange(transaction, actor.schoolId, vehicleId);
    if (vehicle === undefined) throw new RecordNotFoundError(vehicleKind);
    requireVersion(vehicle, version);
    return vehicle;
  }

  async #mustFind(handle: DatabaseHandle, { schoolId }: Actor, vehicleId: string): Promise<Vehicle> {
    const vehicle = await this.#parts.repository.find(handle, schoolId, vehicleId);
    if (vehicle === undefined) throw new RecordNotFoundError(vehicleKind);
    return vehicle;
  }

  #answer(data: Vehicle): VehicleAnswer {
    return { data, stale: false, as_of: this.#now() };
  }

  #now(): string {
    return this.#parts.wallClock.now().toString({ smallestUnit: 'millisecond' });
  }
}

const notAnObject = { pointer: '', code: 'wrong_type', message: 'Send a JSON object with the fields to change.' };

function parsed(input: unknown): VehicleFields {
  const result = parseVehicle(input);
  if (!result.ok) throw new RecordInvalidError(result.problems);
  return result.value;
}

function requireVersion({ version: current }: Vehicle, version: number): void {
  if (current !== version) throw new RecordChangedError(vehicleKind, current);
}

async function requireLocation(handle: DatabaseHandle, { schoolId }: Actor, locationId: string | null): Promise<void> {
  if (locationId === null) return;
  const locations = await locationFacts(handle, schoolId);
  if (locations.some(({ id, status }) => id === locationId && status === 'active')) return;
  const message = 'Choose a location of this school that is not archived.';
  throw new RecordInvalidError([{ pointer: '/location_id', code: 'unknown_location', message }]);
}
