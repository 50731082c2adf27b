import { overlapConstraint } from '../calendar/calendar.ts';
import type { LessonHooks } from '../platform/lesson-hooks.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { OutageService } from './outage-service.ts';
import { OutageOverlapsError, PlateTakenError } from './vehicle-errors.ts';
import { VehicleRepository } from './vehicle-repository.ts';
import { VehicleService } from './vehicle-service.ts';

export { lockVehicles, vehicleFacts } from './vehicle-facts.ts';
export { expectedOutageClaims } from './outage-claims.ts';
export { outagesBetween, type OutagePeriod } from './outages-between.ts';
export { registerVehicles } from './vehicle-routes.ts';

/** The assembled slice. */
export interface Vehicles {
  readonly vehicles: VehicleService;
  readonly outages: OutageService;
}

/** Assembles the slice, without using the database. */
export function createVehicles(options: SliceOptions & { readonly lessons: LessonHooks }): Vehicles {
  const { idempotency, policies, wallClock, lessons } = options;
  const database = options.database.kysely;
  const unitOfWork = new UnitOfWork({
    database,
    idempotency,
    policies,
    constraints: {
      vehicles_plate: () => new PlateTakenError(),
      [overlapConstraint]: () => new OutageOverlapsError(),
    },
  });
  const parts = { database, repository: new VehicleRepository(wallClock), unitOfWork, policies, wallClock, lessons };
  return { vehicles: new VehicleService(parts), outages: new OutageService(parts) };
}
