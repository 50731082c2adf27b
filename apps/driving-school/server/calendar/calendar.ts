import type { LessonHooks } from '../platform/lesson-hooks.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { ClosedDayService } from './closed-day-service.ts';

export { claim, claimsBetween, dropClaims, lockResources, overlapConstraint, setClaimsActive } from './claim-table.ts';
export { closedDayFacts } from './closed-day-facts.ts';
export {
  type ClaimFault,
  claimFaults,
  type ClaimOverlap,
  type ExpectedClaims,
  overlappingClaims,
} from './claim-findings.ts';
export { registerClosedDays } from './closed-day-routes.ts';

/** Assembles the slice, without using the database. */
export function createCalendar(options: SliceOptions & { readonly lessons: LessonHooks }): {
  readonly closedDays: ClosedDayService;
} {
  const { idempotency, policies, wallClock, lessons } = options;
  const database = options.database.kysely;
  const unitOfWork = new UnitOfWork({ database, idempotency, policies });
  return { closedDays: new ClosedDayService({ database, unitOfWork, policies, wallClock, lessons }) };
}
