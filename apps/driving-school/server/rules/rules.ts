import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { RuleSetDayTakenError } from './rule-set-errors.ts';
import { RuleSetService } from './rule-set-service.ts';

export { ruleSetFacts, ruleSetOn, ruleSetsById } from './rule-facts.ts';
export { registerRules } from './rule-set-routes.ts';

/** The assembled slice. */
export interface Rules {
  readonly service: RuleSetService;
}

/** Assembles the slice, without using the database. */
export function createRules({ database, idempotency, policies, wallClock }: SliceOptions): Rules {
  const unitOfWork = new UnitOfWork({
    database: database.kysely,
    idempotency,
    policies,
    constraints: {
      rule_sets_no_overlap: () => new RuleSetDayTakenError(),
      rule_sets_no_gap: () => new RuleSetDayTakenError(),
    },
  });
  const today = (): string => wallClock.today('America/Toronto').toString();
  return { service: new RuleSetService({ database: database.kysely, unitOfWork, policies, wallClock, today }) };
}
