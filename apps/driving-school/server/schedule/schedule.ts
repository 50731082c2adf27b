import type { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from 'dualbrake';
import type { Registry as MetricsRegistry } from 'prom-client';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { readsOnly } from '../platform/http/problems.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { registerScheduleReads } from './schedule-routes.ts';
import { ScheduleService } from './schedule-service.ts';
import { prepareCopy, readComingDays, schoolIds } from './standby-copying.ts';
import { standbyFindings as findingsOf } from './standby-findings.ts';
import { collectStandbyMetrics } from './standby-metrics.ts';
import { registerStandby as registerRoutes, type StandbyRouteParts } from './standby-routes.ts';
import { type CopyFacts, StandbyStore } from './standby-store.ts';
import { Standby } from './standby.ts';

export { standbyAnswerSchema, standbyFindingsSchema } from './standby-routes.ts';
export type { CopyFacts } from './standby-store.ts';
export type { Standby, StandbyState } from './standby.ts';

/** The dependencies of the slice. */
export interface ScheduleOptions extends SliceOptions {
  /** Times the refreshes of the standby copies. Default: the system's. */
  readonly clock?: Clock;
  /** Default `Math.random`. */
  readonly random?: () => number;
}

/** The assembled slice. */
export interface Schedule {
  readonly service: ScheduleService;
  readonly standby: Standby;
  /** Compares the standby copies with the database; see `standbyFindings`. */
  readonly findings: () => Promise<number>;
}

/** Assembles the slice, without using the database. `standby.start()` begins to copy. */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { database, local, policies, wallClock, log, clock = systemClock, random = Math.random } = options;
  const store = new StandbyStore(local);
  const parts = { database: database.kysely, store, wallClock };
  return {
    service: new ScheduleService({
      ...parts,
      policies,
      copies: store,
      onCopyFailure: (error) => log.warn({ event: 'standby.unreadable', err: error }, 'The standby copy is unreadable'),
    }),
    standby: new Standby({ ...parts, pipeline: policies.standby, clock, random, log }),
    findings: () => policies.standby.execute(() => findingsOf(parts)),
  };
}

/** Adds the routes of the slice for users. */
export function registerSchedule(app: HttpServer, { service, standby }: Schedule): void {
  registerScheduleReads(app, service);
  // Whatever was changed, such as a lesson, a name or a closed day, may be in the copies.
  app.addHook('onResponse', async (request, reply) => {
    const { isRead = false } = request.routeOptions.config;
    if (!readsOnly(request.method) && !isRead && reply.statusCode < 300) standby.changed();
  });
}

/** Adds the routes of the slice for operators' commands. */
export function registerStandby(
  app: HttpServer,
  { standby, findings }: Schedule,
  token: StandbyRouteParts['token'],
): void {
  registerRoutes(app, { standby, findings, token });
}

/** Adds the metrics of the slice. */
export function collectScheduleMetrics(register: MetricsRegistry, { standby }: Schedule): void {
  collectStandbyMetrics(register, standby);
}

/** The parts of the functions for commands, which run while the program does not. */
export interface StandbyCommandParts {
  readonly database: DatabaseHandle;
  /** The local store of the data folder. While the program runs, only the program can open it: use its routes. */
  readonly local: DatabaseSync;
  readonly wallClock: WallClock;
}

/** Copies the coming days of all schools to this machine. @returns the copies */
export async function copyAhead({ database, local, wallClock }: StandbyCommandParts): Promise<CopyFacts[]> {
  const store = new StandbyStore(local);
  const schools = await schoolIds(database);
  for (const schoolId of schools) store.replace(await prepareCopy(await readComingDays(database, schoolId, wallClock)));
  store.keepOnly(schools);
  return store.facts();
}

/**
 * Compares the standby copies with the database: counts the lessons of the coming days that are missing from a copy, are
 * only in a copy, or differ. Lessons that have changed within the last five minutes don't count, unless the copy is older.
 */
export function standbyFindings({ database, local, wallClock }: StandbyCommandParts): Promise<number> {
  return findingsOf({ database, store: new StandbyStore(local), wallClock });
}
