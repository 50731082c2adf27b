import { sql } from 'kysely';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { RecordStatus } from '../../contract/records.ts';
import { vehicleFields } from '../../contract/vehicle-fields.ts';
import {
  papersOn,
  type Vehicle,
  type VehicleFields,
  type VehicleQuery,
  vehicleSchema,
} from '../../contract/vehicles.ts';
import { locationFacts } from '../locations/locations.ts';
import { columnsOf, dayColumns, recordOf } from '../platform/database/field-columns.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { vehicleTables } from './vehicle-table.ts';

/** The vehicles in the database. Errors of the database are thrown unchanged. */
export class VehicleRepository {
  readonly #wallClock: WallClock;

  /** @param wallClock the calendar day of the school decides the state of the papers */
  constructor(wallClock: WallClock) {
    this.#wallClock = wallClock;
  }

  /** The vehicles of a school, sorted by plate. */
  async list(handle: DatabaseHandle, schoolId: string, status: VehicleQuery['status']): Promise<Vehicle[]> {
    let query = vehicleRows(handle, schoolId);
    if (status !== 'all') query = query.where('vehicles.status', '=', status);
    const rows = await query.orderBy('vehicles.plate').orderBy('vehicles.id').execute();
    const place = await this.#place(handle, schoolId);
    return rows.map((row) => vehicleOf(row, place));
  }

  /** Finds a vehicle of the school. */
  async find(handle: DatabaseHandle, schoolId: string, vehicleId: string): Promise<Vehicle | undefined> {
    const row = await vehicleRows(handle, schoolId).where('vehicles.id', '=', vehicleId).executeTakeFirst();
    return row && vehicleOf(row, await this.#place(handle, schoolId));
  }

  /**
   * Finds a vehicle and locks the row until the transaction ends. A booking that refers to the vehicle is either
   * committed before, or waits.
   */
  async findForChange(
    transaction: DatabaseTransaction,
    schoolId: string,
    vehicleId: string,
  ): Promise<Vehicle | undefined> {
    const row = await vehicleRows(transaction, schoolId)
      .where('vehicles.id', '=', vehicleId)
      .forUpdate('vehicles')
      .executeTakeFirst();
    return row && vehicleOf(row, await this.#place(transaction, schoolId));
  }

  /** The vehicle as it would be with other fields. */
  async withFields(
    handle: DatabaseHandle,
    schoolId: string,
    vehicle: Vehicle,
    fields: VehicleFields,
  ): Promise<Vehicle> {
    return placed({ ...vehicle, ...fields }, await this.#place(handle, schoolId));
  }

  /** Inserts a vehicle. @throws the database's error when the plate is taken */
  async insert(
    transaction: DatabaseTransaction,
    { id, fields }: { readonly id: string; readonly fields: VehicleFields },
    { schoolId, actorId }: { readonly schoolId: string; readonly actorId: string },
  ): Promise<void> {
    await vehicleTables(transaction)
      .insertInto('vehicles')
      .values({
        ...columnsOf(vehicleFields, fields),
        id,
        school_id: schoolId,
        created_by: actorId,
        updated_by: actorId,
      })
      .execute();
  }

  /** Writes the fields or the status of a vehicle that is locked. @throws the database's error when the plate is taken */
  async update(
    transaction: DatabaseTransaction,
    vehicleId: string,
    change: { readonly fields: VehicleFields } | { readonly status: RecordStatus },
    actorId: string,
  ): Promise<void> {
    await vehicleTables(transaction)
      .updateTable('vehicles')
      .set({
        ...('fields' in change ? columnsOf(vehicleFields, change.fields) : change),
        version: sql<number>`version + 1`,
        updated_at: sql<Date>`now()`,
        updated_by: actorId,
      })
      .where('id', '=', vehicleId)
      .execute();
  }

  async #place(handle: DatabaseHandle, schoolId: string): Promise<Place> {
    const locations = await locationFacts(handle, schoolId);
    const zone = (locations.find(({ status }) => status === 'active') ?? locations[0])?.time_zone ?? 'America/Toronto';
    return {
      locationNames: new Map(locations.map(({ id, name }) => [id, name])),
      today: this.#wallClock.today(zone).toString(),
    };
  }
}

/** Data from other tables than the row's: names of locations, and the school's calendar day. */
interface Place {
  readonly locationNames: ReadonlyMap<string, string>;
  readonly today: CalendarDay;
}

type VehicleRow = Awaited<ReturnType<ReturnType<typeof vehicleRows>['executeTakeFirstOrThrow']>>;

function vehicleRows(handle: DatabaseHandle, schoolId: string) {
  return vehicleTables(handle)
    .selectFrom('vehicles')
    .leftJoin('people as changers', (join) =>
      join.onRef('changers.id', '=', 'vehicles.updated_by').onRef('changers.school_id', '=', 'vehicles.school_id'),
    )
    .selectAll('vehicles')
    .select('changers.name as updated_by_name')
    .select(dayColumns(vehicleFields, 'vehicles'))
    .where('vehicles.school_id', '=', schoolId);
}

function vehicleOf(row: VehicleRow, place: Place): Vehicle {
  const vehicle = vehicleSchema.parse({
    ...recordOf(vehicleFields, row),
    id: row.id,
    location_name: null,
    papers: [],
    status: row.status,
    version: row.version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    updated_by_name: row.updated_by_name,
  });
  return placed(vehicle, place);
}

function placed(vehicle: Vehicle, { locationNames, today }: Place): Vehicle {
  const { location_id } = vehicle;
  return {
    ...vehicle,
    location_name: location_id === null ? null : (locationNames.get(location_id) ?? null),
    papers: papersOn(vehicle, today),
  };
}
