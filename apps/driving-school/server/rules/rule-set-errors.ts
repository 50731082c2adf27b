import { RefusalError } from '../platform/refusal-error.ts';

/** The school has no such rule set. */
export class RuleSetNotFoundError extends RefusalError {
  override readonly name = 'RuleSetNotFoundError';
  readonly code = 'RULE_SET_NOT_FOUND';

  constructor() {
    super('There is no such rule set.');
  }
}

/** Rules that held in the past can't be changed: courses and lessons were judged by them. */
export class RuleSetInPastError extends RefusalError {
  override readonly name = 'RuleSetInPastError';
  readonly code = 'RULE_SET_IN_PAST';
  readonly today: string;

  constructor(today: string) {
    super(`Rules can begin on ${today} at the earliest.`);
    this.today = today;
  }
}

/** Another rule set begins on the same day. */
export class RuleSetDayTakenError extends RefusalError {
  override readonly name = 'RuleSetDayTakenError';
  readonly code = 'RULE_SET_DAY_TAKEN';

  constructor() {
    super('Another rule set begins on this day.');
  }
}

/** The rule set can't be removed: it already holds, or a course keeps it. */
export class RuleSetInUseError extends RefusalError {
  override readonly name = 'RuleSetInUseError';
  readonly code = 'RULE_SET_IN_USE';

  constructor() {
    super('The rule set is in use.');
  }
}
