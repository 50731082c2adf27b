import type { LessonHooks } from '../platform/lesson-hooks.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { LocationNameTakenError } from './location-errors.ts';
import { LocationService } from './location-service.ts';

export { locationFacts, lockLocation, schoolZone } from './location-facts.ts';
export { registerLocations } from './location-routes.ts';
export { LocationService } from './location-service.ts';

/** Assembles the slice, without using the database. */
export function createLocations(options: SliceOptions & { readonly lessons: LessonHooks }): {
  readonly service: LocationService;
} {
  const { database, idempotency, policies, wallClock, lessons } = options;
  const unitOfWork = new UnitOfWork({
    database: database.kysely,
    idempotency,
    policies,
    constraints: { locations_name: () => new LocationNameTakenError() },
  });
  return { service: new LocationService({ database: database.kysely, unitOfWork, policies, wallClock, lessons }) };
}
