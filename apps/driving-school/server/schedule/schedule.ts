import type { HttpServer } from '../platform/http/http.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { registerScheduleReads } from './schedule-routes.ts';
import { ScheduleService } from './schedule-service.ts';

/** The dependencies of the slice. */
export type ScheduleOptions = SliceOptions;

/** The assembled slice. */
export interface Schedule {
  readonly service: ScheduleService;
}

/** Assembles the slice, without using the database. */
export function createSchedule({ database, policies, wallClock }: ScheduleOptions): Schedule {
  return {
    service: new ScheduleService({
      database: database.kysely,
      policies,
      wallClock,
      copies: { find: () => undefined },
    }),
  };
}

/** Adds the routes of the slice. */
export function registerSchedule(app: HttpServer, { service }: Schedule): void {
  registerScheduleReads(app, service);
}
