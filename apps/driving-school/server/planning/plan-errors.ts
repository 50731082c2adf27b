import type { PlanOutdated } from '../../contract/planning.ts';
import { RefusalError } from '../platform/refusal-error.ts';

/** A plan can no longer be booked as it was previewed. Nothing was booked. */
export class PlanOutdatedError extends RefusalError {
  override readonly name = 'PlanOutdatedError';
  readonly code = 'PLAN_OUTDATED';
  readonly changes: PlanOutdated;

  constructor(changes: PlanOutdated) {
    super(`The plan is outdated: ${changes.lost.length} lessons can't be booked.`);
    this.changes = changes;
  }
}

/** The token was not made by a preview of this school. */
export class PlanTokenInvalidError extends RefusalError {
  override readonly name = 'PlanTokenInvalidError';
  readonly code = 'PLAN_TOKEN_INVALID';

  constructor() {
    super('The token does not belong to a plan of this school.');
  }
}

/** There is no such plan in this school. */
export class PlanNotFoundError extends RefusalError {
  override readonly name = 'PlanNotFoundError';
  readonly code = 'PLAN_NOT_FOUND';

  constructor() {
    super('There is no such plan.');
  }
}
