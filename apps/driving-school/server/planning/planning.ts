import { randomInt } from 'node:crypto';
import { overlapConstraint } from '../calendar/calendar.ts';
import type { RandomInteger } from '../lessons/lessons.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { PlanOutdatedError } from './plan-errors.ts';
import { PlanService } from './plan-service.ts';
import { PlanTokens } from './plan-token.ts';
import { SlotService } from './slot-service.ts';

export { registerPlanning } from './plan-routes.ts';

/** Options of `createPlanning`. */
export interface PlanningOptions extends Pick<
  SliceOptions,
  'database' | 'idempotency' | 'policies' | 'secrets' | 'wallClock'
> {
  /** For short codes. Default: the machine's. */
  readonly random?: RandomInteger;
}

/** Free times, and courses planned as a whole. They are booked as lessons of the slice `lessons`. */
export interface Planning {
  readonly slots: SlotService;
  readonly plans: PlanService;
}

/** Assembles slot search and course plans, without using the database. */
export function createPlanning(options: PlanningOptions): Planning {
  const { idempotency, policies, secrets, wallClock, random = (limit) => randomInt(limit) } = options;
  const database = options.database.kysely;
  const unitOfWork = new UnitOfWork({
    database,
    idempotency,
    policies,
    constraints: {
      [overlapConstraint]: () => new PlanOutdatedError({ expired: false, conflicts: [], refusals: [], lost: [] }),
    },
  });
  return {
    slots: new SlotService({ database, policies, wallClock }),
    plans: new PlanService({ database, unitOfWork, policies, tokens: new PlanTokens(secrets), wallClock, random }),
  };
}
